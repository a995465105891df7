"""Requests with a history: brings in what happened elsewhere or earlier, dates and all.

Nobody is notified. The path that leads to the wanted state is walked over the same table of
moves, so that a loaded request cannot be in a state that it could not have come to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from consulting import events, signals, writing
from consulting.due import due_in_state
from consulting.models import Message, Request, RequestKind, Selection
from consulting.numbering import next_number
from consulting.transitions import MOVES, Choice
from experts.models import TaxonomyNode

S = Request.State

#: state → the moves that lead there
PATHS: dict[str, tuple[str, ...]] = {
    S.DRAFT: (),
    S.SUBMITTED: ("submit",),
    S.RETURNED: ("submit", "return_with_question"),
    S.ACCEPTED: ("submit", "accept"),
    S.MATCHING: ("submit", "accept", "start_matching"),
    S.SHORTLISTED: ("submit", "accept", "start_matching", "shortlist"),
    S.DECIDED: ("submit", "accept", "start_matching", "shortlist", "decide"),
    S.REJECTED: ("submit", "reject"),
    S.WITHDRAWN: ("submit", "withdraw"),
}
#: days between two moves where no date is given
USUAL_GAP = {
    "submit": 1, "return_with_question": 2, "resubmit": 3, "accept": 2, "start_matching": 1,
    "shortlist": 0, "decide": 3, "reject": 3, "withdraw": 4,
}  # fmt: skip


@dataclass(frozen=True)
class History:
    """Who did what when. ``moments`` may give the time of single moves by name.

    Where the request was asked something on its way and answered (``question`` and ``answer``),
    the way there is walked over "returned". Without ``manager`` nobody has taken it on.
    """

    created_at: datetime
    manager: Any = None
    moments: Mapping[str, datetime] = field(default_factory=dict)
    question: str = ""
    answer: str = ""
    closing_reason: str = ""
    decision_note: str = ""
    choices: Sequence[Choice] = ()


@transaction.atomic
def load_request(
    *,
    kind: str,
    requester: Any,
    state: str,
    history: History,
    department: Any = None,
    **values: Any,
) -> Request:
    """Create one request in ``state``, with the events that led there.

    ``kind`` is a code, ``values`` the writable names of ``writing.WRITABLE``; ``fields`` may be
    taxonomy codes in order of rank. Times that are not given follow each other by usual gaps and
    never lie in the future. The number follows the year of submission. Raises
    ``RequestKind.DoesNotExist``, ``TaxonomyNode.DoesNotExist`` or ``KeyError``.
    """
    request = Request.objects.create(
        kind=RequestKind.objects.get(code=kind),
        requester=requester,
        department=department or requester.department,
        created_at=history.created_at,
        state_since=history.created_at,
    )
    writing.write(request, _with_nodes(values))
    request.version = 1
    events.created(request, requester, at=history.created_at)
    _walk(request, _path(state, history), history)
    request.save()
    if state != S.DRAFT:
        signals.publish(signals.request_changed, request.pk)
    return request


def _with_nodes(values: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(values)
    if any(isinstance(node, str) for node in given.get(writing.FIELDS, ())):
        codes = list(given[writing.FIELDS])
        nodes = {node.code: node for node in TaxonomyNode.objects.filter(code__in=codes)}
        if len(nodes) != len(set(codes)):
            raise TaxonomyNode.DoesNotExist(f"unknown codes {sorted(set(codes) - set(nodes))}")
        given[writing.FIELDS] = [nodes[code] for code in codes]
    return given


def _path(state: str, history: History) -> list[str]:
    path = list(PATHS[state])
    if history.question and history.answer and state != S.RETURNED and "submit" in path:
        path[1:1] = ["return_with_question", "resubmit"]
    return path


def _walk(request: Request, path: list[str], history: History) -> None:
    """Make the moves one after the other: state, dates and events, as they would have been."""
    at = history.created_at
    now = timezone.now()
    for name in path:
        move = MOVES[name]
        if request.state not in move.sources:
            raise ValueError(f"{name} does not start from {request.state}")
        at = min(history.moments.get(name) or at + timedelta(days=USUAL_GAP[name]), now)
        _STEPS[name](request, history, at)
        request.state = move.target
        request.state_since = at
    request.next_due = due_in_state(request.state, timezone.localdate(request.state_since))


def _submit(request: Request, history: History, at: datetime) -> None:
    request.number = next_number(timezone.localdate(at).year)
    request.submitted_at = at
    request.save()
    events.submitted(request, request.requester, at=at)


def _return(request: Request, history: History, at: datetime) -> None:
    request.manager = history.manager
    message = _say(request, Message.Kind.QUESTION, history.manager, history.question, at)
    events.returned(request, history.manager, message, at=at)


def _resubmit(request: Request, history: History, at: datetime) -> None:
    message = _say(request, Message.Kind.ANSWER, request.requester, history.answer, at)
    events.resubmitted(request, request.requester, message.pk, at=at)


def _say(request: Request, kind: str, author: Any, body: str, at: datetime) -> Message:
    return Message.objects.create(request=request, kind=kind, author=author, body=body, at=at)


def _accept(request: Request, history: History, at: datetime) -> None:
    request.manager = history.manager
    request.accepted_at = at
    events.accepted(request, history.manager, at=at)


def _start(request: Request, history: History, at: datetime) -> None:
    events.matching_started(request, history.manager, at=at)


def _shortlist(request: Request, history: History, at: datetime) -> None:
    events.shortlisted(request, None, at=at)


def _decide(request: Request, history: History, at: datetime) -> None:
    request.decided_at = at
    request.decision_note = history.decision_note
    rows = [
        Selection(request=request, decided_by=history.manager, decided_at=at, **vars(choice))
        for choice in history.choices
    ]
    events.decided(request, history.manager, Selection.objects.bulk_create(rows), at=at)


def _reject(request: Request, history: History, at: datetime) -> None:
    request.manager = history.manager
    request.closing_reason = history.closing_reason
    events.rejected(request, history.manager, history.closing_reason, at=at)


def _withdraw(request: Request, history: History, at: datetime) -> None:
    request.closing_reason = history.closing_reason
    events.withdrawn(request, request.requester, history.closing_reason, at=at)


_STEPS = {
    "submit": _submit,
    "return_with_question": _return,
    "resubmit": _resubmit,
    "accept": _accept,
    "start_matching": _start,
    "shortlist": _shortlist,
    "decide": _decide,
    "reject": _reject,
    "withdraw": _withdraw,
}
