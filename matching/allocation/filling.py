"""The usual way: the best pair first, as long as limits allow. A floor, and a way out of time."""

from __future__ import annotations

import numpy as np

from matching.allocation.kinds import Flags, Ints
from matching.allocation.problem import Problem


class _Filling:
    """What has been taken so far, and what the limits still allow."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.picked: list[int] = []
        self.seats, self.capacity = problem.free_seats.copy(), problem.free_capacity.copy()
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

    def take(self, at: int) -> bool:
        """Take the pair if every limit still has room."""
        row, col = int(self.problem.rows[at]), int(self.problem.cols[at])
        if self.seats[row] <= 0 or self.capacity[col] <= 0:
            return False
        if any(self.counts.get(key, 0) >= most for key, most in self._limits(row, col)):
            return False
        self._count(row, col)
        self.seats[row] -= 1
        self.capacity[col] -= 1
        self.picked.append(at)
        return True


def greedy(problem: Problem) -> Ints:
    """The best pair first; what the minimums need (``seeds``) before that."""
    filling, later = _Filling(problem), np.ones(len(problem.values))
    later[problem.seeds] = 0
    for at in np.lexsort((-problem.values, later)).tolist():
        filling.take(at)
    return np.array(sorted(filling.picked), np.int64)


def for_minimums(problem: Problem, counted: Flags) -> Ints:
    """Of the pairs that count for a minimum the best first, while one that they help is open."""
    filling = _Filling(problem)
    needs = [(quota.members, need.copy()) for quota, (need, _room)
             in zip(problem.quotas, problem.free_quotas, strict=True)]  # fmt: skip
    at_all = np.flatnonzero(counted)
    for at in at_all[np.argsort(-problem.values[at_all], kind="stable")].tolist():
        row, col = int(problem.rows[at]), int(problem.cols[at])
        helped = [need for members, need in needs if members[col] and need[row] > 0]
        if helped and filling.take(at):
            for need in helped:
                need[row] -= 1
    return np.array(sorted(filling.picked), np.int64)
