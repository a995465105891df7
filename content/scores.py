"""Geometry of the score bar: pure arithmetic on a bar that is 100 units wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WIDTH = 100.0
KINDS = 5


def segments(parts: Sequence[tuple[str, float]], maximum: float) -> list[dict[str, Any]]:
    """Place contributions one after the other; x and width in units of a 100-unit bar.

    Negative contributions take no width (they are told in words), and the whole never
    leaves the bar.
    """
    placed, x = [], 0.0
    for index, (label, value) in enumerate(parts):
        width = max(0.0, min(value / maximum * WIDTH, WIDTH - x)) if maximum > 0 else 0.0
        placed.append(
            {"label": label, "value": value, "x": f"{x:.2f}", "width": f"{width:.2f}",
             "kind": index % KINDS + 1}
        )  # fmt: skip
        x += width
    return placed
