"""Work on a shortlist: marks, additions, order, decisions, conflicts, waivers."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Request, Selection
from experts.models import Expert
from matching import services
from matching.models import Conflict as EnteredConflict
from matching.models import MatchRun, Waiver
from matching.results import RankedResult, ScoredExpert
from matching.selectors import people
from matching.selectors.shortlist import filtered, shortlist
from matching.selectors.why_not import why_not
from matching.services import shortlist as work
from notifications.models import Notice
from tests.factories.accounts import UserFactory
from tests.factories.consulting import SelectionFactory
from tests.factories.experts import ExpertFactory
from tests.factories.matching import (
    CandidateFactory,
    RunFactory,
    WaiverFactory,
    shortlist_of,
)

pytestmark = pytest.mark.django_db
REASON = "비슷한 문제를 풀어 보았습니다."


@pytest.fixture
def run() -> MatchRun:
    return shortlist_of(3)


def manager(run: MatchRun) -> Any:
    return run.request.manager


def mark(run: MatchRun, place: int, mark: str = "chosen", reason: str = REASON) -> Any:
    candidate = run.candidates.get(rank=place)
    return services.mark(run.request_id, candidate.pk, mark, reason, manager(run))


def scoring(monkeypatch: pytest.MonkeyPatch, score: float = 0.3) -> None:
    """The pipeline's answer for one person, without the encoder."""

    def rank(query: Any, filters: Any, limit: int, must: Any) -> RankedResult:
        parts = {"base": 0.1, "dense": score - 0.1, "lexical": 0.0, "tags": 0.0}
        return RankedResult([ScoredExpert(pk, 1, score, 1, parts, {}) for pk in must], {}, {})

    monkeypatch.setattr("matching.pipeline.rank", rank)


# --- marking ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["chosen", "alternate", "declined"])
def test_a_mark_needs_a_reason(run: MatchRun, kind: str) -> None:
    for reason in ("", "   ", "\u200b"):
        with pytest.raises(MissingFacts):
            mark(run, 1, kind, reason)
    with pytest.raises(MissingFacts):
        mark(run, 1, kind, "가" * 100_000)
    assert mark(run, 1, kind).mark == kind
    assert Event.objects.get(type="match.candidate_marked").data["rank"] == 1


def test_an_unknown_mark_is_refused(run: MatchRun) -> None:
    with pytest.raises(MissingFacts):
        mark(run, 1, "winner")


def test_the_log_says_a_mark_in_words(run: MatchRun) -> None:
    mark(run, 1, "declined")
    sentence = Event.objects.get(type="match.candidate_marked").sentence
    assert "‘제외’" in sentence and "declined" not in sentence


def test_taking_a_mark_away(run: MatchRun) -> None:
    mark(run, 1)
    assert mark(run, 1, "", "").preference is None


def test_a_candidate_of_another_list_cannot_be_marked(run: MatchRun) -> None:
    other = CandidateFactory()
    with pytest.raises(Conflict):
        services.mark(run.request_id, other.pk, "chosen", REASON, manager(run))


def test_who_is_no_longer_eligible_cannot_be_chosen(run: MatchRun) -> None:
    Expert.objects.filter(pk=run.candidates.get(rank=1).expert_id).update(state="suspended")
    with pytest.raises(Conflict) as caught:
        mark(run, 1)
    assert "등록 상태" in caught.value.message
    assert mark(run, 1, "declined").mark == "declined"


@pytest.mark.parametrize("role", ["officer", "auditor", "reviewer", "administrator"])
def test_only_the_desk_works_on_it(run: MatchRun, role: str) -> None:
    person = UserFactory(**{role: True})
    candidate = run.candidates.get(rank=1)
    with pytest.raises(NotPermitted):
        services.mark(run.request_id, candidate.pk, "chosen", REASON, person)
    with pytest.raises(NotPermitted):
        services.decide(run.request_id, person)


def test_a_closed_list_cannot_be_marked() -> None:
    closed = shortlist_of(1)
    Request.objects.filter(pk=closed.request_id).update(state="decided")
    with pytest.raises(Conflict):
        mark(closed, 1)


