"""The quotas' minimums: how many of their seats stay open whatever one does.

That number is found first; every plan then leaves no more open than this, so minimums come before
the total. Only pairs that count for a minimum can lower it, so the search is small.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.allocation.filling import for_minimums
from matching.allocation.kinds import Flags, Ints
from matching.allocation.problem import Problem, places
from matching.allocation.relaxation import Clock
from matching.allocation.rows import rows_of


def settled(problem: Problem, clock: Clock) -> tuple[Problem, bool]:
    """The problem with ``missing`` and ``seeds``, and whether nothing less is possible.

    First with the best few people of each minimum; where that does not do, with all of them.
    """
    if not problem.has_minimums or len(problem.seeds):
        return problem, True
    counted = _counted(problem)
    unavoidable = _unavoidable(problem)
    few = counted & _best_few(problem, counted)
    picked, missing, proven = _fewest_open(problem, np.flatnonzero(few), clock.part(0.3))
    if missing > unavoidable and few.sum() < counted.sum():
        again, less, proven = _fewest_open(problem, np.flatnonzero(counted), clock.part(0.5))
        if less < missing:
            picked, missing = again, less
    proven |= missing <= unavoidable
    return replace(problem, missing=missing, seeds=picked), proven


def _counted(problem: Problem) -> Flags:
    """Pairs that help to meet some minimum."""
    found = np.zeros(len(problem.rows), bool)
    for quota, (need, _room) in zip(problem.quotas, problem.free_quotas, strict=True):
        found |= quota.members[problem.cols] & (need[problem.rows] > 0)
    return found


def _unavoidable(problem: Problem) -> int:
    """Seats that stay open because a request has not so many people or seats: a lower bound of
    the largest of its minimums."""
    open_ = np.zeros(len(problem.seats), np.int64)
    for quota, (need, room) in zip(problem.quotas, problem.free_quotas, strict=True):
        usable = np.bincount(problem.rows[quota.members[problem.cols]], minlength=len(need))
        most = np.minimum(np.minimum(usable, room), problem.free_seats)
        open_ = np.maximum(open_, need - most)
    return int(open_.sum())


def _best_few(problem: Problem, counted: Flags) -> Flags:
    """Of each minimum's people on each request twice as many as needed, and some more."""
    found = np.zeros(len(problem.rows), bool)
    for quota, (need, _room) in zip(problem.quotas, problem.free_quotas, strict=True):
        at = np.flatnonzero(counted & quota.members[problem.cols])
        few = places(problem.rows[at], len(need)) < (2 * need + 6)[problem.rows[at]]
        found[at[few]] = True
    return found


def _fewest_open(problem: Problem, columns: Ints, clock: Clock) -> tuple[Ints, int, bool]:
    """(positions of pairs, seats left open with them, whether fewer are impossible)."""

    def by_hand(proven: bool) -> tuple[Ints, int, bool]:
        picked = for_minimums(problem, _counted(problem))
        return picked, open_minimums(problem, picked), proven

    every = sum(int(need.sum()) for need, _room in problem.free_quotas)
    if not len(columns) or clock.left <= 0:
        return by_hand(not len(columns))
    rows = rows_of(replace(problem, missing=every), columns)
    count = len(columns)
    answer: Any = milp(
        np.concatenate([np.zeros(count), np.ones(len(rows.spare))]),
        integrality=np.concatenate([np.ones(count), np.zeros(len(rows.spare))]),
        bounds=Bounds(0, rows.upper),
        constraints=[LinearConstraint(rows.matrix, -np.inf, rows.limit)],
        options={"time_limit": clock.left, "mip_rel_gap": 0.0},
    )
    if answer.x is None:
        return by_hand(False)
    picked = columns[answer.x[:count] > 0.5]
    return picked, open_minimums(problem, picked), answer.status == 0


def open_minimums(problem: Problem, picked: Ints) -> int:
    """Seats of minimums that stay open beside the fixed pairs and these positions."""
    pairs = np.column_stack([problem.rows[picked], problem.cols[picked]])
    lacking = 0
    for quota, (need, _room) in zip(problem.quotas, problem.free_quotas, strict=True):
        lacking += int(np.maximum(need - problem.held(quota, pairs), 0).sum())
    return lacking
