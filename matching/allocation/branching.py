"""Whole pairs where the relaxation leaves parts: HiGHS' branch and cut over few columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.allocation.kinds import Floats, Ints
from matching.allocation.problem import Problem
from matching.allocation.relaxation import Clock, Relaxed
from matching.allocation.rows import gains, rows_of

#: columns with which branch and cut is still tried
MANY = 150_000


@dataclass(frozen=True, eq=False)
class Whole:
    """picked: positions of the used pairs, ``None`` when none were found; bound: of the total;
    proven: nothing is better, or (without ``picked``) nothing meets the floors."""

    picked: Ints | None
    bound: float
    proven: bool


def whole(problem: Problem, relaxed: Relaxed, clock: Clock, floors: Floats | None = None) -> Whole:
    """The greatest total with whole pairs and at least ``floors`` per request.

    Branch and cut first sees the columns of the relaxation. What it finds rules out every other
    pair whose reduced cost is worse than the gap (reduced-cost fixing); the rest joins, so the
    answer holds for all pairs.
    """
    active = relaxed.active
    first = _branch(problem, active, clock.part(0.6), floors)
    fixed = float(problem.fixed_values.sum())
    if first.picked is None:
        complete = len(active) == len(problem.rows)
        return Whole(None, relaxed.value, first.proven and complete)
    found = float(problem.values[first.picked].sum()) + fixed
    slack = 1e-9 * max(1.0, abs(relaxed.value))
    wanted = relaxed.reduced >= found - relaxed.value - slack
    wanted[active] = True
    more = np.flatnonzero(wanted)
    if found >= relaxed.value - slack or (first.proven and len(more) == len(active)):
        return Whole(first.picked, max(found, min(first.bound, relaxed.value)), first.proven)
    if len(more) > MANY or clock.left <= 0:
        return Whole(first.picked, relaxed.value, False)
    second = _branch(problem, more, clock, floors)
    if second.picked is None:
        return Whole(first.picked, relaxed.value, False)
    better = float(problem.values[second.picked].sum()) + fixed >= found
    bound = min(relaxed.value, second.bound)
    return Whole(second.picked if better else first.picked, bound, second.proven)


def _branch(problem: Problem, active: Ints, clock: Clock, floors: Floats | None) -> Whole:
    if not len(active):
        return Whole(None if floors is not None else active, np.inf, True)
    if clock.left <= 0:
        return Whole(None, np.inf, False)
    rows = rows_of(problem, active)
    count, spare = len(active), np.zeros(len(rows.spare))
    constraints = [LinearConstraint(rows.matrix, -np.inf, rows.limit)]
    if floors is not None:
        need = floors - problem.fixed_sums
        constraints.append(LinearConstraint(gains(rows), need, np.inf))
    answer: Any = milp(
        np.concatenate([-problem.values[active], spare]),
        integrality=np.concatenate([np.ones(count), spare]),
        bounds=Bounds(0, rows.upper),
        constraints=constraints,
        options={"time_limit": clock.left, "mip_rel_gap": 1e-9},
    )
    if answer.x is None:
        return Whole(None, np.inf, answer.status == 2)
    bound = float(problem.fixed_values.sum()) - float(
        answer.mip_dual_bound if answer.mip_dual_bound is not None else -np.inf
    )
    return Whole(active[answer.x[:count] > 0.5], bound, answer.status == 0)
