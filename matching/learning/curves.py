"""Chances of being suitable on held-back pairs, and how far off they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import calibration
from matching.calibration import Point, UncalibratedError

Floats = NDArray[np.float64]
#: fewest pairs in a bin of a curve; with few pairs there are fewer bins
FEWEST = 8


@dataclass(frozen=True)
class Fused:
    """Fused values with what was judged, one entry per pair."""

    values: Floats
    suitable: NDArray[np.bool_]
    groups: NDArray[np.int64]
    weights: Floats


def learned(pairs: Fused, source: str = "", scoring: str = "") -> calibration.Calibration | None:
    """The curve through these pairs, or None where they cannot carry one."""
    try:
        return calibration.fit(
            pairs.values,
            pairs.suitable,
            pairs.groups,
            weights=pairs.weights,
            source=source,
            scoring=scoring,
        )
    except UncalibratedError:
        return None


def reliability(chances: Floats, suitable: NDArray[np.bool_]) -> tuple[Point, ...]:
    """Bins of equal numbers of pairs that have a chance, from the smallest to the largest."""
    known = ~np.isnan(chances)
    bins = int(np.clip(known.sum() // FEWEST, 1, calibration.BINS))
    return calibration.reliability(chances[known], suitable[known].astype(float), bins=bins)


def calibration_error(chances: Floats, suitable: NDArray[np.bool_]) -> float:
    """Mean gap between stated and observed over the bins; NaN without a pair."""
    known = ~np.isnan(chances)
    return calibration.calibration_error(chances[known], suitable[known].astype(float))


def log_loss(chances: Floats, suitable: NDArray[np.bool_]) -> Floats:
    """Surprise per pair in nats, chances kept off 0 and 1."""
    safe = np.clip(chances, 1e-6, 1 - 1e-6)
    return -np.where(suitable, np.log(safe), np.log1p(-safe))


def bins_json(points: Iterable[Point]) -> list[dict[str, Any]]:
    """Bins of a curve as they are stored: {told, found, count}."""
    return [{"told": told, "found": found, "count": count} for told, found, count in points]
