"""One score from several signals, with contributions that add up to it exactly.

The fused value is the weighted sum of the normalised signals: a convex combination, which beat
rank-based fusion in every pairing tried. The shown score is a fixed logistic curve of it. Each
signal's contribution is its part of the fused value times the slope of the straight line between
"nothing speaks for this person" and this score, so base and contributions add up by construction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from matching.conf import Scoring
from matching.results import BASE

Floats = NDArray[np.float64]


def fuse(signals: Mapping[str, Floats], scoring: Scoring) -> Floats:
    """Weighted sum over signals, one value per expert; unknown signals weigh nothing."""
    total: Floats | float = 0.0
    for name in sorted(signals):
        total = total + scoring.weights.get(name, 0.0) * signals[name]
    return np.asarray(total, float)


def shown_score(fused: float, scoring: Scoring) -> float:
    """Fixed, strictly rising map of the fused value to 0..1."""
    x = (fused - scoring.centre) / scoring.spread
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def contributions(signals: Mapping[str, float], scoring: Scoring) -> dict[str, float]:
    """Base and each signal's part of the shown score; their sum is the shown score."""
    parts = {name: scoring.weights.get(name, 0.0) * signals[name] for name in sorted(signals)}
    fused = sum(parts.values())
    base, score = shown_score(0.0, scoring), shown_score(fused, scoring)
    slope = (score - base) / fused if abs(fused) > 1e-9 else base * (1 - base) / scoring.spread
    return {BASE: base, **{name: part * slope for name, part in parts.items()}}


def order(fused: Floats, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions from best to worst; equal values by ascending id."""
    return np.lexsort((ids, -fused))
