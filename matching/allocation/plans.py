"""A plan: who goes where, what it is worth and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.allocation.kinds import Floats, Ints
from matching.allocation.problem import Problem, sums


@dataclass(frozen=True, eq=False)
class Plan:
    """Assigned pairs and bounds.

    rows, cols, values: the assigned pairs, the fixed ones included, sorted by request.
    total_bound, worst_bound: no plan can be better than this (for a fair plan, ``total_bound``
    is about plans with the same worst-off value). timed_out: the time limit ended the search.
    """

    problem: Problem
    rows: Ints
    cols: Ints
    values: Floats
    total_bound: float
    worst_bound: float
    timed_out: bool = False

    @property
    def total(self) -> float:
        return float(self.values.sum())

    @cached_property
    def sums(self) -> Floats:
        """What each request gets."""
        return sums(self.rows, self.values, len(self.problem.seats))

    @property
    def worst(self) -> float:
        """Value of the worst-off request among those that can get anybody; 0 without any."""
        members = self.problem.members
        return float(self.sums[members].min()) if members.any() else 0.0

    @cached_property
    def load(self) -> Ints:
        """Requests per expert."""
        return np.bincount(self.cols, minlength=len(self.problem.capacity))

    @cached_property
    def filled(self) -> Ints:
        """Experts per request."""
        return np.bincount(self.rows, minlength=len(self.problem.seats))

    @property
    def pairs(self) -> Ints:
        """The assigned pairs as (k, 2)."""
        return np.column_stack([self.rows, self.cols])

    @cached_property
    def open_minimums(self) -> tuple[Ints, ...]:
        """Per quota how many of its minimum each request lacks."""
        held = [self.problem.held(quota, self.pairs) for quota in self.problem.quotas]
        both = zip(self.problem.quotas, held, strict=True)
        return tuple(np.maximum(quota.least - have, 0) for quota, have in both)

    @property
    def missing(self) -> int:
        """Seats of minimums that stay open."""
        return sum(int(lacking.sum()) for lacking in self.open_minimums)

    @property
    def total_gap(self) -> float:
        """By what part of itself the total may still be below the best one."""
        return gap(self.total, self.total_bound)

    @property
    def worst_gap(self) -> float:
        """By what part of itself the worst-off value may still be below the best one."""
        return gap(self.worst, self.worst_bound)

    def matrix(self) -> NDArray[np.uint8]:
        """0 and 1, requests × experts."""
        table = np.zeros(self.problem.shape, np.uint8)
        table[self.rows, self.cols] = 1
        return table


def gap(found: float, bound: float) -> float:
    """(bound - found) / bound, never negative; what the solver's tolerances leave is none."""
    if bound <= 0 or found >= bound * (1 - 1e-7):
        return 0.0
    return (bound - found) / bound


def plan_of(
    problem: Problem, picked: Ints, total_bound: float, worst_bound: float, timed_out: bool = False
) -> Plan:
    """The plan made of the fixed pairs and the picked ones (positions in the problem)."""
    rows = np.concatenate([problem.fixed[:, 0], problem.rows[picked]])
    cols = np.concatenate([problem.fixed[:, 1], problem.cols[picked]])
    values = np.concatenate([problem.fixed_values, problem.values[picked]])
    order = np.lexsort((cols, rows))
    return Plan(
        problem, rows[order], cols[order], values[order], total_bound, worst_bound, timed_out
    )
