"""Charts as numbers for SVG attributes; the templates draw them, a table stands behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: the drawing's size and the frame inside it, in SVG units
WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 34, 342, 12, 172


@dataclass(frozen=True)
class Dot:
    """A point with the ends of its interval; ``radius`` grows with what is behind it."""

    x: float
    y: float
    low: float
    high: float
    radius: float = 3.5


@dataclass(frozen=True)
class Series:
    """A line; ``kind`` (1, 2) picks colour and dash, so that colour is not all that tells."""

    label: str
    kind: int
    dots: list[Dot]

    @property
    def points(self) -> str:
        """The line for ``<polyline points>``."""
        return " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in self.dots)


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Lines over a frame. ``diagonal`` draws the line on which stated and observed are equal."""

    series: list[Series]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    diagonal: bool = False
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def _x(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 1)


def _y(value: float) -> float:
    return round(BOTTOM - min(1.0, max(0.0, value)) * (BOTTOM - TOP), 1)


def _percents() -> list[Tick]:
    return [Tick(_y(value), f"{value:.0%}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]


Estimate = dict[str, float | None]


def over_time(labels: Sequence[str], lines: Sequence[tuple[str, Sequence[Estimate]]]) -> Chart:
    """Shares (0 to 1) over periods: one line per name, one place per label."""
    places = [_x((n + 0.5) / len(labels)) for n in range(len(labels))]
    series = [
        Series(name, kind, [_dot(x, e) for x, e in zip(places, values, strict=True) if _has(e)])
        for kind, (name, values) in enumerate(lines, 1)
    ]
    step = max(1, -(-len(labels) // 6))
    ticks = [Tick(x, label) for x, label in list(zip(places, labels, strict=True))[::step]]
    return Chart(series, ticks, _percents())


def _has(estimate: Estimate) -> bool:
    return estimate.get("value") is not None


def _dot(x: float, estimate: Estimate) -> Dot:
    value = estimate["value"] or 0.0
    low, high = (estimate.get(name) for name in ("low", "high"))
    return Dot(x, _y(value), _y(value if low is None else low), _y(value if high is None else high))


def reliability(curves: Sequence[tuple[str, Sequence[dict[str, float]]]]) -> Chart:
    """Stated chance (across) against the share that was suitable (up), with the diagonal."""
    series = [
        Series(name, kind, [_bin(found) for found in bins])
        for kind, (name, bins) in enumerate(curves, 1)
    ]
    ticks = [Tick(_x(value), f"{value:.0%}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return Chart(series, ticks, _percents(), diagonal=True)


def _bin(found: dict[str, float]) -> Dot:
    y = _y(found["found"])
    radius = min(7.0, 2.5 + found["count"] ** 0.5 / 4)
    return Dot(_x(min(1.0, max(0.0, found["told"]))), y, y, y, round(radius, 1))


def folds(lines: Sequence[tuple[str, Sequence[float | None]]]) -> Chart:
    """One value per fold for each name."""
    count = max((len(values) for _name, values in lines), default=0)
    named = [
        (name, [{"value": value, "low": value, "high": value} for value in values])
        for name, values in lines
    ]
    return over_time([str(n) for n in range(1, count + 1)], named)
