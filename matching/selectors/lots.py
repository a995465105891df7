"""A lot as staff see it (with names) and as anyone sees it (with numbers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consulting.models import Request
from experts.models import Axis
from matching.eligibility import Exclusion, check_many
from matching.models import Lot, LotEntry
from matching.panels import lot as rules


@dataclass(frozen=True)
class Outcome:
    """Numbers: all in the order of the draw, who sits, who waits, who declined."""

    order: list[int]
    seated: list[int]
    waiting: list[int]
    declined: list[int]


def outcome(lot: Lot) -> Outcome:
    """The result as the rule gives it now; empty before the draw."""
    entries = list(lot.entries.all())
    if not lot.operator_seed:
        return Outcome([], [], [], [])
    axes = {e.number or 0: e.axis for e in entries}
    declined = [e.number or 0 for e in entries if e.declined_at]
    order = rules.order_of(axes, lot.operator_seed, lot.system_seed)
    sitting = rules.seated(order, axes, lot.quotas, lot.seats, declined)
    return Outcome(order, sitting, rules.alternates(order, sitting, declined), sorted(declined))


@dataclass(frozen=True)
class EntryView:
    """One person of the list with what the draw made of him."""

    entry: LotEntry
    axis: str
    place: int | None
    state: str
    exclusions: list[Exclusion]


def lots_of(user: Any, request: Request) -> list[Lot]:
    """Lots of a request that this person may see, the newest first."""
    rows = Lot.objects.visible_to(user).filter(request=request)
    return list(rows.select_related("made_by", "sealed_by", "drawn_by"))


def lot_by_code(code: str) -> Lot | None:
    """A lot that anyone may check; the code is read without spaces and case."""
    plain = "".join(code.split()).upper()
    found: Lot | None = Lot.objects.public().filter(code=plain).first()
    return found


def entries_of(lot: Lot, request: Request) -> list[EntryView]:
    """The list for staff: in the order of the draw once drawn, by number or fit before."""
    result = outcome(lot)
    place = {number: n for n, number in enumerate(result.order, 1)}
    rows = list(lot.entries.select_related("expert", "declined_by"))
    barred = check_many(request, [row.expert_id for row in rows])
    views = [
        EntryView(
            row,
            str(Axis(row.axis).label),
            place.get(row.number or 0),
            state_of(row.number or 0, result),
            barred.get(row.expert_id, []),
        )
        for row in rows
    ]
    return sorted(views, key=lambda v: (v.place or 0, v.entry.number or 0, -v.entry.fit))


def state_of(number: int, result: Outcome) -> str:
    """seated, declined, waiting, or nothing before the draw."""
    if number in result.seated:
        return "seated"
    if number in result.declined:
        return "declined"
    return "waiting" if number in result.waiting else ""


def certificate_json(lot: Lot) -> dict[str, Any]:
    """Everything that is needed to repeat the draw, and nothing about people.

    The seeds are there once the lot is drawn; before, only the commitment to the system seed.
    """
    entries = list(lot.entries.order_by("number"))
    result = outcome(lot)
    drawn = bool(lot.operator_seed)
    return {
        "code": lot.code,
        "state": lot.state,
        "algorithm": rules.ALGORITHM,
        "seats": lot.seats,
        "quotas": _kept(lot.quotas),
        "commitment": lot.commitment,
        "list_hash": lot.list_hash,
        "list": [{"number": e.number, "axis": e.axis, "seal": e.seal} for e in entries],
        "sealed_at": lot.sealed_at.isoformat() if lot.sealed_at else None,
        "drawn_at": lot.drawn_at.isoformat() if lot.drawn_at else None,
        "operator_seed": lot.operator_seed,
        "system_seed": lot.system_seed if drawn else "",
        "order": result.order,
        "declined": result.declined,
        "seated": result.seated,
    }


def _kept(quotas: Mapping[str, int]) -> dict[str, int]:
    return {axis: count for axis, count in sorted(quotas.items()) if count}
