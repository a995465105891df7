"""The histogram of loads as numbers for SVG attributes; a table stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, BASE, TOP = 360, 160, 16, 132, 24


@dataclass(frozen=True)
class Bar:
    """So many experts have so many requests."""

    load: int
    count: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Histogram:
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BASE
    left: int = LEFT
    right: int = WIDTH - LEFT
    words: int = HEIGHT - 10


def histogram(loads: dict[str, int]) -> Histogram:
    """From number of requests → experts (keys are texts, as JSON keeps them)."""
    counts = sorted((int(load), count) for load, count in loads.items() if count)
    if not counts:
        return Histogram([])
    most = max(count for _load, count in counts)
    step = (WIDTH - 2 * LEFT) / len(counts)
    wide = round(min(60.0, step * 0.7), 1)
    bars = []
    for place, (load, count) in enumerate(counts):
        tall = round((BASE - TOP) * count / most, 1)
        x = round(LEFT + place * step + (step - wide) / 2, 1)
        bars.append(Bar(load, count, x, round(BASE - tall, 1), wide, tall))
    return Histogram(bars)
