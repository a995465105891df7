"""The weight set in use, known to every process within ``FRESH`` seconds of a change.

A process asks the database at most once in that time, so a run pays nothing for it and no worker
has to be started anew. ``forget`` makes this process ask at once.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog

log = structlog.get_logger(__name__)
FRESH = 3.0


@dataclass(frozen=True)
class ActiveSet:
    """What the active set changes in the built-in numbers; ``base`` is their version."""

    version: str
    base: str
    scoring: dict[str, Any]
    calibration: dict[str, Any]


_lock = threading.Lock()
_known: tuple[float, ActiveSet | None] | None = None


def active_set() -> ActiveSet | None:
    """The active set as it was at most ``FRESH`` seconds ago, or None."""
    global _known
    known = _known
    if known is not None and monotonic() - known[0] < FRESH:
        return known[1]
    with _lock:
        asked = monotonic()
        found = _read()
        _known = (asked, found)
    return found


def _read() -> ActiveSet | None:
    from matching.models import WeightSet

    row = WeightSet.objects.active().first()
    if row is None:
        return None
    return ActiveSet(row.version, row.base, row.scoring, row.calibration)


def forget() -> None:
    """Ask the database again at the next use, in this process."""
    global _known
    _known = None


def set_for(base: str) -> ActiveSet | None:
    """The active set if it was fitted under these built-in numbers and for the same signals."""
    from matching.conf import Scoring

    found = active_set()
    if found is None:
        return None
    signals = found.scoring.get("weights", {}).keys()
    if found.base != base or signals != Scoring().weights.keys():
        log.info("weights.of_another_base", weights=found.version, base=base)
        return None
    return found


def changes_of(base: str) -> dict[str, Any]:
    """What the active set changes in the built-in numbers of this version, with its own version."""
    found = set_for(base)
    return {**found.scoring, "version": found.version} if found else {}
