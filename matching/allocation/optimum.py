"""The plan of greatest total."""

from __future__ import annotations

import numpy as np

from matching.allocation.branching import whole
from matching.allocation.kinds import Ints
from matching.allocation.minimums import settled
from matching.allocation.plans import Plan, plan_of
from matching.allocation.problem import Problem
from matching.allocation.relaxation import Clock, OutOfTime, relax


def greatest_total(problem: Problem, seconds: float | None = None) -> Plan:
    """The plan of greatest total; where quotas have minimums, of those that leave as little of
    them open as can be.

    Seats, capacity and one limit per label are two nested families of sets, so the corner that
    the simplex finds is whole and exact (Hoffman and Kruskal 1956). Quotas whose groups overlap
    may need branch and cut. When ``seconds`` end before the relaxation is solved the greedy plan
    is returned with a bound.
    """
    clock = Clock(seconds)
    problem, least = settled(problem, clock)
    worst = float(problem.best_alone[problem.members].min()) if problem.members.any() else 0.0
    picked, bound, timed_out = _search(problem.unit, clock)
    return plan_of(problem, picked, bound * problem.scale, worst, timed_out or not least)


def _search(problem: Problem, clock: Clock) -> tuple[Ints, float, bool]:
    """(positions of the used pairs, bound of the total, whether the time ran out)."""
    if not len(problem.rows):
        return problem.rows, float(problem.fixed_values.sum()), False
    try:
        relaxed = relax(problem, clock)
    except OutOfTime:
        return greedy(problem), float(problem.best_alone.sum()), True
    if np.abs(relaxed.x - relaxed.x.round()).max(initial=0.0) < 1e-6:
        return relaxed.active[relaxed.x > 0.5], relaxed.value, False
    found = whole(problem, relaxed, clock)
    if found.picked is None:
        return greedy(problem), relaxed.value, True
    return found.picked, found.bound, not found.proven


def greedy(problem: Problem) -> Ints:
    """The best pair first, as long as limits allow: the usual way, and a floor for comparison.
    What the minimums need (``seeds``) comes before."""
    seats, capacity = problem.free_seats.tolist(), problem.free_capacity.tolist()
    groups = _Groups(problem)
    picked: list[int] = []
    wanted = np.ones(len(problem.values))
    wanted[problem.seeds] = 0
    for at in np.lexsort((-problem.values, wanted)).tolist():
        row, col = int(problem.rows[at]), int(problem.cols[at])
        if seats[row] > 0 and capacity[col] > 0 and groups.take(row, col):
            seats[row] -= 1
            capacity[col] -= 1
            picked.append(at)
    return np.array(sorted(picked), np.int64)


class _Groups:
    """How many of each label and quota a request has so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.counts: dict[tuple[int, int, int], int] = {}
        for row, col in problem.fixed.tolist():
            self._count(row, col)

    def _limits(self, row: int, col: int) -> list[tuple[tuple[int, int, int], int]]:
        """(key of a count, what it may reach) for every group of this expert."""
        found = []
        for number, grouping in enumerate(self.problem.groupings):
            if (label := int(grouping.labels[col])) >= 0:
                found.append(((number, -1 if grouping.whole else row, label), grouping.most))
        for number, quota in enumerate(self.problem.quotas):
            if quota.members[col]:
                found.append(((-1 - number, row, 0), int(quota.most[row])))
        return found

    def _count(self, row: int, col: int) -> None:
        for key, _most in self._limits(row, col):
            self.counts[key] = self.counts.get(key, 0) + 1

    def take(self, row: int, col: int) -> bool:
        """Count the expert if every group still has room."""
        if any(self.counts.get(key, 0) >= most for key, most in self._limits(row, col)):
            return False
        self._count(row, col)
        return True
