"""Geometry of the score bar: pure arithmetic on a bar that is 100 units wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WIDTH = 100.0
KINDS = 5


def hundredths(values: Sequence[float]) -> list[float]:
    """Values at two decimals that add up to their sum at two decimals: the largest gives way."""
    shown = [round(value * 100) for value in values]
    if shown:
        largest = max(range(len(shown)), key=lambda i: values[i])
        shown[largest] += round(sum(values) * 100) - sum(shown)
    return [value / 100 for value in shown]


def segments(parts: Sequence[tuple[str, float]], maximum: float) -> list[dict[str, Any]]:
    """Place contributions one after the other; x and width in units of a 100-unit bar.

    Negative contributions take no width (they are told in words), and the whole never
    leaves the bar. The values told in words are rounded so that they add up.
    """
    placed, x = [], 0.0
    shown = hundredths([value for _, value in parts])
    for index, (label, value) in enumerate(parts):
        width = max(0.0, min(value / maximum * WIDTH, WIDTH - x)) if maximum > 0 else 0.0
        placed.append(
            {"label": label, "value": shown[index], "x": f"{x:.2f}", "width": f"{width:.2f}",
             "kind": index % KINDS + 1}
        )  # fmt: skip
        x += width
    return placed
