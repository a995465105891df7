"""Forced pairs that contradict limits or each other: which can be kept, and what keeps others out.

As many as possible are kept, among equally many those of the greatest score; the same input gives
the same answer. Nothing has to be solved again to know a release: whether pairs fit is a matter of
counting, so a pair that was dropped fits as soon as every limit that is full has one more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.optimum import greatest_total
from matching.allocation.problem import Problem, from_pairs
from matching.allocation.tight import Full, full_limits


@dataclass(frozen=True)
class Broken:
    """A forced pair that is in no plan. It would fit if each limit of ``full`` were one more, or
    if one of the rivals of each were not forced."""

    request: int
    expert: int
    full: tuple[Full, ...]


def reconcile(
    problem: Problem, forced: Sequence[tuple[int, int]], scores: Sequence[float]
) -> tuple[list[tuple[int, int]], list[Broken]]:
    """(forced pairs that can all be kept, the others with their reasons).

    problem: seats, capacity, groupings and quotas; its pairs and fixed pairs are not looked at.
    scores: of each forced pair. Raises ``ProblemError`` for a pair that is named twice.
    """
    order = sorted(range(len(forced)), key=lambda at: forced[at])
    pairs = [forced[at] for at in order]
    if not pairs:
        return [], []
    values = np.nan_to_num(np.array([scores[at] for at in order]), posinf=0.0, neginf=0.0)
    top = max(1.0, float(np.abs(values).max()))
    worth = 2.0 * len(pairs) + values / top  # one pair more is worth more than any score
    rows, cols = zip(*pairs, strict=True)
    alone = from_pairs(problem.shape, rows, cols, worth, problem.seats, problem.capacity)
    quotas = tuple(replace(quota, least=np.zeros_like(quota.least)) for quota in problem.quotas)
    limited = replace(alone, groupings=problem.groupings, quotas=quotas)
    plan = greatest_total(limited)
    kept = list(zip(plan.rows.tolist(), plan.cols.tolist(), strict=True))
    dropped = [pair for pair in pairs if pair not in set(kept)]
    return kept, [Broken(*pair, full_limits(plan, *pair)) for pair in dropped]
