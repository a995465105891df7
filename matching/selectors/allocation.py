"""Reads for allocations: the problem of a round, and plans as the board shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from consulting.models import Round
from consulting.rounds.selectors import capacities
from experts.models import Claim, ClaimKind, Expert, Verification
from matching.allocation import Problem, from_pairs
from matching.eligibility.names import plain_name
from matching.models import (
    AllocationPin,
    AllocationPlan,
    AllocationRun,
    AllocationScores,
    AllocationSeat,
)


@dataclass(frozen=True)
class Numbered:
    """A problem with the ids behind its rows and columns, and who is ranked where."""

    problem: Problem
    requests: list[int]
    experts: list[int]
    institutions: list[str]
    ranked: dict[tuple[int, int], tuple[int, float]]


def problem_of(
    run: AllocationRun, scores: Iterable[AllocationScores], minimum: float, per_institution: Any
) -> Numbered:
    """The problem of a run: pairs ranked and not forbidden, limits as they are today.

    Raises ``ProblemError`` when pins contradict the limits.
    """
    rows = list(scores)
    requests = [row.request_id for row in rows]
    ranked = {
        (row.request_id, found["expert_id"]): (found["rank"], found["score"])
        for row in rows
        for found in row.ranking
    }
    forced = {(p["request"], p["expert"]) for p in run.pins if p["kind"] == "force"}
    barred = {(p["request"], p["expert"]) for p in run.pins if p["kind"] == "forbid"}
    experts = sorted({expert for _request, expert in ranked} | {e for _r, e in forced})
    place = {pk: n for n, pk in enumerate(experts)}
    at = {pk: n for n, pk in enumerate(requests)}
    free = capacities(run.round, experts)
    pairs = [(at[r], place[e], s) for (r, e), (_k, s) in ranked.items() if (r, e) not in barred]
    names, labels = institution_labels(experts)
    problem = from_pairs(
        (len(requests), len(experts)),
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
        [pair[2] for pair in pairs],
        [row.seats for row in rows],
        [free[pk] for pk in experts],
        minimum=minimum,
        forced=[(at[r], place[e]) for r, e in sorted(forced) if r in at],
        groupings=[(labels, per_institution)] if per_institution else [],
    )
    return Numbered(problem, requests, experts, names, ranked)


def institution_labels(expert_ids: list[int]) -> tuple[list[str], Any]:
    """(names, label per expert): where each one works now; -1 without an employer."""
    import numpy as np

    employers = employers_of(expert_ids)
    plain = {pk: plain_name(name) for pk, name in employers.items()}
    keys = sorted({name for name in plain.values() if name})
    number = {name: n for n, name in enumerate(keys)}
    names = {plain[pk]: employers[pk] for pk in employers}
    labels = np.array([number.get(plain.get(pk, ""), -1) for pk in expert_ids], np.int64)
    return [names[key] for key in keys], labels


def employers_of(expert_ids: Iterable[int]) -> dict[int, str]:
    """Expert id → the institution of the main current affiliation, as written."""
    today = timezone.localdate()
    claims = Claim.objects.filter(expert_id__in=list(expert_ids), kind=ClaimKind.AFFILIATION)
    claims = claims.exclude(verification=Verification.REJECTED).exclude(ends_on__lt=today)
    found: dict[int, str] = {}
    for claim in claims.order_by("expert_id", "-is_main", "id"):
        found.setdefault(claim.expert_id, claim.title)
    return found


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
        if pin.kind == "forbid" and pin.request_id in lines:
            lines[pin.request_id].forbidden.append(pin)
    tell_blocked(plan, lines)
    wishes = {(p.request_id, p.expert_id, p.kind) for p in pins.values()}
    used = {(p["request"], p["expert"], p["kind"]) for p in run.pins}
    changed = (
        old or run.round_version != run.round.version or any(line.is_old for line in lines.values())
    )
    return Board(plan, list(lines.values()), pins, wishes != used, changed)


def tell_blocked(plan: AllocationPlan, lines: Mapping[int, Line]) -> None:
    """Put the sentence about empty seats at each request."""
    ids = [b["release"]["expert"] for b in plan.blocked if (b["release"] or {}).get("expert")]
    names = {e.pk: e.name for e in Expert.objects.filter(pk__in=ids)}
    for found in plan.blocked:
        if found["request"] in lines:
            lines[found["request"]].blocked = blocked_sentence(found, names)


def blocked_sentence(found: dict[str, Any], names: Mapping[int, str]) -> str:
    """Why seats are empty and what would fill one."""
    reasons = {
        "nobody": _("조건에 맞는 전문가가 없습니다. 최소 적합도나 제외를 다시 보십시오."),
        "few": _("쓸 수 있는 전문가가 %(people)s명뿐이며 모두 배정했습니다."),
        "capacity": _("알맞은 전문가가 모두 이 회차의 한도까지 배정되었습니다."),
        "group": _("같은 기관 사람 수의 제한 때문에 더 배정할 수 없습니다."),
        "total": _("다른 요청을 위해 비워 두었습니다."),
    }
    text = _("빈 자리 %(missing)s개.") + " " + reasons[found["reason"]]
    text = text % {"missing": found["missing"], "people": found["people"]}
    release = found.get("release")
    if release and release["kind"] == "capacity":
        sentence = _("%(name)s 님의 한도를 1건 올리면 한 자리가 채워집니다.")
        text += " " + sentence % {"name": names.get(release["expert"], "–")}
    elif release:
        sentence = _("‘%(name)s’ 사람을 한 명 더 허용하면 한 자리가 채워집니다.")
        text += " " + sentence % {"name": release["institution"]}
    return text


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
