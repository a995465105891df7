"""Fitting the few weights of the fused score to judged pairs.

A non-negative logistic regression over differences within a request (Bradley & Terry 1952; the
loss of RankNet, Burges et al. 2005): P(i before j) = 1 / (1 + exp(-w·(x_i - x_j) / t)). Each
request counts as much as the pairs judged for it, however many comparisons they make. The present
weights are the prior: they count like ``PRIOR_PAIRS`` further pairs per weight, so a few pairs
move little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit

from matching.learning.pairs import Judged

Floats = NDArray[np.float64]
PRIOR_PAIRS = 50
#: judged pairs per weight without which nothing is fitted
PAIRS_PER_WEIGHT = 50
#: bounds of the temperature, in fused units
COLDEST, HOTTEST = 0.05, 10.0
#: variance of an outcome, at least: the prior holds also where the present order makes no mistake
LEAST_DOUBT = 0.02


@dataclass(frozen=True)
class Comparisons:
    """Ordered pairs within requests: differences (comparisons × names) and what each counts."""

    differences: Floats
    weights: Floats


def comparisons(judged: Judged) -> Comparisons:
    """Every two pairs of a request with different grades, the better one first."""
    differences, weights = [], []
    for group in np.unique(judged.groups):
        rows = np.flatnonzero(judged.groups == group)
        better, worse = _ordered(judged.grades[rows])
        if not len(better):
            continue
        i, j = rows[better], rows[worse]
        counts = judged.weights[i] * judged.weights[j] * (judged.grades[i] - judged.grades[j])
        share = judged.weights[rows].sum() / counts.sum() if counts.sum() > 0 else 0.0
        differences.append(judged.signals[i] - judged.signals[j])
        weights.append(counts * share)
    width = len(judged.names)
    return Comparisons(
        np.concatenate(differences) if differences else np.empty((0, width)),
        np.concatenate(weights) if weights else np.empty(0),
    )


def _ordered(grades: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    better, worse = np.nonzero(grades[:, None] > grades[None, :])
    return better, worse


def fit_weights(judged: Judged, start: Mapping[str, float]) -> dict[str, float]:
    """Weights for ``judged.names``, none negative, with the sum that ``start`` has.

    The order depends on their proportions alone; keeping the sum keeps fused values on the scale
    that thresholds and the shown curve know. Without a comparison the start comes back.
    """
    before = np.array([start[name] for name in judged.names], float)
    found = comparisons(judged)
    if not len(found.weights) or before.sum() <= 0:
        return dict(start)
    fitted = _fitted(found, before)
    if fitted.sum() <= 0:
        return dict(start)
    fitted *= before.sum() / fitted.sum()
    return {**start, **dict(zip(judged.names, map(float, fitted), strict=True))}


def _fitted(found: Comparisons, before: Floats) -> Floats:
    temperature = _temperature(found, before)
    scaled = found.differences / temperature
    curvature = _information(found, scaled, before)
    prior = PRIOR_PAIRS * len(before) * curvature

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = scaled @ weights
        away = weights - before
        value = found.weights @ np.logaddexp(0, -margins) + (prior * away**2).sum() / 2
        slope = -(found.weights * expit(-margins)) @ scaled + prior * away
        return float(value), slope

    bounds = [(0.0, None)] * len(before)
    solved = minimize(loss, before, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(solved.x, float)


def _information(found: Comparisons, scaled: Floats, weights: Floats) -> Floats:
    """What one pair tells about each weight under the present order (Fisher information)."""
    sure = expit(scaled @ weights)
    doubt = np.maximum(sure * (1 - sure), LEAST_DOUBT)
    return np.asarray((found.weights * doubt) @ (scaled**2) / found.weights.sum(), float)


def _temperature(found: Comparisons, weights: Floats) -> float:
    """How steeply the present order follows the judgements: the scale of the logistic curve."""
    margins = found.differences @ weights

    def loss(log_temperature: float) -> float:
        return float(found.weights @ np.logaddexp(0, -margins / np.exp(log_temperature)))

    bounds = (float(np.log(COLDEST)), float(np.log(HOTTEST)))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))
