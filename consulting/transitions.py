"""State moves of a request. One table serves these functions, the pages and the API.

Every function locks the row, checks the move, stores the facts, appends an event, sets the next
date and tells whoever must act next, all in one transaction; signals follow after commit.
Raises ``Request.DoesNotExist``, ``Conflict`` (409), ``NotPermitted`` (403), ``MissingFacts`` (400).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import MissingFacts
from common.transitions import Move, MoveTable, moving
from consulting import events, facts, notices, signals
from consulting.due import due_in_state
from consulting.models import Message, Request, Selection
from consulting.numbering import next_number
from consulting.permissions import department, desk

S = Request.State


def _states(*states: str) -> frozenset[str]:
    return frozenset(str(state) for state in states)


MOVES = MoveTable(
    [
        Move("submit", _("제출"), _states(S.DRAFT), S.SUBMITTED, department),
        Move("resubmit", _("답변하고 다시 제출"), _states(S.RETURNED), S.SUBMITTED, department),
        Move("accept", _("접수"), _states(S.SUBMITTED), S.ACCEPTED, desk),
        Move("return_with_question", _("보완 요청"), _states(S.SUBMITTED), S.RETURNED, desk),
        Move(
            "start_matching",
            _("전문가 찾기"),
            _states(S.ACCEPTED, S.SHORTLISTED),
            S.MATCHING,
            desk,
            offered=False,
        ),
        Move("shortlist", _("추천 완료"), _states(S.MATCHING), S.SHORTLISTED, offered=False),
        Move(
            "back_to_accepted",
            _("접수 상태로 되돌림"),
            _states(S.MATCHING),
            S.ACCEPTED,
            offered=False,
        ),
        Move("decide", _("선정"), _states(S.SHORTLISTED), S.DECIDED, desk, offered=False),
        Move(
            "reject",
            _("요청 반려"),
            _states(S.SUBMITTED, S.RETURNED, S.ACCEPTED, S.SHORTLISTED),
            S.REJECTED,
            desk,
            dangerous=True,
        ),
        Move(
            "withdraw",
            _("요청 철회"),
            _states(S.SUBMITTED, S.RETURNED, S.ACCEPTED, S.MATCHING, S.SHORTLISTED),
            S.WITHDRAWN,
            department,
            dangerous=True,
        ),
    ]
)


@dataclass(frozen=True)
class Choice:
    """A person named at the decision; rank and score as the recommendation showed them."""

    expert_id: int
    role: str
    reason: str
    rank_shown: int | None = None
    score_shown: float | None = None


def available_actions(request: Request, user: Any) -> list[Move]:
    """Moves that this person may make now through this app's own pages and API."""
    return MOVES.available(request, user)


@contextmanager
def _move(request_id: int, name: str, by: Any, locked: Request | None = None) -> Iterator[Request]:
    with moving(Request, request_id, MOVES, name, by, locked) as request:
        yield request
        request.next_due = due_in_state(MOVES[name].target)


def submit(request_id: int, by: Any) -> Request:
    """Hand in a draft: it gets its number. ``MissingFacts`` names the fields to fill."""
    with _move(request_id, "submit", by) as request:
        _complete(request)
        now = timezone.now()
        request.number = next_number(timezone.localdate(now).year)
        request.submitted_at = now
        events.submitted(request, by)
        notices.submitted(request)
        signals.publish(signals.request_changed, request.pk)
    return request


def resubmit(request_id: int, by: Any, answer: str) -> Request:
    """Answer the staff's question and hand the request in again."""
    with _move(request_id, "resubmit", by) as request:
        text = facts.needed_text("answer", answer)
        _complete(request)
        message = _say(request, Message.Kind.ANSWER, by, text)
        events.resubmitted(request, by, message.pk)
        notices.resubmitted(request)
        signals.publish(signals.request_changed, request.pk)
    return request


