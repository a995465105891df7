"""How well a chance can be told on a judged set: learned on it, and as it is shipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.calibration import (
    Calibration,
    Point,
    UncalibratedError,
    brier,
    calibration_error,
    fit,
    reliability,
)
from matching.evaluation.runner import WHOLE, RequestScores


@dataclass(frozen=True)
class Chances:
    """learned: cross-validated on the set, or None with the reason; error, brier and curve: of the
    calibration in use on this set, where it belongs to the numbers in use."""

    learned: Calibration | None
    reason: str = ""
    version: str = ""
    error: float | None = None
    brier: float | None = None
    curve: tuple[Point, ...] = ()


def chances_of(
    requests: list[RequestScores],
    least: float,
    used: Calibration | None,
    source: str = "",
    scoring: str = "",
) -> Chances:
    """Calibration over all judged pairs; a pair of grade ``least`` or better is suitable."""
    if not requests:
        return Chances(None, "nothing was judged")
    fused = np.concatenate([r.values[WHOLE] for r in requests])
    suitable = np.concatenate([r.grades >= least for r in requests]).astype(float)
    groups = np.repeat([r.request_id for r in requests], [len(r.grades) for r in requests])
    learned, reason = None, ""
    try:
        learned = fit(fused, suitable, groups, source=source, scoring=scoring)
    except UncalibratedError as error:
        reason = str(error)
    if used is None:
        return Chances(learned, reason)
    told = used.chances(fused)
    return Chances(
        learned,
        reason,
        used.version,
        calibration_error(told, suitable),
        brier(told, suitable),
        reliability(told, suitable),
    )
