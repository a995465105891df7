"""Every move of a request: allowed, forbidden, atomic, with missing facts, two at once."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import signals, transitions
from consulting.models import Message, NumberCounter, Request, Selection
from consulting.services import create_draft
from consulting.transitions import MOVES, Choice, available_actions
from notifications.models import Notice, OutboxMessage
from tests.factories.consulting import RequestFactory, Scene, kind, scene
from tests.factories.experts import ExpertFactory

pytestmark = pytest.mark.django_db
STATES = [str(state) for state in Request.State]
MANAGERS = {"accept", "return_with_question", "reject", "start_matching", "decide"}
OFFICERS = {"submit", "resubmit", "withdraw"}


def who(name: str, people: Scene):
    if name in MANAGERS:
        return people.manager
    return people.officer if name in OFFICERS else None


def call(name: str, request: Request, by):
    """Make a move with good facts."""
    facts = {
        "resubmit": {"answer": "3년치가 있습니다."},
        "return_with_question": {"question": "자료는 몇 년치입니까?"},
        "reject": {"reason": "중복된 과제입니다."},
        "withdraw": {"reason": "계획이 바뀌었습니다."},
        "back_to_accepted": {"reason": "계산이 중단되었습니다."},
    }.get(name, {})
    if name == "decide":
        facts = {"choices": [Choice(ExpertFactory().pk, "chosen", "경험이 맞습니다.", 2, 0.7)]}
    return getattr(transitions, name)(request.pk, by=by, **facts)


ALLOWED = [(move.name, state) for move in MOVES for state in sorted(move.sources)]
FORBIDDEN = [(move.name, state) for move in MOVES for state in STATES if state not in move.sources]


def in_state(state: str) -> Scene:
    return scene(**({} if state == "draft" else {state: True}))


@pytest.mark.parametrize(("name", "state"), ALLOWED)
def test_allowed_move_stores_state_event_and_next_date(name: str, state: str) -> None:
    people = in_state(state)
    call(name, people.request, who(name, people))
    stored = Request.objects.get(pk=people.request.pk)
    assert stored.state == MOVES[name].target
    assert (
        Event.objects.filter(object_type="consulting.request", object_id=str(stored.pk)).count()
        == 1
    )
    waits = stored.state in ("submitted", "returned", "accepted", "matching", "shortlisted")
    assert (stored.next_due is not None) == waits
    assert stored.next_due is None or stored.next_due > timezone.localdate()


@pytest.mark.parametrize(("name", "state"), FORBIDDEN)
def test_forbidden_state_is_a_conflict_and_changes_nothing(name: str, state: str) -> None:
    people = in_state(state)
    before = Request.objects.filter(pk=people.request.pk).values().get()
    with pytest.raises(Conflict) as caught:
        call(name, people.request, who(name, people))
    assert caught.value.state == state
    assert Request.objects.filter(pk=people.request.pk).values().get() == before
    assert not Event.objects.exists() and not Notice.objects.exists()


@pytest.mark.parametrize("name", sorted(MANAGERS | OFFICERS))
def test_only_the_right_people_move(name: str) -> None:
    state = sorted(MOVES[name].sources)[0]
    people = in_state(state)
    others = [people.stranger, people.administrator, people.auditor]
    others.append(people.officer if name in MANAGERS else people.manager)
    for person in others:
        with pytest.raises(NotPermitted):
            call(name, people.request, person)
    assert Request.objects.get(pk=people.request.pk).state == state


@pytest.mark.parametrize(("name", "state"), ALLOWED)
def test_a_save_that_fails_half_way_leaves_nothing(name: str, state: str, monkeypatch) -> None:
    people = in_state(state)

    def broken(self, *args, **kwargs):
        raise RuntimeError("disk full")

    monkeypatch.setattr(Request, "save", broken)
    with pytest.raises(RuntimeError):
        call(name, people.request, who(name, people))
    stored = Request.objects.get(pk=people.request.pk)
    assert (stored.state, stored.number) == (state, people.request.number)
    assert not Event.objects.exists()
    assert not Notice.objects.exists() and not OutboxMessage.objects.exists()
    assert not NumberCounter.objects.exists() and not Selection.objects.exists()
    assert not Message.objects.exclude(kind="question").exists()


@pytest.mark.parametrize(
    ("name", "facts", "field"),
    [
        ("resubmit", {"answer": " "}, "answer"),
        ("return_with_question", {"question": ""}, "question"),
        ("return_with_question", {"question": "가" * 5000}, "question"),
        ("reject", {"reason": "\u200b\n"}, "reason"),
        ("withdraw", {"reason": ""}, "reason"),
        ("back_to_accepted", {"reason": ""}, "reason"),
        ("decide", {"choices": []}, "choices"),
        ("decide", {"choices": [Choice(1, "alternate", "예비")]}, "choices"),
        ("decide", {"choices": [Choice(1, "chosen", "a"), Choice(1, "chosen", "b")]}, "choices"),
        ("decide", {"choices": [Choice(1, "chosen", " ")]}, "reason"),
    ],
)
def test_missing_facts_name_the_field(name: str, facts: dict, field: str) -> None:
    people = in_state(sorted(MOVES[name].sources)[0])
    with pytest.raises(MissingFacts) as caught:
        getattr(transitions, name)(people.request.pk, by=who(name, people), **facts)
    assert list(caught.value.message_dict) == [field]
    assert not Event.objects.exists()


def test_submission_names_everything_that_is_missing() -> None:
    people = scene(blank=True, kind=kind("poc"), unfinished={"budget": "많이"})
    Request.objects.update(deadline=timezone.localdate() - timedelta(days=1))
    with pytest.raises(MissingFacts) as caught:
        transitions.submit(people.request.pk, people.officer)
    assert set(caught.value.message_dict) == {
        "title", "situation", "problem", "ask", "budget", "deadline",
    }  # fmt: skip


def test_a_kind_that_asks_for_no_problem_needs_none() -> None:
    people = scene(kind=kind("training"), problem="")
    assert transitions.submit(people.request.pk, people.officer).state == "submitted"


def test_numbers_follow_each_other_and_a_failed_submission_takes_none() -> None:
    year = timezone.localdate().year % 100
    first, second = scene(), scene()
    assert transitions.submit(first.request.pk, first.officer).number == f"{year}-0001"
    with pytest.raises(RuntimeError), transaction.atomic():
        transitions.submit(second.request.pk, second.officer)
        raise RuntimeError("rolled back")
    assert transitions.submit(second.request.pk, second.officer).number == f"{year}-0002"


def test_a_returned_request_keeps_its_number() -> None:
    people = scene()
    number = transitions.submit(people.request.pk, people.officer).number
    transitions.return_with_question(people.request.pk, people.manager, "자료가 있습니까?")
    again = transitions.resubmit(people.request.pk, people.officer, "있습니다.")
    assert again.number == number
    kinds = list(again.messages.values_list("kind", flat=True))
    assert kinds == ["question", "answer"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("submit", "manager"), ("resubmit", "case"), ("return_with_question", "officer"),
        ("accept", "officer"), ("shortlist", "case"), ("back_to_accepted", "case"),
        ("decide", "officer"), ("reject", "officer"), ("withdraw", "case"),
    ],
)  # fmt: skip
def test_who_must_act_next_gets_a_notice_and_a_mail(name: str, told: str) -> None:
    state = "accepted" if name in ("withdraw", "reject") else sorted(MOVES[name].sources)[0]
    people = in_state(state)
    call(name, people.request, who(name, people))
    person = people.request.manager if told == "case" else getattr(people, told)
    notice = Notice.objects.get(person=person)
    stored = Request.objects.get(pk=people.request.pk)
    assert stored.number in notice.subject and notice.path == stored.get_absolute_url()
    assert OutboxMessage.objects.filter(recipient=person, subject=notice.subject).exists()


def test_notices_are_written_in_the_readers_language() -> None:
    people = scene(accepted=True)
    people.officer.__class__.objects.filter(pk=people.officer.pk).update(language="en")
    transitions.reject(people.request.pk, people.manager, "중복")
    assert Notice.objects.get().path.startswith("/en/")


@pytest.mark.parametrize(
    ("name", "signal", "sent"),
    [
        ("submit", "request_changed", True), ("resubmit", "request_changed", True),
        ("accept", "request_accepted", True), ("return_with_question", "request_closed", True),
        ("reject", "request_closed", True), ("withdraw", "request_closed", True),
        ("decide", "request_decided", True), ("start_matching", "request_changed", False),
    ],
)  # fmt: skip
def test_signals_leave_after_commit(
    name: str, signal: str, sent: bool, django_capture_on_commit_callbacks
) -> None:
    heard = []

    def listener(request_id, **facts):
        heard.append((request_id, facts.get("selection_ids")))

    getattr(signals, signal).connect(listener)
    people = in_state(sorted(MOVES[name].sources)[0])
    with django_capture_on_commit_callbacks(execute=True):
        call(name, people.request, who(name, people))
        assert not heard
    ids = list(Selection.objects.values_list("pk", flat=True)) or None
    assert heard == ([(people.request.pk, ids)] if sent else [])


def test_a_decision_keeps_rank_and_score_as_shown() -> None:
    people = in_state("shortlisted")
    best, second = ExpertFactory(), ExpertFactory()
    choices = [
        Choice(second.pk, "chosen", "현장 경험", 4, 0.61),
        Choice(best.pk, "alternate", "일정이 늦음", 1, 0.83),
    ]
    transitions.decide(
        people.request.pk, choices, people.manager, note="현장을 아는 분으로 정했습니다."
    )
    rows = Selection.objects.filter(request=people.request).order_by("rank_shown")
    assert [(row.expert_id, row.role, row.score_shown) for row in rows] == [
        (best.pk, "alternate", 0.83),
        (second.pk, "chosen", 0.61),
    ]
    event = Event.objects.get(type="request.decided")
    assert event.data["ranks"] == {str(second.pk): 4, str(best.pk): 1}
    assert "현장 경험" in event.sentence and people.request.number in event.sentence


def test_buttons_follow_the_same_table() -> None:
    for state in STATES:
        people = in_state(state)
        for person in (people.officer, people.manager, people.auditor, people.stranger):
            names = {move.name for move in available_actions(people.request, person)}
            for move in MOVES:
                legal = state in move.sources and move.allowed(person, people.request)
                assert (move.name in names) == (legal and move.offered)


def _at_once(*jobs) -> list[object]:
    """Run callables at the same moment in threads; returns their results or exceptions."""
    gate = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def run(index: int, job) -> None:
        try:
            gate.wait(10)
            results[index] = job()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_accept_move_once() -> None:
    people = in_state("submitted")
    other = in_state("submitted").manager
    results = _at_once(
        lambda: transitions.accept(people.request.pk, people.manager),
        lambda: transitions.accept(people.request.pk, other),
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Request"]
    assert Event.objects.filter(type="request.accepted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_clicks_would_pass() -> None:
    """Negative control: the same check on an unlocked row lets two people through."""
    people = in_state("submitted")
    both_read = threading.Barrier(2)

    def unlocked() -> str:
        with transaction.atomic():
            row = Request.objects.get(pk=people.request.pk)
            MOVES.check("accept", row, people.manager)
            both_read.wait(10)
            row.state = "accepted"
            row.save()
        return row.state

    assert _at_once(unlocked, unlocked) == ["accepted", "accepted"]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_submissions_get_numbers_without_gap_or_repeat() -> None:
    crowd = [scene() for _ in range(6)]
    results = _at_once(
        *(lambda one=one: transitions.submit(one.request.pk, one.officer).number for one in crowd)
    )
    year = timezone.localdate().year % 100
    assert sorted(map(str, results)) == [f"{year}-{n:04d}" for n in range(1, 7)]
    close_old_connections()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_clicks_on_a_card_make_one_draft() -> None:
    officer, wanted = scene().officer, kind("poc")
    results = _at_once(*[lambda: create_draft(officer, wanted, "one-click") for _ in range(3)])
    assert sorted(is_new for _request, is_new in results) == [False, False, True]
    assert Request.objects.filter(creation_key="one-click").count() == 1


def test_a_request_that_is_gone_raises_does_not_exist() -> None:
    people = scene()
    gone = people.request.pk
    people.request.delete()
    with pytest.raises(Request.DoesNotExist):
        transitions.submit(gone, people.officer)


def test_factories_give_what_they_say() -> None:
    for state in STATES:
        made = RequestFactory() if state == "draft" else RequestFactory(**{state: True})
        assert made.state == state
        assert (made.number is None) == (state == "draft")
