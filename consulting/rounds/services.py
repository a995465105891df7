"""What staff do with rounds.

A round is locked before its requests (docs/locking.md). Raises ``Round.DoesNotExist``,
``Conflict`` (409), ``NotPermitted`` (403) and ``MissingFacts`` (400).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import is_manager
from common.errors import Conflict, MissingFacts, NotPermitted
from common.transitions import Move, MoveTable, moving
from consulting.facts import needed_text
from consulting.models import Request
from consulting.permissions import desk
from consulting.querysets import OPEN_STATES
from consulting.rounds import events
from consulting.rounds.models import Round, RoundLimit, RoundRequest

S = Round.State
MOST_SEATS = 20
MOVES = MoveTable(
    [
        Move("open", gettext_lazy("회차 시작"), frozenset({"draft"}), S.OPEN, desk),
        Move(
            "allocate",
            gettext_lazy("배정 시작"),
            frozenset({"open", "allocating"}),
            S.ALLOCATING,
            desk,
            offered=False,
        ),
        Move(
            "reopen",
            gettext_lazy("다시 열기"),
            frozenset({"allocating", "closed"}),
            S.OPEN,
            desk,
        ),
        Move(
            "close",
            gettext_lazy("회차 끝내기"),
            frozenset({"open", "allocating"}),
            S.CLOSED,
            desk,
            dangerous=True,
        ),
    ]
)
_CODES = {
    "open": "round.opened",
    "allocate": "round.allocating",
    "reopen": "round.reopened",
    "close": "round.closed",
}


def move(round_id: int, name: str, by: Any) -> Round:
    """Open, allocate, reopen or close. A round without requests cannot be opened."""
    with moving(Round, round_id, MOVES, name, by) as row:
        if name == "open" and not row.entries.exists():
            raise MissingFacts({"requests": _("요청을 하나 이상 넣어 주십시오.")})
        if row.state != MOVES[name].target:
            events.moved(row, by, _CODES[name])
    return row


def create(by: Any, values: Mapping[str, Any]) -> Round:
    """A new round; ``values``: name, kind, starts_on, ends_on, capacity, minimum, …"""
    _guard(by)
    with transaction.atomic():
        row = Round(created_by=by, **values)
        _checked(row)
        row.save()
        events.created(row, by)
    return row


def revise(round_id: int, by: Any, values: Mapping[str, Any]) -> Round:
    """Change name, period or conditions."""
    with locked(round_id, by) as row:
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, values[name])
        _checked(row)
        if changed:
            events.revised(row, by, changed)
    return row


def _checked(row: Round) -> None:
    problems: dict[str, Any] = {}
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        problems["ends_on"] = _("종료일은 시작일보다 빠를 수 없습니다.")
    try:
        row.full_clean(exclude=["created_by"], validate_constraints=False)
    except ValidationError as error:
        problems |= {name: [str(t) for t in texts] for name, texts in error.message_dict.items()}
    if problems:
        raise MissingFacts(problems)


def _guard(by: Any) -> None:
    if not is_manager(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))


@contextmanager
def locked(round_id: int, by: Any) -> Iterator[Round]:
    """Lock a round that is not closed; whatever the body changes makes its plans old."""
    _guard(by)
    with transaction.atomic():
        row: Round = Round.objects.select_for_update(of=("self",)).get(pk=round_id)
        if row.is_closed:
            raise Conflict(_("끝난 회차는 고칠 수 없습니다."), state=row.state)
        yield row
        row.version += 1
        row.save()


def add_request(round_id: int, request_id: int, by: Any, seats: int | None = None) -> RoundRequest:
    """Put a request into the round; without ``seats`` it gets as many as it asked for.

    A request stands in one round at a time that is not closed.
    """
    with locked(round_id, by) as row:
        request = Request.objects.select_for_update(of=("self",)).get(pk=request_id)
        if request.state not in OPEN_STATES:
            text = _("%(ref)s: ‘%(state)s’ 상태인 요청은 넣을 수 없습니다.")
            facts = {"ref": request.ref, "state": request.get_state_display()}
            raise Conflict(text % facts, state=request.state)
        other = RoundRequest.objects.filter(request=request).exclude(round__state=S.CLOSED).first()
        if other is not None:
            text = _("%(ref)s: 이미 ‘%(round)s’에 들어 있습니다.")
            raise Conflict(text % {"ref": request.ref, "round": other.round.name})
        number = _seats(request.experts_wanted if seats is None else seats)
        entry = RoundRequest.objects.create(round=row, request=request, seats=number)
        events.request_added(entry, by)
    return entry


def _seats(value: int) -> int:
    if not 1 <= value <= MOST_SEATS:
        raise MissingFacts({"seats": _out_of_bounds()})
    return value


def _out_of_bounds() -> str:
    return _("1에서 %(most)s 사이의 수를 적어 주십시오.") % {"most": MOST_SEATS}


def change_entries(
    round_id: int, seats: Mapping[int, tuple[int, int]], removed: Iterable[int], by: Any
) -> tuple[int, int]:
    """Other seats for some requests and others taken out, all or nothing; returns both numbers.

    seats: entry id → (seats when they were read, seats wanted). Raises ``MissingFacts`` naming
    ``seats-<entry>`` where somebody else changed the number in between.
    """
    with locked(round_id, by) as row:
        entries = {e.pk: e for e in row.entries.select_related("request")}
        out = [entries[pk] for pk in removed if pk in entries]
        rows = {pk: pair for pk, pair in seats.items() if pk not in {e.pk for e in out}}
        _check_seats(entries, rows)
        changed = [(entries[pk], new) for pk, (_seen, new) in rows.items()]
        changed = [(entry, new) for entry, new in changed if entry.seats != new]
        for entry, new in changed:
            entry.seats = new
            entry.save(update_fields=["seats"])
            events.seats_changed(entry, by)
        for entry in out:
            events.request_removed(entry, by)
            entry.delete()
    return len(changed), len(out)


def _check_seats(entries: Mapping[int, RoundRequest], rows: Mapping[int, tuple[int, int]]) -> None:
    """Every row is there, within bounds, and as it was when it was read."""
    if any(pk not in entries for pk in rows):
        raise Conflict(_("그사이 회차에서 빠진 요청이 있습니다. 남은 줄을 확인해 주십시오."))
    problems: dict[str, str] = {}
    for pk, (seen, new) in rows.items():
        if entries[pk].seats not in (seen, new):
            text = _("그사이 %(seats)s자리로 바뀌었습니다. 확인하고 다시 저장해 주십시오.")
            problems[f"seats-{pk}"] = text % {"seats": entries[pk].seats}
        elif not 1 <= new <= MOST_SEATS:
            problems[f"seats-{pk}"] = _out_of_bounds()
    if problems:
        raise MissingFacts(problems)


def set_limit(round_id: int, expert_id: int, capacity: int, reason: str, by: Any) -> RoundLimit:
    """One expert takes another number of requests in this round than the others."""
    if not 0 <= capacity <= 100:
        text = _("0에서 %(most)s 사이의 수를 적어 주십시오.") % {"most": 100}
        raise MissingFacts({"capacity": text})
    text = needed_text("reason", reason, 300)
    with locked(round_id, by) as row:
        limit, _new = RoundLimit.objects.update_or_create(
            round=row, expert_id=expert_id, defaults={"capacity": capacity, "reason": text}
        )
        events.limit_set(limit, by)
    return limit


def remove_limit(round_id: int, limit_id: int, by: Any) -> None:
    """The expert is counted like everybody else again."""
    with locked(round_id, by) as row:
        limit = row.limits.get(pk=limit_id)
        events.limit_removed(limit, by)
        limit.delete()
