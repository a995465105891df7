"""State moves of a profile: one table, one function per move.

Each takes the profile's id, locks the row, checks state, person and facts, writes the event and
the notice in the same transaction. Raises ``Conflict`` (wrong state), ``NotPermitted``,
``MissingFacts`` or ``Expert.DoesNotExist``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services.consents import withdraw as withdraw_consent_of
from common.errors import MissingFacts
from common.text import clean_line, clean_text
from common.transitions import Move, MoveTable, moving
from experts import events, notices, permissions
from experts.changes import touch
from experts.claims import too_long
from experts.conf import setting
from experts.consents import COLUMN_OF_KIND
from experts.models import Expert
from experts.requirements import missing_to_submit

State = Expert.State
T = gettext_lazy
REASON_LIMIT = 300
NOTE_LIMIT = 5_000


def _own(user: Any, expert: Expert) -> bool:
    return permissions.is_own(user, expert)


def _states(*states: str) -> frozenset[str]:
    return frozenset(states)


def _system(user: Any, expert: Expert) -> bool:
    return user is None


MOVES = MoveTable(
    [
        Move(
            "submit",
            T("등록 신청"),
            _states(State.DRAFT, State.CHANGES_ASKED, State.EXPIRED),
            State.SUBMITTED,
            _own,
        ),
        Move(
            "start_review",
            T("검토 시작"),
            _states(State.SUBMITTED),
            State.IN_REVIEW,
            permissions.may_review,
        ),
        Move(
            "ask_changes",
            T("보완 요청"),
            _states(State.IN_REVIEW),
            State.CHANGES_ASKED,
            permissions.may_review,
        ),
        Move(
            "approve", T("승인"), _states(State.IN_REVIEW), State.APPROVED, permissions.may_review
        ),
        Move(
            "suspend",
            T("활동 정지"),
            _states(State.APPROVED),
            State.SUSPENDED,
            permissions.may_suspend,
            dangerous=True,
        ),
        Move(
            "resume",
            T("활동 재개"),
            _states(State.SUSPENDED),
            State.APPROVED,
            permissions.may_suspend,
        ),
        Move(
            "expire", T("기간 만료"), _states(State.APPROVED), State.EXPIRED, _system, offered=False
        ),
        Move(
            "withdraw",
            T("등록 철회"),
            _states(*(s for s in State.values if s != State.WITHDRAWN)),
            State.WITHDRAWN,
            permissions.may_withdraw,
            dangerous=True,
        ),
        Move("reopen", T("다시 작성"), _states(State.WITHDRAWN), State.DRAFT, _own),
    ]
)


def available_actions(expert: Expert, user: Any) -> list[Move]:
    """Moves that the person may make now; feeds the buttons and the API alike."""
    return MOVES.available(expert, user)


@contextmanager
def _moving(expert_id: int, name: str, by: Any) -> Iterator[Expert]:
    """One move with what every move does besides: version, search document, signal."""
    with transaction.atomic():
        with moving(Expert, expert_id, MOVES, name, by) as expert:
            yield expert
        touch([expert.pk])
        expert.refresh_from_db(fields=["version"])


def _text(field: str, value: str, limit: int, needed: str) -> str:
    cleaned = clean_text(value)
    if not cleaned:
        raise MissingFacts({field: needed})
    if len(cleaned) > limit:
        raise MissingFacts({field: too_long(limit, len(cleaned))})
    return cleaned


def submit(expert_id: int, by: Any) -> Expert:
    """Hand the profile in for review, first or again after changes or expiry."""
    with _moving(expert_id, "submit", by) as expert:
        if missing := missing_to_submit(expert):
            raise MissingFacts(missing)
        expert.submitted_at = timezone.now()
        events.moved("submitted", expert, by)
        notices.review_waits(expert)
    return expert


def start_review(expert_id: int, by: Any) -> Expert:
    """A reviewer takes the profile."""
    with _moving(expert_id, "start_review", by) as expert:
        expert.reviewer = by
        events.moved("review_started", expert, by)
    return expert


def ask_changes(expert_id: int, by: Any, note: str) -> Expert:
    """Give the profile back with what should be added or corrected."""
    with _moving(expert_id, "ask_changes", by) as expert:
        needed = _("무엇을 보완해야 하는지 적어 주십시오.")
        expert.review_note = _text("note", note, NOTE_LIMIT, needed)
        expert.reviewer = by
        events.moved("changes_asked", expert, by, note=expert.review_note)
        notices.changes_asked(expert)
    return expert


def approve(expert_id: int, by: Any, expires_on: date | None = None) -> Expert:
    """Approve for a term, by default the usual one counted from today.

    A profile without a verified line may be approved; it is then listed but never recommended.
    """
    with _moving(expert_id, "approve", by) as expert:
        today = timezone.localdate()
        if expires_on is not None and expires_on <= today:
            raise MissingFacts({"expires_on": _("오늘보다 뒤의 날짜를 적어 주십시오.")})
        expert.expires_on = expires_on or today + timedelta(days=setting("EXPERT_TERM_DAYS"))
        expert.approved_at = timezone.now()
        expert.reviewer = by
        expert.review_note = ""
        events.moved("approved", expert, by, expires_on=expert.expires_on.isoformat())
        notices.approved(expert)
    return expert


def suspend(expert_id: int, by: Any, reason: str) -> Expert:
    """Take an approved person out of directory and recommendations for a time."""
    with _moving(expert_id, "suspend", by) as expert:
        expert.closing_reason = _reason(reason)
        events.moved("suspended", expert, by, reason=expert.closing_reason)
        notices.suspended(expert)
    return expert


def resume(expert_id: int, by: Any) -> Expert:
    """Lift a suspension."""
    with _moving(expert_id, "resume", by) as expert:
        expert.closing_reason = ""
        events.moved("resumed", expert, by)
        notices.resumed(expert)
    return expert


def expire(expert_id: int, by: None = None) -> Expert:
    """The term is over. Made by the nightly task alone."""
    with _moving(expert_id, "expire", by) as expert:
        events.moved("expired", expert, by)
        notices.expired(expert)
    return expert


def withdraw(expert_id: int, by: Any, reason: str = "") -> Expert:
    """Leave the register. An administrator who does it for a person gives the reason."""
    with _moving(expert_id, "withdraw", by) as expert:
        own = permissions.is_own(by, expert)
        expert.closing_reason = clean_line(reason)[:REASON_LIMIT] if own else _reason(reason)
        expert.is_public = expert.shares_with_departments = False
        _take_back_consents(expert)
        events.moved("withdrawn", expert, by, reason=expert.closing_reason)
        notices.withdrawn(expert, by)
    return expert


def _take_back_consents(expert: Expert) -> None:
    """A profile that is gone is shown to nobody; starting again asks anew."""
    if expert.user is not None:
        for kind in COLUMN_OF_KIND:
            withdraw_consent_of(expert.user, kind)


def reopen(expert_id: int, by: Any) -> Expert:
    """Start again from a withdrawn profile; what was consented to must be consented to anew."""
    with _moving(expert_id, "reopen", by) as expert:
        expert.closing_reason = ""
        events.moved("reopened", expert, by)
    return expert


def _reason(reason: str) -> str:
    return _text("reason", clean_line(reason), REASON_LIMIT, _("사유를 적어 주십시오."))
