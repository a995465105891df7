"""Reads for allocations: runs, and plans as the board shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from consulting.models import Round
from matching.models import (
    AllocationPin,
    AllocationPlan,
    AllocationRun,
    AllocationScores,
    AllocationSeat,
)
from matching.selectors.allocation_problem import employers_of
from matching.selectors.allocation_words import Dropped, Words, kind_of


def runs_of(user: Any, row: Round) -> QuerySet[Any]:
    """Computations of a round that this person sees, the newest first."""
    runs: QuerySet[Any] = AllocationRun.objects.visible_to(user).filter(round=row)
    return runs.select_related("requested_by").prefetch_related("plans")


@dataclass
class Line:
    """One request on the board."""

    request: Any
    seats: int
    is_old: bool
    assigned: list[AllocationSeat] = field(default_factory=list)
    alternates: list[AllocationSeat] = field(default_factory=list)
    forbidden: list[AllocationPin] = field(default_factory=list)
    blocked: str = ""
    open: list[str] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    #: experts whom staff wish to fix here now
    forced: set[int] = field(default_factory=set)

    @property
    def troubles(self) -> list[str]:
        """Everything that the plan could not do for this request, in words."""
        pins = [f"{found.expert.name}: {found.text}" for found in self.dropped]
        return [*pins, *self.open, *([self.blocked] if self.blocked else [])]

    @property
    def kept_off(self) -> list[AllocationPin]:
        """Those kept off who are not on the board with a button of their own."""
        shown = {seat.expert_id for seat in (*self.assigned, *self.alternates)}
        return [pin for pin in self.forbidden if pin.expert_id not in shown]

    @property
    def value(self) -> float:
        return sum(seat.score for seat in self.assigned)

    @property
    def empty(self) -> int:
        return max(0, self.seats - len(self.assigned))


@dataclass(frozen=True)
class Board:
    """A plan as people see it. pins: wishes that stand now; wishes_differ: and were not used."""

    plan: AllocationPlan
    lines: list[Line]
    pins: dict[tuple[int, int], AllocationPin]
    wishes_differ: bool
    is_old: bool

    @property
    def filled(self) -> int:
        return sum(len(line.assigned) for line in self.lines)

    @property
    def seats(self) -> int:
        return sum(line.seats for line in self.lines)

    @property
    def dropped(self) -> int:
        """Pins that the plan does not keep."""
        return sum(len(line.dropped) for line in self.lines)

    @property
    def open(self) -> int:
        """Minimums that stay open."""
        return sum(len(line.open) for line in self.lines)


def scores_of(run: AllocationRun) -> QuerySet[Any]:
    """The scores that the run's plans rest on."""
    rows: QuerySet[Any] = AllocationScores.objects.filter(run=run.scores_of or run)
    return rows.select_related("request__kind", "request__department__root").order_by(
        "request__number"
    )


def board(plan: AllocationPlan) -> Board:
    """Everything that the board of a plan shows, in a fixed number of queries."""
    run = plan.run
    pins = {(p.request_id, p.expert_id): p for p in run.round.pins.select_related("expert")}
    lines = {
        row.request_id: Line(row.request, row.seats, row.request_version != row.request.version)
        for row in scores_of(run).defer("ranking")
    }
    old = False
    seats = list(plan.people.select_related("expert").order_by("-score", "id"))
    employers = employers_of({seat.expert_id for seat in seats})
    for seat in seats:
        seat.employer = employers.get(seat.expert_id, "")
        line = lines[seat.request_id]
        (line.assigned if seat.role == "assigned" else line.alternates).append(seat)
        wish = pins.get((seat.request_id, seat.expert_id))
        seat.wish = wish.kind if wish is not None else ""
        old |= seat.role == "assigned" and seat.expert_version != seat.expert.version
    for pin in pins.values():
        if pin.request_id in lines:
            line = lines[pin.request_id]
            if pin.kind == "forbid":
                line.forbidden.append(pin)
            else:
                line.forced.add(pin.expert_id)
    tell_lacks(plan, lines)
    wishes = {(p.request_id, p.expert_id, p.kind) for p in pins.values()}
    used = {(p["request"], p["expert"], p["kind"]) for p in run.pins}
    changed = (
        old or run.round_version != run.round.version or any(line.is_old for line in lines.values())
    )
    return Board(plan, list(lines.values()), pins, wishes != used, changed)


def tell_lacks(plan: AllocationPlan, lines: Mapping[int, Line]) -> None:
    """Put what the plan could not do at each request: pins, minimums, empty seats."""
    words = Words(plan)
    for lack in words.lacks:
        line = lines.get(lack["request"])
        if line is None:
            continue
        kind = kind_of(lack)
        if kind == "seats":
            line.blocked = words.seats(lack)
        elif kind == "quota":
            line.open.append(words.quota(lack))
        elif lack["expert"] in words.experts:
            line.dropped.append(Dropped(words.experts[lack["expert"]], words.pin(lack)))


def differences(
    one: AllocationPlan, other: AllocationPlan
) -> list[tuple[Any, list[Any], list[Any]]]:
    """(request, people only in the first, people only in the second), where they differ."""
    sides: list[dict[int, dict[int, AllocationSeat]]] = []
    for plan in (one, other):
        found: dict[int, dict[int, AllocationSeat]] = defaultdict(dict)
        for seat in plan.people.filter(role="assigned").select_related("expert", "request"):
            found[seat.request_id][seat.expert_id] = seat
        sides.append(found)
    first, second = sides
    rows = []
    for request_id in sorted(first.keys() | second.keys()):
        a, b = first.get(request_id, {}), second.get(request_id, {})
        left = [seat for pk, seat in a.items() if pk not in b]
        right = [seat for pk, seat in b.items() if pk not in a]
        if left or right:
            rows.append(((left or right)[0].request, left, right))
    return rows


def price(total: AllocationPlan, other: AllocationPlan) -> float:
    """What part of the first plan's total the other one gives up."""
    return max(0.0, (total.total - other.total) / total.total) if total.total > 0 else 0.0
