"""Charts as numbers for SVG attributes; the templates draw them, a table stands behind each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from matching.evaluation.intervals import FEW
from matching.selectors.evaluation import Bin

#: the drawing's size and the frame inside it, in SVG units
WIDTH, HEIGHT = 360, 200
LEFT, RIGHT, TOP, BOTTOM = 38, 342, 12, 172
#: lines beside each other do not hide each other's error bars
APART = 3.0
#: a figure of groups: its left end, the first row and the step between rows
EDGE, FIRST, STEP = 12, 30, 36


@dataclass(frozen=True)
class Dot:
    """A point with the ends of its interval; ``radius`` grows with what is behind it.

    is_few: too little stands behind it to be joined with others.
    """

    x: float
    y: float
    low: float
    high: float
    radius: float = 3.5
    is_few: bool = False

    @property
    def bar(self) -> str:
        """The error bar for ``<path d>``; empty without an interval."""
        if self.low == self.high:
            return ""
        caps = f"M{self.x - 2.5:.1f},{{0}}H{self.x + 2.5:.1f}"
        stem = f"M{self.x:.1f},{self.low}V{self.high}"
        return caps.format(self.low) + stem + caps.format(self.high)


@dataclass(frozen=True)
class Series:
    """A line; ``kind`` (1, 2) picks colour and dash, so that colour is not all that tells."""

    label: str
    kind: int
    dots: list[Dot]

    @property
    def lines(self) -> list[str]:
        """Lines for ``<polyline points>``: broken where too little stands behind a point."""
        parts = [
            list(dots) for is_few, dots in groupby(self.dots, lambda d: d.is_few) if not is_few
        ]
        return [" ".join(f"{d.x:.1f},{d.y:.1f}" for d in dots) for dots in parts if len(dots) > 1]


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

    @property
    def has_bars(self) -> bool:
        """Whether a point has an interval."""
        return any(dot.bar for series in self.series for dot in series.dots)

    @property
    def has_few(self) -> bool:
        """Whether a point stands on too little."""
        return any(dot.is_few for series in self.series for dot in series.dots)

    @property
    def shows_change(self) -> bool:
        """Whether two points of a line stand on enough to be compared."""
        return any(sum(not dot.is_few for dot in one.dots) > 1 for one in self.series)


def _x(share: float) -> float:
    return round(LEFT + share * (RIGHT - LEFT), 1)


def _y(value: float) -> float:
    return round(BOTTOM - min(1.0, max(0.0, value)) * (BOTTOM - TOP), 1)


def _percents() -> list[Tick]:
    return [Tick(_y(value), f"{value:.0%}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]


Estimate = Mapping[str, float | None]


def over_time(labels: Sequence[str], lines: Sequence[tuple[str, Sequence[Estimate]]]) -> Chart:
    """Shares (0 to 1) over periods: one line per name, one place per label."""
    places = [_x((n + 0.5) / len(labels)) for n in range(len(labels))]
    middle = (len(lines) - 1) / 2
    series = [
        Series(name, kind, list(_dots(places, values, (kind - 1 - middle) * APART)))
        for kind, (name, values) in enumerate(lines, 1)
    ]
    step = max(1, -(-len(labels) // 6))
    ticks = [Tick(x, label) for x, label in list(zip(places, labels, strict=True))[::step]]
    return Chart(series, ticks, _percents())


def _dots(places: Sequence[float], values: Sequence[Estimate], shift: float) -> Iterable[Dot]:
    for x, estimate in zip(places, values, strict=True):
        value = estimate.get("value")
        if value is None:
            continue
        low, high = (estimate.get(name) for name in ("low", "high"))
        bottom, top = _y(value if low is None else low), _y(value if high is None else high)
        yield Dot(round(x + shift, 1), _y(value), bottom, top, is_few=_few(estimate))


def _few(estimate: Estimate) -> bool:
    count = estimate.get("count")
    return count is not None and count < FEW


def reliability(curves: Sequence[tuple[str, Sequence[Bin]]]) -> Chart:
    """Stated chance (across) against the share that was suitable (up), with the diagonal."""
    series = [
        Series(name, kind, [_bin(found) for found in bins])
        for kind, (name, bins) in enumerate(curves, 1)
    ]
    ticks = [Tick(_x(value), f"{value:.0%}") for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return Chart(series, ticks, _percents(), diagonal=True)


def _bin(found: Bin) -> Dot:
    x, y = _x(min(1.0, max(0.0, found.told))), _y(found.found)
    radius = round(min(7.0, 2.5 + found.count**0.5 / 4), 1)
    return Dot(x, y, _y(found.low), _y(found.high), radius, found.count < FEW)


def folds(lines: Sequence[tuple[str, Sequence[float | None]]]) -> Chart:
    """One value per fold for each name."""
    count = max((len(values) for _name, values in lines), default=0)
    named = [(name, [{"value": value} for value in values]) for name, values in lines]
    return over_time([str(n) for n in range(1, count + 1)], named)


@dataclass(frozen=True)
class Bar:
    """A share of one group with its interval, drawn across."""

    label: str
    share: float
    count: int
    y: float
    x: float
    low: float
    high: float

    @property
    def is_few(self) -> bool:
        return self.count < FEW

    @property
    def bar(self) -> str:
        """The error bar for ``<path d>``."""
        caps = f"M{{0}},{self.y - 3:.1f}V{self.y + 3:.1f}"
        return caps.format(self.low) + f"M{self.low},{self.y}H{self.high}" + caps.format(self.high)


@dataclass(frozen=True)
class Groups:
    """Groups below each other, one share each."""

    bars: list[Bar]
    ticks: list[Tick]
    width: int = WIDTH
    left: int = EDGE
    right: int = RIGHT
    top: int = TOP

    @property
    def bottom(self) -> int:
        return FIRST + STEP * (len(self.bars) - 1) + 10

    @property
    def height(self) -> int:
        return self.bottom + 22

    @property
    def has_few(self) -> bool:
        return any(bar.is_few for bar in self.bars)


def groups(rows: Sequence[tuple[str, float, float, float, int]]) -> Groups:
    """(label, share, low, high, count) of each group, in the order given."""

    def across(share: float) -> float:
        return round(EDGE + min(1.0, max(0.0, share)) * (RIGHT - EDGE), 1)

    bars = [
        Bar(label, share, count, FIRST + STEP * n, across(share), across(low), across(high))
        for n, (label, share, low, high, count) in enumerate(rows)
    ]
    marks = (0.0, 0.25, 0.5, 0.75, 1.0)
    return Groups(bars, [Tick(across(value), f"{value:.0%}") for value in marks])
