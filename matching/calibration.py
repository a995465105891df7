"""From the fused value to the chance that an expert is suitable, learned from judged pairs.

The chance stands beside the score and is never used for ordering: a curve may be flat over a
stretch of values. Three shapes are tried, and the simplest one whose cross-validated Brier score is
within MARGIN of the smallest is kept: a logistic curve (Platt 1999), beta calibration of the
logistic value (Kull, Silva Filho and Flach 2017) and isotonic regression (Zadrozny and Elkan 2002).
Folds are made of whole groups (requests), so that a request never calibrates itself. A calibration
error here is the mean gap between told chance and observed share over bins of equal mass.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression, minimize

Floats = NDArray[np.float64]
FOLDS = 5
BINS = 10
SEED = 20_260_801
MARGIN = 0.05  # a few hundred pairs tell no finer difference between Brier scores
FEWEST = 30  # pairs; with fewer, or without both outcomes, nothing can be learned
FARTHEST = 1e6  # fused units
STEEPEST = 30.0  # no curve is surer than this many logits
MIDDLE, SCALE = 1.5, 0.8  # fused units: where the beta curve puts its unit interval


class UncalibratedError(ValueError):
    """The judged pairs cannot carry a calibration; the message says why."""


class Point(NamedTuple):
    """One bin of a reliability curve: mean chance told, share found suitable, number of pairs."""

    told: float
    found: float
    pairs: int


@dataclass(frozen=True)
class Calibration:
    """A rising curve from the fused value to a chance, and how good it is.

    shape: ``logistic`` (numbers: slope, shift), ``beta`` (numbers: a, b, c) or ``isotonic``
        (knots: fused value and chance, both ascending, straight lines between).
    error, brier: cross-validated calibration error and Brier score; curve: the same pairs by bin.
    pairs, suitable, groups: what it was learned from; source: in words; scoring: fingerprint of
        the numbers that made the fused values.
    """

    shape: str
    numbers: tuple[float, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    error: float = 0.0
    brier: float = 0.0
    curve: tuple[Point, ...] = ()
    pairs: int = 0
    suitable: int = 0
    groups: int = 0
    source: str = ""
    scoring: str = ""
    others: Mapping[str, float] = field(default_factory=dict)

    def chances(self, fused: ArrayLike) -> Floats:
        """Chances of many values; a value that is no number has the chance 0."""
        values = np.asarray(fused, float)
        known = np.where(np.isnan(values), 0.0, values).clip(-FARTHEST, FARTHEST)
        found = SHAPES[self.shape].apply(known, self).clip(0.0, 1.0)
        return np.where(np.isnan(values), 0.0, found)

    def chance(self, fused: float) -> float:
        """Chance of one value, 0..1."""
        return float(self.chances([fused])[0])

    @cached_property
    def version(self) -> str:
        """Short hash over everything in it."""
        text = json.dumps(_content(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        return {"version": self.version, **_content(self)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Calibration:
        """Read ``as_json`` back; raises UncalibratedError for anything else."""
        try:
            facts = {k: v for k, v in content.items() if k != "version"}
            facts["numbers"] = tuple(float(v) for v in facts["numbers"])
            facts["knots"] = tuple((float(x), float(y)) for x, y in facts["knots"])
            facts["curve"] = tuple(Point(*point) for point in facts["curve"])
            found = cls(**facts)
            _check(found)
        except (KeyError, TypeError, ValueError) as error:
            raise UncalibratedError(f"not a calibration: {error}") from error
        return found


def _content(calibration: Calibration) -> dict[str, Any]:
    content = asdict(calibration)
    content["knots"] = [list(knot) for knot in calibration.knots]
    content["numbers"] = list(calibration.numbers)
    content["curve"] = [list(point) for point in calibration.curve]
    content["others"] = dict(calibration.others)
    return content


def _check(calibration: Calibration) -> None:
    values = [*calibration.numbers, *(v for knot in calibration.knots for v in knot)]
    if calibration.shape not in SHAPES or not all(math.isfinite(v) for v in values):
        raise ValueError("unknown shape or a value that is no number")
    rising = all(a <= c and b <= d for (a, b), (c, d) in pairwise(calibration.knots))
    if not rising or any(number < 0 for number in calibration.numbers[:-1]):
        raise ValueError("the curve does not rise")
    if len(calibration.numbers) != SHAPES[calibration.shape].numbers:
        raise ValueError("numbers are missing")
    if calibration.shape == "isotonic" and not calibration.knots:
        raise ValueError("knots are missing")


# -- shapes ---------------------------------------------------------------------------------------
def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x.clip(-STEEPEST, STEEPEST)))


def _beta_features(fused: Floats) -> Floats:
    """log p and -log(1 - p) of a fixed logistic curve, shape (n, 2); both rise with the value."""
    x = (fused - MIDDLE) / SCALE
    return np.stack([-np.logaddexp(0, -x), np.logaddexp(0, x)], axis=1)


def _fit_logits(features: Floats, suitable: Floats, weights: Floats) -> tuple[float, ...]:
    """Non-negative slopes and a shift of least weighted log loss.

    Targets are drawn in by one pair on each side, as in Platt (1999), so that pairs that can be
    told apart fully do not make the curve infinitely steep.
    """
    positive, negative = float((weights * suitable).sum()), float((weights * (1 - suitable)).sum())
    target = np.where(suitable > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        x = features @ parameters[:-1] + parameters[-1]
        value = float((weights * (np.logaddexp(0, x) - target * x)).sum())
        rest = weights * (_sigmoid(x) - target)
        return value, np.append(features.T @ rest, rest.sum())

    count = features.shape[1]
    start = np.append(np.ones(count), math.log((positive + 1) / (negative + 1)))
    bounds = [(0.0, None)] * count + [(None, None)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return tuple(float(v) for v in found.x)


def _fit_logistic(fused: Floats, suitable: Floats, weights: Floats) -> Calibration:
    return Calibration("logistic", _fit_logits(fused[:, None], suitable, weights))


def _apply_logistic(fused: Floats, calibration: Calibration) -> Floats:
    slope, shift = calibration.numbers
    return _sigmoid(slope * fused + shift)


def _fit_beta(fused: Floats, suitable: Floats, weights: Floats) -> Calibration:
    return Calibration("beta", _fit_logits(_beta_features(fused), suitable, weights))


def _apply_beta(fused: Floats, calibration: Calibration) -> Floats:
    a, b, shift = calibration.numbers
    features = _beta_features(fused)
    return _sigmoid(features @ np.array([a, b]) + shift)


def _fit_isotonic(fused: Floats, suitable: Floats, weights: Floats) -> Calibration:
    """Pooled blocks as knots at their mean value: straight lines between leave fewer steps."""
    values, place = np.unique(fused, return_inverse=True)
    mass = np.bincount(place, weights=weights)
    share = np.bincount(place, weights=weights * suitable) / mass
    level = isotonic_regression(share, weights=mass).x
    starts = np.flatnonzero(np.append(True, np.diff(level) > 0))
    middle = np.add.reduceat(values * mass, starts) / np.add.reduceat(mass, starts)
    knots = zip(middle.tolist(), level[starts].tolist(), strict=True)
    return Calibration("isotonic", knots=tuple(knots))


def _apply_isotonic(fused: Floats, calibration: Calibration) -> Floats:
    knots = np.array(calibration.knots)
    return np.interp(fused, knots[:, 0], knots[:, 1])


class Shape(NamedTuple):
    """How a shape is fitted and applied, and how many numbers it has."""

    fit: Callable[[Floats, Floats, Floats], Calibration]
    apply: Callable[[Floats, Calibration], Floats]
    numbers: int


SHAPES = {
    "logistic": Shape(_fit_logistic, _apply_logistic, 2),
    "beta": Shape(_fit_beta, _apply_beta, 3),
    "isotonic": Shape(_fit_isotonic, _apply_isotonic, 0),
}


# -- learning -------------------------------------------------------------------------------------
def fit(
    fused: ArrayLike,
    suitable: ArrayLike,
    groups: Sequence[Any] | NDArray[Any],
    *,
    weights: ArrayLike | None = None,
    source: str = "",
    scoring: str = "",
    shapes: Sequence[str] = tuple(SHAPES),
) -> Calibration:
    """The best of the shapes for these judged pairs, with its cross-validated error.

    fused, suitable, groups, weights: one entry per pair; pairs without a finite value are left out.
    Raises UncalibratedError with fewer than FEWEST pairs, one outcome only or a single group.
    """
    values, right, of, mass = _usable(fused, suitable, groups, weights)
    told = {shape: cross_validated(values, right, of, mass, shape) for shape in shapes}
    losses = {shape: brier(chances, right, mass) for shape, chances in told.items()}
    least = min(losses.values())
    best = next(shape for shape in shapes if losses[shape] <= least * (1 + MARGIN))
    return replace(
        SHAPES[best].fit(values, right, mass),
        error=calibration_error(told[best], right, mass),
        brier=losses[best],
        curve=reliability(told[best], right, mass),
        pairs=len(values),
        suitable=int(right.sum()),
        groups=len(np.unique(of)),
        source=source,
        scoring=scoring,
        others={shape: loss for shape, loss in losses.items() if shape != best},
    )


def _usable(
    fused: ArrayLike, suitable: ArrayLike, groups: Any, weights: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.int64], Floats]:
    values, right = np.asarray(fused, float), np.asarray(suitable, float)
    mass = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    of = np.unique(np.asarray(groups), return_inverse=True)[1]
    if not len(values) == len(right) == len(of) == len(mass):
        raise UncalibratedError("values, outcomes, groups and weights differ in length")
    kept = np.isfinite(values) & np.isfinite(right) & (mass > 0)
    values, right, of, mass = values[kept], right[kept], of[kept], mass[kept]
    if len(values) < FEWEST:
        raise UncalibratedError(f"{len(values)} judged pairs are too few (at least {FEWEST})")
    if len(np.unique(right)) < 2:
        raise UncalibratedError("all judged pairs have the same outcome")
    if len(np.unique(of)) < 2:
        raise UncalibratedError("all judged pairs belong to one request")
    return values, right, of, mass


def cross_validated(
    fused: Floats, suitable: Floats, groups: NDArray[Any], weights: Floats, shape: str
) -> Floats:
    """Chance of each pair by a curve that has not seen its group, over FOLDS folds of groups."""
    found = np.unique(groups)
    order = np.random.default_rng(SEED).permutation(len(found))
    fold = dict(zip(found[order].tolist(), (np.arange(len(found)) % FOLDS).tolist(), strict=True))
    of = np.array([fold[group] for group in groups.tolist()])
    chances = np.full(len(fused), float((weights * suitable).sum() / weights.sum()))
    for held in np.unique(of):
        inside, outside = of == held, of != held
        if len(np.unique(suitable[outside])) == 2:
            curve = SHAPES[shape].fit(fused[outside], suitable[outside], weights[outside])
            chances[inside] = curve.chances(fused[inside])
    return chances


# -- measuring ------------------------------------------------------------------------------------
def brier(chances: Floats, suitable: Floats, weights: Floats | None = None) -> float:
    """Mean squared distance of the chance from the outcome."""
    return float(np.average((chances - suitable) ** 2, weights=weights))


def reliability(
    chances: Floats, suitable: Floats, weights: Floats | None = None, bins: int = BINS
) -> tuple[Point, ...]:
    """Bins of equal numbers of pairs, from the smallest chance to the largest."""
    if not len(chances):
        return ()
    mass = np.ones(len(chances)) if weights is None else weights
    parts = np.array_split(np.argsort(chances, kind="stable"), min(bins, len(chances)))
    return tuple(
        Point(
            float(np.average(chances[part], weights=mass[part])),
            float(np.average(suitable[part], weights=mass[part])),
            len(part),
        )
        for part in parts
    )


def calibration_error(
    chances: Floats, suitable: Floats, weights: Floats | None = None, bins: int = BINS
) -> float:
    """Mean gap between told chance and found share, bins weighted by their pairs."""
    points = reliability(chances, suitable, weights, bins)
    total = sum(point.pairs for point in points)
    if not total:
        return float("nan")
    return sum(point.pairs * abs(point.told - point.found) for point in points) / total
