"""The linear relaxation, solved exactly with few of its columns.

A plan uses a handful of experts per request, so the linear program begins with the best few pairs
of each request; then every pair whose reduced cost is positive joins, until there is none. By
duality the result is the optimum over all pairs (column generation; Dantzig and Wolfe 1960).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from matching.allocation.kinds import Flags, Floats, Ints
from matching.allocation.problem import Problem, places
from matching.allocation.rows import Rows, gains, rows_of

#: reduced costs and violations below this part of the largest score count as none
TOLERANCE = 1e-9
#: problems with fewer pairs are solved with all of them at once
SMALL = 4_000
#: seconds after which the dual simplex is taken to be lost among ties
PATIENCE = 3.0
#: what a missing part of a floor costs, in largest scores
PENALTY = 1e4
#: pairs that may join per request and round
JOIN = 10


class OutOfTime(Exception):  # noqa: N818 - named for what happened
    """The time limit came before an answer."""


class Clock:
    """What is left of a time limit in seconds; ``None``: no limit."""

    def __init__(self, seconds: float | None) -> None:
        self.end = None if seconds is None else monotonic() + seconds

    @property
    def left(self) -> float:
        return 1e6 if self.end is None else max(0.0, self.end - monotonic())

    def part(self, share: float) -> Clock:
        """A clock that ends after a share of what is left."""
        return Clock(None if self.end is None else self.left * share)

    def check(self) -> None:
        if self.left <= 0:
            raise OutOfTime


@dataclass(frozen=True, eq=False)
class Relaxed:
    """An optimum of the relaxation over all pairs.

    value: an upper bound of every plan (of the total, or of the worst-off request).
    x: share of each active pair; reduced: reduced cost of every pair (positive: wanted more).
    shortage: by how much the floors cannot be met, even in parts.
    """

    value: float
    active: Ints
    x: Floats
    reduced: Floats
    shortage: float = 0.0


def first_pairs(problem: Problem) -> Flags:
    """The pairs to begin with: the best few of each request."""
    if len(problem.rows) <= SMALL:
        return np.ones(len(problem.rows), bool)
    few = 2 * np.minimum(problem.free_seats, len(problem.capacity)) + 4
    chosen = places(problem.rows, len(problem.seats)) < few[problem.rows]
    chosen[problem.seeds] = True
    return chosen


def relax(
    problem: Problem,
    clock: Clock,
    *,
    floors: Floats | None = None,
    start: Flags | None = None,
) -> Relaxed:
    """The greatest total in parts of pairs, with at least ``floors`` per request if given.

    A floor that cannot be met costs far more than it brings: see ``shortage``. Raises
    ``OutOfTime``.
    """
    return _generate(problem, clock, start, lambda rows: _total_program(rows, floors))


def relax_worst(problem: Problem, clock: Clock, *, start: Flags | None = None) -> Relaxed:
    """The greatest value of the worst-off member in parts of pairs. Raises ``OutOfTime``."""
    return _generate(problem, clock, start, _worst_program)


@dataclass(frozen=True, eq=False)
class Program:
    """A linear program over the active pairs and some more variables.

    base: what the score counts in the objective; floor_rows: requests of the last constraints.
    """

    cost: Floats
    matrix: Any
    limit: Floats
    upper: Floats
    base: float
    floor_rows: Ints


def _total_program(rows: Rows, floors: Floats | None) -> Program:
    problem = rows.problem
    cost = np.concatenate([-problem.values[rows.active], np.zeros(len(rows.spare))])
    if floors is None:
        none = np.empty(0, np.int64)
        return Program(cost, rows.matrix, rows.limit, rows.upper, 1.0, none)
    need = floors - problem.fixed_sums
    wanted = np.flatnonzero(need > 0)
    penalty = PENALTY * float(problem.values.max(initial=1.0)) / max(float(need.max()), 1e-9)
    more = len(wanted)
    lift = sp.hstack([-gains(rows)[wanted], -sp.identity(more)])
    matrix = sp.vstack([sp.hstack([rows.matrix, sp.csr_matrix((len(rows.limit), more))]), lift])
    return Program(
        np.concatenate([cost, np.full(more, penalty)]),
        matrix.tocsr(),
        np.concatenate([rows.limit, -need[wanted]]),
        np.concatenate([rows.upper, np.full(more, np.inf)]),
        1.0,
        wanted,
    )


def _worst_program(rows: Rows) -> Program:
    problem = rows.problem
    members = np.flatnonzero(problem.members)
    lift = sp.hstack([-gains(rows)[members], np.ones((len(members), 1))])
    matrix = sp.vstack([sp.hstack([rows.matrix, sp.csr_matrix((len(rows.limit), 1))]), lift])
    cost = np.zeros(rows.matrix.shape[1] + 1)
    cost[-1] = -1.0
    return Program(
        cost,
        matrix.tocsr(),
        np.concatenate([rows.limit, problem.fixed_sums[members]]),
        np.concatenate([rows.upper, [np.inf]]),
        0.0,
        members,
    )


def _generate(problem: Problem, clock: Clock, start: Flags | None, program: Any) -> Relaxed:
    chosen = first_pairs(problem) if start is None else start | first_pairs(problem)
    slack = TOLERANCE * float(problem.values.max(initial=1.0))
    join, solver = JOIN, Solver(problem, clock)
    for turn in range(10_000):
        rows = rows_of(problem, np.flatnonzero(chosen))
        made: Program = program(rows)
        answer = solver.solve(made)
        duals = -answer.ineqlin.marginals
        weight = np.zeros(len(problem.seats))
        weight[made.floor_rows] = duals[len(rows.limit) :]
        reduced = (made.base + weight[problem.rows]) * problem.values - rows.prices(duals)
        missing = (reduced > slack) & ~chosen
        if not missing.any():
            return _relaxed(problem, rows, made, answer, reduced)
        chosen |= _best(problem, reduced, missing, join)
        join = join if turn < 6 else join * 2
    raise OutOfTime  # pragma: no cover - the pairs are used up long before


class Solver:
    """HiGHS: its answer is a corner, so without floors and quotas it is made of whole pairs.

    The dual simplex is the fastest as long as scores differ. Where very many are equal it may
    walk among ties without end; there the interior point method is used, with crossover to a
    corner.
    """

    def __init__(self, problem: Problem, clock: Clock) -> None:
        self.clock = clock
        self.method = "highs-ipm" if problem.many_ties else "highs-ds"

    def solve(self, program: Program) -> Any:
        """The optimum with its duals. Raises ``OutOfTime``."""
        self.clock.check()
        answer = self._answer(program)
        if answer.status == 1 and self.method == "highs-ds":
            self.method = "highs-ipm"
            answer = self._answer(program)
        if answer.status == 1:
            raise OutOfTime
        if answer.status != 0:  # pragma: no cover - always feasible and bounded
            raise RuntimeError(f"HiGHS: {answer.message}")
        return answer

    def _answer(self, program: Program) -> Any:
        patience = PATIENCE if self.method == "highs-ds" else np.inf
        return linprog(
            program.cost,
            A_ub=program.matrix,
            b_ub=program.limit,
            bounds=np.column_stack([np.zeros(len(program.upper)), program.upper]),
            method=self.method,
            options={"time_limit": min(self.clock.left, patience)},
        )


def _best(problem: Problem, reduced: Floats, missing: Flags, join: int) -> Flags:
    """Of the missing pairs the most wanted few of each request."""
    at = np.flatnonzero(missing)
    at = at[np.lexsort((-reduced[at], problem.rows[at]))]
    few = at[places(problem.rows[at], len(problem.seats)) < join]
    flags = np.zeros(len(missing), bool)
    flags[few] = True
    return flags


def _relaxed(
    problem: Problem, rows: Rows, program: Program, answer: Any, reduced: Floats
) -> Relaxed:
    x, more = answer.x[: len(rows.active)], answer.x[rows.matrix.shape[1] :]
    if program.base == 0:
        return Relaxed(float(more[0]), rows.active, x, reduced)
    total = float(problem.values[rows.active] @ x) + float(problem.fixed_values.sum())
    return Relaxed(total, rows.active, x, reduced, float(more.sum()))
