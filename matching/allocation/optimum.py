"""The plan of greatest total."""

from __future__ import annotations

import numpy as np

from matching.allocation.branching import whole
from matching.allocation.filling import greedy
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
