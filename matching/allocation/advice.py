"""What a plan leaves open: who could stand in, which requests lack people, what would help.

Every release named here was verified by solving the problem again with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching.allocation.kinds import Flags, Ints
from matching.allocation.optimum import greatest_total
from matching.allocation.plans import Plan
from matching.allocation.problem import Problem, released
from matching.allocation.relaxation import Clock
from matching.allocation.tight import Full, busy, by_labels, by_quotas, full_limits, others, wider


@dataclass(frozen=True)
class Release:
    """One change that fills a seat; the total rises by ``gain``.

    kind: ``capacity`` (of ``expert``), ``group`` (by ``grouping`` and ``label``), ``quota`` (its
    maximum on the request) or ``seats`` (of the request) rises by one; or ``unpin``: ``expert``
    is not fixed on the request any more.
    """

    kind: str
    gain: float
    expert: int = -1
    grouping: int = -1
    label: int = -1
    quota: int = -1


@dataclass(frozen=True)
class Blocked:
    """A request with empty seats and why.

    reason: ``nobody`` (no usable pair), ``few`` (fewer usable people than seats, all of them
    assigned), ``capacity`` (everybody else usable is at the limit), ``group`` (a limit of their
    label keeps the others out), ``quota`` (a maximum does), ``total`` (the plan gave a seat up
    for something else: a minimum, a fair plan, or one that was not finished). people: how many
    could be used at all.
    """

    request: int
    missing: int
    reason: str
    people: int
    release: Release | None = None


@dataclass(frozen=True)
class Unmet:
    """A minimum of a quota that stays open on a request, and why.

    missing: how many seats of it. people: of the group who could be used at all. reason: as with
    ``Blocked``, or ``seats`` (the request has fewer seats than that), ``pins`` (fixed people of
    other groups take them) or ``total`` (seats or people are needed for other minimums). To ask
    for ``missing`` less is always a release, besides the one named.
    """

    request: int
    quota: int
    missing: int
    reason: str
    people: int
    release: Release | None = None


def alternates(plan: Plan, most: int = 3) -> list[Ints]:
    """Per request the best experts who could step in: usable, not assigned, with capacity left."""
    problem = plan.problem
    free = (problem.capacity - plan.load)[problem.cols] > 0
    open_ = free & ~_used(plan)
    starts = np.searchsorted(problem.rows, np.arange(len(problem.seats) + 1))
    found = []
    for first, last in pairwise(starts):
        found.append(problem.cols[first:last][open_[first:last]][:most])
    return found


def _used(plan: Plan) -> Flags:
    width = len(plan.problem.capacity)
    mine = plan.problem.rows * width + plan.problem.cols
    return np.isin(mine, plan.rows * width + plan.cols)


def blocked(plan: Plan, seconds: float = 10.0, tries: int = 4) -> list[Blocked]:
    """Requests with empty seats, each with its reason and, where one was found, a release.

    ``tries``: changes tried per request, the most promising first; ``seconds``: for all of them.
    """
    clock = Clock(seconds)
    lacking = np.flatnonzero(plan.filled < plan.problem.seats)
    return [_explain(plan, int(request), clock, tries) for request in lacking]


def _explain(plan: Plan, request: int, clock: Clock, tries: int) -> Blocked:
    missing = int(plan.problem.seats[request] - plan.filled[request])
    more, _scores = others(plan, request)
    people = len(more) + int(plan.filled[request])
    reason = _reason(plan, request, more, people)
    release = None
    if reason in ("capacity", "group", "quota"):
        for change, problem in _widened(plan, request, more, tries):
            again = _again(problem, clock)
            if again and again.filled[request] > plan.filled[request] and _no_worse(again, plan):
                release = _release(change, again.total - plan.total)
                break
    return Blocked(request, missing, reason, people, release)


def _no_worse(again: Plan, plan: Plan) -> bool:
    return bool(again.filled.sum() > plan.filled.sum()) and again.missing <= plan.missing


def _reason(plan: Plan, request: int, more: Ints, people: int) -> str:
    if not len(more):
        return "few" if people else "nobody"
    free = more[~busy(plan, more)]
    if not len(free):
        return "capacity"
    left = free[~by_quotas(plan, request, free)]
    if not len(left):
        return "quota"
    return "group" if by_labels(plan, request, left).all() else "total"


def _widened(
    plan: Plan, request: int, more: Ints, tries: int
) -> Iterator[tuple[tuple[Full, int], Problem]]:
    """Changes worth a try: of the best people, each kept out by one limit only."""
    for expert in more[: 5 * tries].tolist():
        full = [f for f in full_limits(plan, request, expert) if f.kind != "seats"]
        if len(full) == 1 and tries > 0:
            tries -= 1
            yield (full[0], expert), wider(plan.problem, full[0], request, expert)


def _again(problem: Problem, clock: Clock) -> Plan | None:
    return greatest_total(problem, clock.left) if clock.left > 0 else None


def _release(change: tuple[Full, int], gain: float) -> Release:
    full, expert = change
    return Release(full.kind, gain, expert, full.grouping, full.label, full.quota)


def unmet(plan: Plan, seconds: float = 10.0, tries: int = 4) -> list[Unmet]:
    """Minimums that the plan leaves open, each with its reason and, where found, a release."""
    clock, found = Clock(seconds), []
    for number, lacking in enumerate(plan.open_minimums):
        for request in np.flatnonzero(lacking).tolist():
            found.append(_short(plan, number, request, int(lacking[request]), clock, tries))
    return found


def _short(plan: Plan, number: int, request: int, lacking: int, clock: Clock, tries: int) -> Unmet:
    quota = plan.problem.quotas[number]
    more, _scores = others(plan, request)
    more = more[quota.members[more]]
    mine = plan.cols[plan.rows == request]
    people = len(more) + int(quota.members[mine].sum())
    strangers = _strangers(plan, number, request)
    if quota.least[request] > plan.problem.seats[request]:
        reason = "seats"
    elif quota.least[request] > plan.problem.seats[request] - len(strangers) and people:
        reason = "pins"
    else:
        reason = _reason(plan, request, more, people)
    release = None
    for change, problem in _helping(plan, request, more, strangers, reason, tries):
        again = _again(problem, clock)
        if (
            again
            and again.missing < plan.missing
            and (again.open_minimums[number][request] < lacking)
        ):
            release = _release(change, again.total - plan.total)
            break
    return Unmet(request, number, lacking, reason, people, release)


def _strangers(plan: Plan, number: int, request: int) -> list[int]:
    """Experts fixed on the request who are not of the quota's group."""
    mine = plan.problem.fixed[plan.problem.fixed[:, 0] == request, 1]
    return [int(col) for col in mine if not plan.problem.quotas[number].members[col]]


def _helping(
    plan: Plan, request: int, more: Ints, strangers: list[int], reason: str, tries: int
) -> Iterator[tuple[tuple[Full, int], Problem]]:
    """Changes that might meet a minimum."""
    problem = plan.problem
    if reason == "pins":
        for expert in strangers[:tries]:
            yield (Full("unpin", 0), expert), released(problem, request, expert)
    if reason in ("seats", "pins", "total"):
        full = Full("seats", int(problem.seats[request]))
        yield (full, -1), wider(problem, full, request, -1)
    yield from _widened(plan, request, more, tries)