def _complete(request: Request) -> None:
    problems = facts.missing_for_submission(request)
    if problems:
        raise MissingFacts(problems)


def _say(request: Request, kind: str, by: Any, text: str) -> Message:
    return Message.objects.create(request=request, kind=kind, author=by, body=text)


def return_with_question(request_id: int, by: Any, question: str) -> Request:
    """Send the request back to the department with a question."""
    with _move(request_id, "return_with_question", by) as request:
        text = facts.needed_text("question", question)
        message = _say(request, Message.Kind.QUESTION, by, text)
        request.manager = request.manager or by
        events.returned(request, by, message)
        notices.returned(request, text)
        signals.publish(signals.request_closed, request.pk)
    return request


def accept(request_id: int, by: Any) -> Request:
    """Take the request on. Whoever accepts becomes its case manager if it has none."""
    with _move(request_id, "accept", by) as request:
        request.manager = request.manager or by
        request.accepted_at = timezone.now()
        events.accepted(request, by)
        notices.accepted(request, by)
        signals.publish(signals.request_accepted, request.pk)
    return request


def start_matching(request_id: int, by: Any) -> Request:
    """A search for experts begins, for the first time or again from a shortlist."""
    with _move(request_id, "start_matching", by) as request:
        request.manager = request.manager or by
        events.matching_started(request, by)
    return request


def shortlist(request_id: int, by: Any = None, locked: Request | None = None) -> Request:
    """The recommended people are there: staff choose next.

    locked: the row, where the caller has locked and read it in his transaction.
    """
    with _move(request_id, "shortlist", by, locked) as request:
        events.shortlisted(request, by)
        notices.shortlisted(request)
    return request


def back_to_accepted(request_id: int, reason: str, by: Any = None) -> Request:
    """The search failed, was cancelled or found nobody: staff decide what to do."""
    with _move(request_id, "back_to_accepted", by) as request:
        text = facts.needed_text("reason", reason)
        events.back_to_accepted(request, by, text)
        notices.back_to_accepted(request, text)
    return request


def decide(request_id: int, choices: Sequence[Choice], by: Any, note: str = "") -> Request:
    """Name the people. ``note`` is what the department is told about the choice.

    The choices become ``Selection`` rows that keep rank and score as they were shown.
    """
    with _move(request_id, "decide", by) as request:
        request.decided_at = timezone.now()
        request.decision_note = note and facts.needed_text("note", note)
        rows = _selections(request, facts.checked_choices(choices), by)
        events.decided(request, by, rows)
        notices.decided(request)
        ids = [row.pk for row in rows]
        signals.publish(signals.request_decided, request.pk, selection_ids=ids)
    return request


def _selections(request: Request, choices: Sequence[Choice], by: Any) -> list[Selection]:
    rows = [
        Selection(
            request=request,
            expert_id=choice.expert_id,
            role=choice.role,
            reason=facts.needed_text("reason", choice.reason),
            rank_shown=choice.rank_shown,
            score_shown=choice.score_shown,
            decided_by=by,
            decided_at=request.decided_at or timezone.now(),
        )
        for choice in choices
    ]
    return Selection.objects.bulk_create(rows)


def reject(request_id: int, by: Any, reason: str) -> Request:
    """Turn the request down, with a reason that the department reads."""
    with _move(request_id, "reject", by) as request:
        request.closing_reason = facts.needed_text("reason", reason)
        events.rejected(request, by, request.closing_reason)
        notices.rejected(request)
        signals.publish(signals.request_closed, request.pk)
    return request


def withdraw(request_id: int, by: Any, reason: str) -> Request:
    """The department takes the request back, at any time before the decision."""
    with _move(request_id, "withdraw", by) as request:
        request.closing_reason = facts.needed_text("reason", reason)
        events.withdrawn(request, by, request.closing_reason)
        notices.withdrawn(request)
        signals.publish(signals.request_closed, request.pk)
    return request
