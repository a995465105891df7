"""What a plan leaves open: who could stand in, which requests lack people, what would help.

Every release named here was verified by solving the problem again with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from matching.allocation.kinds import Flags, Ints
from matching.allocation.optimum import greatest_total
from matching.allocation.plans import Plan
from matching.allocation.problem import Problem
from matching.allocation.relaxation import Clock


@dataclass(frozen=True)
class Release:
    """One change of a limit that fills a seat: the capacity of ``expert``, or the limit of a
    group by ``grouping`` and ``label``, rises by one; the total rises by ``gain``."""

    kind: str
    gain: float
    expert: int = -1
    grouping: int = -1
    label: int = -1


@dataclass(frozen=True)
class Blocked:
    """A request with empty seats and why.

    reason: ``nobody`` (no usable pair), ``few`` (fewer usable people than seats, all of them
    assigned), ``capacity`` (everybody else usable is at the limit), ``group`` (the others are
    kept out by a group limit), ``total`` (the plan gave a seat up for something else: a fair
    plan, or one that was not finished). people: how many could be used at all.
    """

    request: int
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
    problem = plan.problem
    mine = np.flatnonzero(problem.rows == request)
    assigned = int(plan.filled[request])
    missing = int(problem.seats[request]) - assigned
    people = len(np.unique(np.r_[problem.cols[mine], plan.cols[plan.rows == request]]))
    others = mine[~_used(plan)[mine]]
    reason = _reason(plan, request, others, people)
    release = None
    if reason in ("capacity", "group"):
        release = next(_releases(plan, request, others, clock, tries), None)
    return Blocked(request, missing, reason, people, release)


def _reason(plan: Plan, request: int, others: Ints, people: int) -> str:
    if not len(others):
        return "few" if people else "nobody"
    full = (plan.problem.capacity - plan.load)[plan.problem.cols[others]] <= 0
    if full.all():
        return "capacity"
    return "group" if _kept_out(plan, others[~full]).all() else "total"


def _kept_out(plan: Plan, pairs: Ints) -> Flags:
    """Which pairs a group limit keeps out, given the plan."""
    problem = plan.problem
    out = np.zeros(len(pairs), bool)
    for grouping in problem.groupings:
        for place, at in enumerate(pairs.tolist()):
            label = grouping.labels[problem.cols[at]]
            mates = grouping.labels[plan.cols[plan.rows == problem.rows[at]]]
            out[place] |= label >= 0 and int((mates == label).sum()) >= grouping.most
    return out


def _releases(
    plan: Plan, request: int, others: Ints, clock: Clock, tries: int
) -> Iterator[Release]:
    """Changes that were verified: the request gets one more, and so does the whole plan."""
    for change, relaxed in list(_changes(plan, others))[:tries]:
        if clock.left <= 0:
            return
        again = greatest_total(relaxed, clock.left)
        more = again.filled[request] > plan.filled[request]
        if more and again.filled.sum() > plan.filled.sum():
            yield replace(change, gain=again.total - plan.total)


def _changes(plan: Plan, others: Ints) -> Iterator[tuple[Release, Problem]]:
    problem = plan.problem
    for at in others[np.argsort(-problem.values[others], kind="stable")].tolist():
        expert = int(problem.cols[at])
        if plan.load[expert] >= problem.capacity[expert]:
            capacity = problem.capacity.copy()
            capacity[expert] += 1
            changed = replace(problem, capacity=capacity)
            yield Release("capacity", 0.0, expert), changed
        for number, grouping in enumerate(problem.groupings):
            label = int(grouping.labels[expert])
            if label >= 0 and _kept_out(plan, np.array([at])).any():
                wider = list(problem.groupings)
                wider[number] = replace(grouping, most=grouping.most + 1)
                changed = replace(problem, groupings=tuple(wider))
                yield Release("group", 0.0, expert, number, label), changed