def test_the_order_of_preference(run: MatchRun) -> None:
    rows = [mark(run, place).pk for place in (2, 1, 3)]
    services.shift(run.request_id, rows[2], -1, manager(run))
    named = list(run.candidates.named().values_list("pk", "preference"))
    assert named == [(rows[0], 1), (rows[2], 2), (rows[1], 3)]
    with pytest.raises(Conflict):
        services.reorder(run.request_id, rows[:2], manager(run))


# --- adding ----------------------------------------------------------------------------------


def test_adding_by_hand_scores_and_explains(run: MatchRun, monkeypatch: pytest.MonkeyPatch) -> None:
    scoring(monkeypatch)
    expert = ExpertFactory()
    row = services.add_candidate(run.request_id, expert.pk, REASON, manager(run))
    assert (row.origin, row.rank, row.score) == ("added", None, 0.3)
    assert sum(row.contributions.values()) == pytest.approx(0.3)
    with pytest.raises(Conflict):
        services.add_candidate(run.request_id, expert.pk, REASON, manager(run))


def test_adding_someone_excluded_names_the_evidence(
    run: MatchRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring(monkeypatch)
    expert = ExpertFactory(monthly_cap=0)
    with pytest.raises(Conflict) as caught:
        services.add_candidate(run.request_id, expert.pk, REASON, manager(run))
    assert expert.name in caught.value.message and "0건" in caught.value.message
    WaiverFactory(request=run.request, expert=expert, rule="cap", approved=True)
    assert services.add_candidate(run.request_id, expert.pk, REASON, manager(run))


# --- deciding --------------------------------------------------------------------------------


def test_deciding_names_the_marked_and_keeps_the_ranks(run: MatchRun) -> None:
    mark(run, 3)
    mark(run, 2, "alternate")
    request = services.decide(run.request_id, manager(run), "11월 말에 만나겠습니다.")
    assert request.state == "decided" and request.decision_note
    rows = {s.role: s for s in Selection.objects.filter(request=request)}
    assert (rows["chosen"].rank_shown, rows["alternate"].rank_shown) == (3, 2)
    event = Event.objects.get(type="match.decided")
    first = run.candidates.get(rank=1).expert_id
    assert event.data["passed_over"] == [first] and event.data["ranks"] == "3"
    assert REASON in event.sentence
    chosen = run.candidates.get(rank=3).expert.user
    assert Notice.objects.filter(person=chosen, kind="match.chosen").exists()


def test_a_decision_needs_someone_chosen(run: MatchRun) -> None:
    mark(run, 1, "alternate")
    with pytest.raises(MissingFacts):
        services.decide(run.request_id, manager(run))


def test_eligibility_is_checked_again(run: MatchRun) -> None:
    expert = mark(run, 1).expert
    for _ in range(expert.monthly_cap):
        SelectionFactory(expert=expert)
    with pytest.raises(Conflict) as caught:
        services.decide(run.request_id, manager(run))
    assert "월 한도" in caught.value.message
    assert not Selection.objects.filter(request=run.request).exists()
    assert not Event.objects.filter(type="match.decided").exists()


def test_nobody_chooses_himself(run: MatchRun) -> None:
    boss = UserFactory(manager=True, department=None)
    Expert.objects.filter(pk=run.candidates.get(rank=1).expert_id).update(user=boss)
    mark(run, 1)
    with pytest.raises(Conflict):
        services.decide(run.request_id, boss)


def test_a_second_click_is_a_conflict(run: MatchRun) -> None:
    mark(run, 1)
    services.decide(run.request_id, manager(run))
    with pytest.raises(Conflict):
        services.decide(run.request_id, manager(run))
    assert Selection.objects.filter(request=run.request).count() == 1


def _two_lists_with_one_free_place() -> list[MatchRun]:
    expert = ExpertFactory(monthly_cap=1)
    lists = [RunFactory(), RunFactory()]
    for each in lists:
        CandidateFactory(run=each, expert=expert, rank=1, chosen=True, preference=1)
    return lists


def _decide_at_once(lists: list[MatchRun], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Both decisions meet after their check of eligibility, if nothing keeps them apart."""
    meeting = threading.Barrier(2)
    checked = work._refuse_excluded

    def check_and_wait(request: Any, experts: Any) -> None:
        checked(request, experts)
        # without the other one here he waits for our lock: that is what the lock is for
        with suppress(threading.BrokenBarrierError):
            meeting.wait(1)

    monkeypatch.setattr(work, "_refuse_excluded", check_and_wait)
    outcomes: list[str] = []

    def decide(each: MatchRun) -> None:
        try:
            services.decide(each.request_id, each.requested_by)
            outcomes.append("decided")
        except Conflict:
            outcomes.append("conflict")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(each,)) for each in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_two_decisions_for_the_last_place(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = _two_lists_with_one_free_place()
    assert _decide_at_once(lists, monkeypatch) == ["conflict", "decided"]
    assert Selection.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(ids: Any) -> list[Expert]:
        return list(Expert.objects.filter(pk__in=ids).order_by("pk"))

    monkeypatch.setattr(work, "lock_experts", unlocked)
    lists = _two_lists_with_one_free_place()
    assert _decide_at_once(lists, monkeypatch) == ["decided", "decided"]


# --- age of the list, filters, missing people ------------------------------------------------


def test_a_change_makes_the_list_old(run: MatchRun) -> None:
    assert not shortlist(run.request, run).is_old
    expert = run.candidates.get(rank=2).expert
    Expert.objects.filter(pk=expert.pk).update(version=expert.version + 1)
    listed = shortlist(run.request, run)
    assert [card.expert.pk for card in listed.old_cards] == [expert.pk]
    run.request.version += 1
    assert shortlist(run.request, run).request_changed


def test_filters(run: MatchRun) -> None:
    overseas = run.candidates.get(rank=2).expert
    Expert.objects.filter(pk=overseas.pk).update(origin="overseas", languages=["en"])
    cards = shortlist(run.request, run).cards
    assert [c.expert.pk for c in filtered(cards, {"origin": ["overseas"]})] == [overseas.pk]
    assert len(filtered(cards, {"language": ["ko"]})) == 2
    assert len(filtered(cards, {"tag": ["T1-01"]})) == 3
    assert len(filtered(cards, {"mark": ["none"], "free": ["no"]})) == 0
    assert len(filtered(cards, {"unknown": ["x"]})) == 3


def test_queries_do_not_grow_with_candidates() -> None:
    def queries(size: int) -> int:
        listed = shortlist_of(size)
        listed = MatchRun.objects.select_related("request__department__root").get(pk=listed.pk)
        with CaptureQueriesContext(connection) as queries:
            shortlist(listed.request, listed)
        return len(queries)

    assert queries(2) == queries(6)


def test_why_not_names_the_first_rule(run: MatchRun) -> None:
    answer = why_not(run, ExpertFactory(paused=True, monthly_cap=0))
    assert answer.kind == "excluded" and [e.rule for e in answer.exclusions] == [
        "availability",
        "cap",
    ]
    assert answer.sentence == answer.exclusions[0].sentence


def test_why_not_compares_with_the_last_listed(
    run: MatchRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    scoring(monkeypatch, 0.2)
    answer = why_not(run, ExpertFactory())
    assert answer.kind == "below" and "3위" in answer.sentence
    assert answer.gaps[0].difference == min(gap.difference for gap in answer.gaps)
    scoring(monkeypatch, 0.95)
    assert why_not(run, ExpertFactory()).kind == "unlisted"


def test_why_not_of_someone_listed(run: MatchRun) -> None:
    assert "2위" in why_not(run, run.candidates.get(rank=2).expert).sentence


# --- conflicts and waivers -------------------------------------------------------------------


def test_entering_and_ending_a_conflict(run: MatchRun) -> None:
    expert = run.candidates.get(rank=1).expert
    facts = {"reason": "공동 연구", "evidence": "협약서 3호"}
    row = services.enter_conflict(expert, manager(run), request=run.request, **facts)
    assert row in people.conflicts_of(manager(run), run.request)
    services.end_conflict(row.pk, manager(run), "협약이 끝났습니다.")
    assert not people.conflicts_of(manager(run), run.request).exists()
    with pytest.raises(Conflict):
        services.end_conflict(row.pk, manager(run), "다시")


def test_a_conflict_names_its_object_and_its_evidence(run: MatchRun) -> None:
    expert, by = run.candidates.get(rank=1).expert, manager(run)
    with pytest.raises(MissingFacts):
        services.enter_conflict(expert, by, reason="x", evidence="y")
    for reason, evidence in (("", "y"), ("x", "")):
        with pytest.raises(MissingFacts):
            services.enter_conflict(
                expert, by, request=run.request, reason=reason, evidence=evidence
            )
    past = timezone.localdate() - timedelta(1)
    with pytest.raises(MissingFacts):
        services.enter_conflict(
            expert, by, request=run.request, reason="x", evidence="y", ends_on=past
        )
    assert not EnteredConflict.objects.exists()


def test_a_waiver_is_answered_by_a_second_person(run: MatchRun) -> None:
    expert = ExpertFactory(monthly_cap=0)
    first, second = manager(run), UserFactory(manager=True)
    waiver = services.ask_waiver(run.request, expert, "cap", first, REASON)
    assert Notice.objects.filter(person=second, kind="match.waiver_asked").exists()
    with pytest.raises(NotPermitted):
        services.answer_waiver(waiver.pk, first, approve=True)
    with pytest.raises(Conflict), transaction.atomic():
        services.ask_waiver(run.request, expert, "cap", second, REASON)
    services.answer_waiver(waiver.pk, second, approve=True)
    with pytest.raises(Conflict):
        services.answer_waiver(waiver.pk, second, approve=False, answer="늦음")
    types = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert types == ["match.waiver_asked", "match.waiver_approved"]


def test_a_refusal_needs_a_sentence_and_allows_asking_again(run: MatchRun) -> None:
    expert = ExpertFactory(monthly_cap=0)
    waiver = services.ask_waiver(run.request, expert, "cap", manager(run), REASON)
    second = UserFactory(manager=True)
    with pytest.raises(MissingFacts):
        services.answer_waiver(waiver.pk, second, approve=False)
    services.answer_waiver(waiver.pk, second, approve=False, answer="다른 사람이 있습니다.")
    assert services.ask_waiver(run.request, expert, "cap", manager(run), REASON)
    assert Waiver.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "rule"), [({}, "cap"), ({"paused": True}, "availability"), ({"draft": True}, "state")]
)
def test_rules_that_cannot_be_waived(run: MatchRun, facts: dict[str, Any], rule: str) -> None:
    with pytest.raises(Conflict):
        services.ask_waiver(run.request, ExpertFactory(**facts), rule, manager(run), REASON)


# --- what others see -------------------------------------------------------------------------


def test_departments_see_only_what_people_share(run: MatchRun) -> None:
    shown = run.candidates.get(rank=1).expert
    hidden = run.candidates.get(rank=2).expert
    Expert.objects.filter(pk=hidden.pk).update(is_public=False, shares_with_departments=False)
    mark(run, 1), mark(run, 2)
    request = services.decide(run.request_id, manager(run))
    cards = {card.expert.pk if card.expert else None for card in people.chosen_people(request)}
    assert cards == {shown.pk, None}


def test_experts_see_decided_cases_only(run: MatchRun) -> None:
    chosen, other = (run.candidates.get(rank=n).expert for n in (1, 2))
    mark(run, 1)
    assert people.considered_for(other) == []
    services.decide(run.request_id, manager(run))
    assert people.considered_for(chosen)[0].outcome == "chosen"
    assert people.considered_for(other)[0].outcome == ""
    assert people.considered_for(other)[0].title == ""  # not an open request
