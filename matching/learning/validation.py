"""Whether new weights are better than the present ones, on requests that they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.calibration import Point
from matching.evaluation.metrics import RESAMPLES, SEED, Estimate, mean_estimate, ndcg, pair_losses
from matching.learning.curves import calibration_error, learned, log_loss, reliability
from matching.learning.fitting import fit_weights
from matching.learning.pairs import Judged

Floats = NDArray[np.float64]
Weights = Mapping[str, float]

FOLDS = 5
#: metric → whether a higher value is better
BETTER_HIGH = {"ndcg@10": True, "pair_loss": False, "log_loss": False, "calibration_error": False}


@dataclass(frozen=True)
class Held:
    """Held-back figures of one set of weights: metric → estimate, curve, nDCG@10 per fold."""

    figures: dict[str, Estimate]
    curve: tuple[Point, ...]
    folds: list[float]


@dataclass(frozen=True)
class Comparison:
    """Present weights and fitted ones on the same held-back requests; after minus before."""

    before: Held
    after: Held
    difference: dict[str, Estimate]
    fold_weights: list[dict[str, float]]

    @property
    def is_better(self) -> bool:
        """Order better beyond chance in one measure, worse on average in none."""
        order, loss = self.difference["ndcg@10"], self.difference["pair_loss"]
        clear = order.low > 0 or loss.high < 0
        return bool(clear and order.value >= 0 and loss.value <= 0)


def folds_of(groups: NDArray[np.int64], number: int = FOLDS, seed: int = SEED) -> NDArray[np.int64]:
    """Fold of each pair; all pairs of a request stand in one fold, folds have equal requests."""
    names = np.unique(groups)
    shuffled = np.random.default_rng(seed).permutation(names)
    fold = {int(name): place % number for place, name in enumerate(shuffled)}
    return np.array([fold[int(group)] for group in groups], np.int64)


def compare(judged: Judged, start: Weights, seed: int = SEED) -> Comparison:
    """Cross-validated by request: weights and calibration see only the other folds."""
    folds = folds_of(judged.groups, seed=seed)
    count = int(folds.max(initial=-1)) + 1
    before, after = _Values(judged), _Values(judged)
    fold_weights = []
    for fold in range(count):
        held = folds == fold
        seen = judged.rows(~held)
        fitted = fit_weights(seen, start)
        fold_weights.append(fitted)
        before.fill(held, seen, start)
        after.fill(held, seen, fitted)
    return Comparison(
        before.held(folds), after.held(folds), _difference(judged, before, after), fold_weights
    )


class _Values:
    """Held-back fused values and chances of one way of weighting, gathered fold by fold."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged
        self.fused = np.full(len(judged), np.nan)
        self.chances = np.full(len(judged), np.nan)

    def fill(self, held: NDArray[np.bool_], seen: Judged, weights: Weights) -> None:
        self.fused[held] = self.judged.fused(weights)[held]
        curve = learned(seen.fused_pairs(weights))
        if curve is not None:
            self.chances[held] = curve.chances(self.fused[held])

    def per_request(self) -> dict[str, Floats]:
        """Metric → one value per request, NaN where a request has none."""
        values: dict[str, list[float]] = {"ndcg@10": [], "pair_loss": [], "log_loss": []}
        losses = log_loss(self.chances, self.judged.suitable)
        for group in np.unique(self.judged.groups):
            rows = self.judged.groups == group
            fused, grades = self.fused[rows], self.judged.grades[rows]
            wrong, total = pair_losses(fused, grades)
            values["ndcg@10"].append(ndcg(fused, grades, 10))
            values["pair_loss"].append(wrong / total if total else float("nan"))
            values["log_loss"].append(float(losses[rows].mean()))
        return {name: np.array(column) for name, column in values.items()}

    def held(self, folds: NDArray[np.int64]) -> Held:
        columns = self.per_request()
        figures = {name: mean_estimate(column.tolist()) for name, column in columns.items()}
        figures["calibration_error"] = _resampled(self.judged.groups, self._error)
        curve = reliability(self.chances, self.judged.suitable)
        return Held(figures, curve, self._by_fold(columns["ndcg@10"], folds))

    def _error(self, rows: NDArray[np.int64]) -> float:
        return calibration_error(self.chances[rows], self.judged.suitable[rows])

    def _by_fold(self, values: Floats, folds: NDArray[np.int64]) -> list[float]:
        _, first = np.unique(self.judged.groups, return_index=True)
        of_request = folds[first]
        return [mean_estimate(values[of_request == f].tolist()).value for f in np.unique(folds)]


def _difference(judged: Judged, before: _Values, after: _Values) -> dict[str, Estimate]:
    old, new = before.per_request(), after.per_request()
    found = {name: mean_estimate((new[name] - old[name]).tolist()) for name in old}
    found["calibration_error"] = _resampled(
        judged.groups, lambda rows: after._error(rows) - before._error(rows)
    )
    return found


def _resampled(groups: NDArray[np.int64], value: Callable[[NDArray[np.int64]], float]) -> Estimate:
    """A value of all pairs, its interval from whole requests drawn anew."""
    nothing = float("nan")
    names = np.unique(groups)
    rows = [np.flatnonzero(groups == name) for name in names]
    if not rows:
        return Estimate(nothing, nothing, nothing, 0)
    generator = np.random.default_rng(SEED)
    draws = []
    for _ in range(RESAMPLES // 5):
        chosen = generator.integers(0, len(rows), len(rows))
        draws.append(value(np.concatenate([rows[n] for n in chosen])))
    usable = [draw for draw in draws if not np.isnan(draw)]
    low, high = np.percentile(usable, [2.5, 97.5]) if usable else (nothing, nothing)
    return Estimate(value(np.concatenate(rows)), float(low), float(high), len(rows))
