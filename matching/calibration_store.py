"""Which calibration belongs to the numbers in use: the active weight set's or the shipped one."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import structlog

from matching.calibration import Calibration, UncalibratedError
from matching.conf import Scoring

log = structlog.get_logger(__name__)
SHIPPED = Path(__file__).parent / "resources" / "calibration.json"


@lru_cache(maxsize=1)
def shipped_calibration() -> Calibration | None:
    """The calibration in the repository, made with the built-in numbers."""
    if not SHIPPED.exists():
        return None
    return Calibration.from_json(json.loads(SHIPPED.read_text(encoding="utf-8")))


def active_calibration(scoring: Scoring) -> Calibration | None:
    """The calibration that was learned under exactly these numbers, or None.

    Other weights make other fused values, so their chances would be wrong.
    """
    candidates = [_learned(scoring), shipped_calibration()]
    fitting = (c for c in candidates if c is not None and c.scoring == scoring.fingerprint)
    return next(fitting, None)


def _learned(scoring: Scoring) -> Calibration | None:
    from matching.weights import active_set

    found = active_set()
    if found is None or found.version != scoring.version or not found.calibration:
        return None
    try:
        return Calibration.from_json(found.calibration)
    except UncalibratedError as error:
        log.warning("calibration.unreadable", weights=found.version, reason=str(error))
        return None
