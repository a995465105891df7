"""Allocation of a round: pins, both plans, application under locks, conflicts from a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Request, Selection
from consulting.rounds import quotas
from consulting.rounds import services as rounds
from matching import services as desk
from matching.indexing import index_experts
from matching.models import AllocationPlan, AllocationRun, MatchCandidate, MatchRun
from matching.selectors.allocation import board, differences
from matching.services import allocation, allocation_work
from matching.services import allocation_applying as applying
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory, SelectionFactory
from tests.factories.matching import ConflictFactory, shortlist_of
from tests.factories.rounds import RoundFactory, computed, names, people, plan_of

pytestmark = pytest.mark.django_db
REASON = "수요조사 배정 회의에서 정했습니다."


# --- plans -----------------------------------------------------------------------------------


def test_both_plans_hold_the_limits_and_the_fair_one_is_no_worse() -> None:
    row = RoundFactory(entries=3, capacity=1)
    experts = people(5)
    run = computed(row, experts)
    total, fair = plan_of(run), plan_of(run, "fair")
    for plan in (total, fair):
        assigned = plan.people.filter(role="assigned").values_list("expert_id", flat=True)
        assert len(assigned) == len(set(assigned)) == 5  # one request each
        assert sum(plan.loads.values()) == 5
    assert fair.worst >= total.worst and total.total >= fair.total - 1e-9
    assert Event.objects.filter(type="allocation.finished").exists()


def test_empty_seats_name_who_could_fill_them() -> None:
    row = RoundFactory(entries=3, capacity=1)
    shown = board(plan_of(computed(row, people(5))))
    (line,) = [line for line in shown.lines if line.empty]
    assert "빈 자리 1개" in line.blocked and "한도를 1건 올리면" in line.blocked
    assert shown.filled == 5 and shown.seats == 6


def test_one_institution_sends_one_person() -> None:
    row = RoundFactory(entries=1, per_institution=1)
    experts = people(3)
    for expert in experts[:2]:
        expert.claims.filter(kind="affiliation").update(title="(주)한빛")
    plan = plan_of(computed(row, experts))
    assert list(names(plan).values()) == [{experts[0].pk, experts[2].pk}]
    row.per_institution = None
    row.save()


def test_capacity_is_the_monthly_number_times_the_months_less_what_was_decided() -> None:
    from consulting.rounds.selectors import capacities

    today = timezone.localdate()
    row = RoundFactory(starts_on=today, ends_on=today, capacity=None)
    one, two = people(2, monthly_cap=2)
    SelectionFactory(expert=one)
    assert capacities(row, [one.pk, two.pk]) == {one.pk: 1, two.pk: 2}
    rounds.set_limit(row.pk, two.pk, 5, "연구년입니다.", row.created_by)
    assert capacities(row, [two.pk]) == {two.pk: 5}


def test_pins_are_kept_at_the_next_computation_and_the_old_plan_stays() -> None:
    row = RoundFactory(entries=2, entries__seats=1)
    experts = people(3)
    first = computed(row, experts)
    entry = row.entries.first()
    allocation.pin(row.pk, entry.request_id, experts[2].pk, "force", row.created_by)
    other = row.entries.last()
    allocation.pin(row.pk, other.request_id, experts[0].pk, "forbid", row.created_by)
    assert board(plan_of(first)).wishes_differ
    again = allocation.start_allocation(row.pk, row.created_by, again=first.pk)
    allocation_work.execute(again.pk)
    again.refresh_from_db()
    plan = plan_of(again)
    assert names(plan)[entry.request_id] == {experts[2].pk}
    assert experts[0].pk not in names(plan)[other.request_id]
    assert not board(plan).wishes_differ and plan_of(first).people.exists()
    assert differences(plan_of(first), plan)


def test_requests_that_have_changed_are_ranked_anew() -> None:
    row = RoundFactory(entries=2)
    run = computed(row, people(3))
    again = allocation.start_allocation(row.pk, row.created_by, again=run.pk)
    assert again.scores_of == run.scores_of  # nothing has changed
    allocation.cancel_allocation(again.pk, row.created_by)
    rounds.change_entries(row.pk, {row.entries.first().pk: (2, 1)}, (), row.created_by)
    anew = allocation.start_allocation(row.pk, row.created_by, again=run.pk)
    assert anew.scores_of is None


def test_a_round_that_nobody_may_answer_has_an_empty_plan_with_the_reason() -> None:
    row = RoundFactory(entries=2)
    run = allocation.start_allocation(row.pk, row.created_by)
    allocation_work.execute(run.pk)
    run.refresh_from_db()
    shown = board(plan_of(run))
    assert shown.filled == 0 and all("조건에 맞는 전문가가" in line.blocked for line in shown.lines)
    with pytest.raises(Conflict, match="배정된 사람이 없는"):
        applying.apply_plan(plan_of(run).pk, row.created_by, REASON)


def forced(*pairs: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"request": r, "expert": e.pk, "kind": "force"} for r, e in pairs]


def test_contradictory_pins_make_a_partial_plan_that_names_the_dropped_one() -> None:
    row = RoundFactory(entries=1, entries__seats=1)
    experts = people(2)
    request = row.entries.get().request
    plan = plan_of(computed(row, experts, pins=forced(*((request.pk, e) for e in experts))))
    assert plan.is_partial and names(plan) == {request.pk: {experts[0].pk}}  # the better one
    shown = board(plan)
    (line,) = shown.lines
    (dropped,) = line.dropped
    assert dropped.expert == experts[1] and shown.dropped == 1
    assert "자리 1개를 다른 고정이 모두" in dropped.text
    assert f"{request.ref} {experts[0].name}" in dropped.text  # whose pin could go instead
    with pytest.raises(Conflict, match="지키지 못한 고정"):
        applying.apply_plan(plan.pk, row.created_by, REASON)
    assert not MatchCandidate.objects.exists()
    applying.apply_plan(plan.pk, row.created_by, REASON, confirmed_partial=True)
    assert MatchCandidate.objects.get(mark="chosen").expert == experts[0]


def by_capacity(row: Any, experts: Any) -> tuple[Any, str]:
    row.capacity = 1
    requests = [entry.request_id for entry in row.entries.all()]
    return [(r, experts[0]) for r in requests], "한도를 1건 올리면"


def by_institution(row: Any, experts: Any) -> tuple[Any, str]:
    request = row.entries.first().request_id
    for expert in experts[:2]:
        expert.claims.filter(kind="affiliation").update(title="(주)한빛")
    return [(request, expert) for expert in experts[:2]], "같은 기관 사람은 1명까지"


def by_institution_over_the_round(row: Any, experts: Any) -> tuple[Any, str]:
    row.per_institution_round = 1
    requests = [entry.request_id for entry in row.entries.all()]
    for expert in experts[:2]:
        expert.claims.filter(kind="affiliation").update(title="(주)한빛")
    pairs = list(zip(requests, experts, strict=False))
    return pairs, "회차 전체에서 ‘(주)한빛’의 자리는 1개까지"


def by_maximum(row: Any, experts: Any) -> tuple[Any, str]:
    quotas.set_quota(row.pk, row.created_by, by="origin", value="domestic", most=1)
    request = row.entries.first().request_id
    return [(request, expert) for expert in experts[:2]], "‘국내 전문가’은(는) 1명까지"


@pytest.mark.parametrize(
    "change", [by_capacity, by_institution, by_institution_over_the_round, by_maximum]
)
def test_every_limit_that_a_pin_breaks_is_named_with_its_release(change: Any) -> None:
    row = RoundFactory(entries=2, per_institution=1)
    experts = people(3)
    pairs, words = change(row, experts)
    row.save()
    plan = plan_of(computed(row, experts, pins=forced(*pairs)), "fair")
    kept = [pair for pair in pairs if pair[1].pk in names(plan)[pair[0]]]
    (dropped,) = [found for line in board(plan).lines for found in line.dropped]
    assert len(kept) == 1 and plan.is_partial
    assert words in dropped.text and "또는 다음 고정 하나를 풉니다" in dropped.text


def test_a_pin_of_somebody_whom_a_rule_excludes_since_is_dropped_and_told() -> None:
    row = RoundFactory(entries=1, entries__seats=1)
    experts = people(2)
    request = row.entries.get().request
    ConflictFactory(expert=experts[0], request=request)
    plan = plan_of(computed(row, experts, pins=forced((request.pk, experts[0]))))
    (line,) = board(plan).lines
    assert names(plan) == {request.pk: {experts[1].pk}}
    assert "추천할 수 없는 사람" in line.dropped[0].text and "이해충돌" in line.dropped[0].text


def test_nobody_is_pinned_against_a_rule() -> None:
    row = RoundFactory(entries=1)
    (expert,) = people(1)
    request = row.entries.get().request
    ConflictFactory(expert=expert, request=request)
    with pytest.raises(Conflict, match="이해충돌"):
        allocation.pin(row.pk, request.pk, expert.pk, "force", row.created_by)
    with pytest.raises(Conflict, match="없는 요청"):
        allocation.pin(row.pk, RequestFactory().pk, expert.pk, "forbid", row.created_by)
    with pytest.raises(MissingFacts):
        allocation.pin(row.pk, request.pk, expert.pk, "perhaps", row.created_by)


def test_a_conflict_declared_since_keeps_a_person_out_of_the_next_plan() -> None:
    row = RoundFactory(entries=1, entries__seats=1)
    experts = people(2)
    request = row.entries.get().request
    ConflictFactory(expert=experts[0], request=request)
    assert names(plan_of(computed(row, experts))) == {request.pk: {experts[1].pk}}


# --- the run ---------------------------------------------------------------------------------


def test_a_second_click_gets_the_computation_that_runs() -> None:
    row = RoundFactory(entries=1)
    run = allocation.start_allocation(row.pk, row.created_by)
    assert allocation.start_allocation(row.pk, row.created_by) == run
    row.refresh_from_db()
    assert row.state == "allocating"


def test_cancelled_work_stores_nothing_and_a_second_delivery_changes_nothing() -> None:
    row = RoundFactory(entries=1)
    run = allocation.start_allocation(row.pk, row.created_by)
    allocation.cancel_allocation(run.pk, row.created_by)
    allocation_work.execute(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled" and not run.plans.exists()
    done = computed(RoundFactory(entries=1), people(1))
    allocation_work.execute(done.pk)
    assert done.plans.count() == 2


def test_who_may() -> None:
    row = RoundFactory(entries=1)
    for user in (UserFactory(administrator=True), UserFactory(officer=True)):
        with pytest.raises(NotPermitted):
            allocation.start_allocation(row.pk, user)
    with pytest.raises(Conflict):
        allocation.start_allocation(RoundFactory(closed=True, entries=1).pk, row.created_by)
    with pytest.raises(MissingFacts):
        allocation.start_allocation(RoundFactory().pk, row.created_by)


@pytest.mark.parametrize(("attempts", "state"), [(1, "queued"), (3, "failed")])
def test_the_sweep_rescues_a_silent_worker(attempts: int, state: str) -> None:
    run = allocation.start_allocation(RoundFactory(entries=1).pk, UserFactory(manager=True))
    long_ago = timezone.now() - timedelta(minutes=5)
    AllocationRun.objects.filter(pk=run.pk).update(
        state="running", attempts=attempts, heartbeat_at=long_ago, started_at=long_ago
    )
    allocation.sweep_allocations()
    run.refresh_from_db()
    assert run.state == state


# --- application -----------------------------------------------------------------------------


def test_applying_names_people_on_every_list_and_decides_nothing() -> None:
    row = RoundFactory(entries=2, entries__seats=1)
    experts = people(3)
    listed = row.entries.first().request
    listed.state = Request.State.SHORTLISTED
    listed.save()
    run = shortlist_of(2, request=listed)
    plan = plan_of(computed(row, experts))
    applying.apply_plan(plan.pk, row.created_by, REASON)
    assert {
        (c.run.request_id, c.expert_id) for c in MatchCandidate.objects.filter(mark="chosen")
    } == {(r, e) for r, found in names(plan).items() for e in found}
    assert not Selection.objects.exists()
    assert run.candidates.filter(mark="chosen", origin="added", mark_reason=REASON).count() == 1
    other = row.entries.last().request
    assert other.state == Request.State.SHORTLISTED
    made = MatchRun.objects.get(request=other)
    assert made.candidates.count() == 3 and made.candidates.get(mark="chosen").rank
    event = Event.objects.get(type="allocation.applied")
    assert event.data["chosen"] == [experts[0].pk]
    desk.decide(other.pk, row.created_by)
    assert Selection.objects.get().request == other


def test_a_plan_is_applied_once() -> None:
    row = RoundFactory(entries=1)
    plan = plan_of(computed(row, people(2)))
    applying.apply_plan(plan.pk, row.created_by, REASON)
    with pytest.raises(Conflict, match="이미 적용"):
        applying.apply_plan(plan.pk, row.created_by, REASON)


def break_rule(row: Any, plan: AllocationPlan) -> str:
    seat = plan.people.filter(role="assigned").last()
    ConflictFactory(expert=seat.expert, request=seat.request)
    return str(seat.expert.name)


def move_on(row: Any, plan: AllocationPlan) -> str:
    Request.objects.filter(pk=row.entries.last().request_id).update(state="withdrawn")
    return "철회"


def use_up(row: Any, plan: AllocationPlan) -> str:
    seat = plan.people.filter(role="assigned").first()
    rounds.set_limit(row.pk, seat.expert_id, 0, "갑자기 바빠졌습니다.", row.created_by)
    return str(seat.expert.name)


@pytest.mark.parametrize("change", [break_rule, move_on, use_up])
def test_what_changed_since_stops_everything_with_a_sentence(change: Any) -> None:
    row = RoundFactory(entries=2)
    plan = plan_of(computed(row, people(4)))
    words = change(row, plan)
    with pytest.raises(Conflict, match=words):
        applying.apply_plan(plan.pk, row.created_by, REASON)
    assert not MatchCandidate.objects.exists() and not MatchRun.objects.exists()
    plan.refresh_from_db()
    assert plan.applied_at is None


def test_an_old_plan_must_be_confirmed_and_a_reason_is_needed() -> None:
    row = RoundFactory(entries=1)
    plan = plan_of(computed(row, people(2)))
    with pytest.raises(MissingFacts):
        applying.apply_plan(plan.pk, row.created_by, "  ")
    entry = row.entries.get()
    rounds.change_entries(row.pk, {entry.pk: (2, 1)}, (), row.created_by)
    plan = AllocationPlan.objects.get(pk=plan.pk)
    assert board(plan).is_old
    with pytest.raises(Conflict, match="바뀌었습니다"):
        applying.apply_plan(plan.pk, row.created_by, REASON, confirmed_old=False)


@pytest.mark.encoder
def test_a_computation_ranks_with_the_real_matcher() -> None:
    row = RoundFactory(entries=2, entries__seats=1, minimum=0.0)
    experts = people(3)
    barred = row.entries.first().request
    ConflictFactory(expert=experts[0], request=barred)
    index_experts([expert.pk for expert in experts])
    run = allocation.start_allocation(row.pk, row.created_by)
    allocation_work.execute(run.pk)
    run.refresh_from_db()
    plan = plan_of(run)
    assert run.scores.count() == 2 and run.versions["engine"] == "postgres"
    assert experts[0].pk not in names(plan)[barred.pk]
    scores = run.scores.get(request=barred)
    assert scores.exclusions and experts[0].pk not in {f["expert_id"] for f in scores.ranking}
    assert set(run.timings) == {"rank", "total", "fair"} and run.progress == 100
    applying.apply_plan(plan.pk, row.created_by, REASON)
    assert MatchCandidate.objects.filter(mark="chosen").count() == 2
