"""Ranking metrics and their bootstrap intervals; pure functions over arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SUITABLE = 2.0
RESAMPLES = 1_000
SEED = 20_260_801


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval and the number of units (requests or experts) behind it."""

    value: float
    low: float
    high: float
    count: int


def gain(grades: Floats) -> Floats:
    return np.exp2(grades) - 1


def ndcg(scores: Floats, grades: Floats, k: int) -> float:
    """nDCG@k with gain 2^grade - 1 and discount 1/log2(rank + 1); NaN without any gain.

    Equal scores share the mean gain of their places, so ties win nothing (McSherry & Najork 2008).
    """
    discounts = np.zeros(len(grades))
    top = min(k, len(grades))
    discounts[:top] = 1 / np.log2(np.arange(2, top + 2))
    ideal = float(np.sort(gain(grades))[::-1] @ discounts)
    if ideal <= 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    _, group = np.unique(-scores[order], return_inverse=True)
    sums = np.bincount(group, weights=gain(grades)[order])
    means = (sums / np.bincount(group))[group]
    return float(means @ discounts) / ideal


def best_on_top(scores: Floats, grades: Floats) -> float:
    """Share of the best grade among those who share the highest score (1 or 0 without ties)."""
    if grades.max() <= 0:
        return float("nan")
    top = scores == scores.max()
    return float((grades[top] == grades.max()).mean())


def reciprocal_rank(scores: Floats, grades: Floats, least: float = SUITABLE) -> float:
    """1 / rank of the first suitable person; ties count against us; NaN without any."""
    suitable = grades >= least
    if not suitable.any():
        return float("nan")
    best = scores[suitable].max()
    return 1 / (1 + int(((scores >= best) & ~suitable).sum()))


def recall(found: Sequence[int], suitable: set[int]) -> float:
    """Share of the suitable people among those found; NaN without any."""
    return len(suitable.intersection(found)) / len(suitable) if suitable else float("nan")


def pair_losses(scores: Floats, grades: Floats) -> tuple[float, float]:
    """Weight of wrongly ordered pairs and of all pairs of different grade, ties counting half.

    A pair weighs the difference of its grades (Stelmakh et al. 2023, arXiv 2303.16750).
    """
    difference = grades[:, None] - grades[None, :]
    ahead = scores[:, None] - scores[None, :]
    wrong = np.where(ahead < 0, 1.0, np.where(ahead == 0, 0.5, 0.0))
    weights = difference.clip(0)
    return float((weights * wrong).sum()), float(weights.sum())


def mean_estimate(values: Sequence[float]) -> Estimate:
    """Mean over the units that have a value, resampled by unit."""
    usable = np.array([v for v in values if not np.isnan(v)])
    return _bootstrap(len(usable), lambda rows: float(usable[rows].mean()))


def ratio_estimate(parts: Sequence[tuple[float, float]]) -> Estimate:
    """Sum of the first over sum of the second, resampled by unit."""
    usable = np.array([p for p in parts if p[1] > 0]).reshape(-1, 2)

    def ratio(rows: NDArray[np.int64]) -> float:
        wrong, total = usable[rows].sum(axis=0)
        return float(wrong / total)

    return _bootstrap(len(usable), ratio)


def _bootstrap(count: int, value: Callable[[NDArray[np.int64]], float]) -> Estimate:
    nothing = float("nan")
    if not count:
        return Estimate(nothing, nothing, nothing, 0)
    generator = np.random.default_rng(SEED)
    draws = [value(generator.integers(0, count, count)) for _ in range(RESAMPLES)]
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(value(np.arange(count)), float(low), float(high), count)
