"""Cost against the number of experts: a small SVG drawing on two logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 430
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 20, 50
COLOURS = ("#1d4ed8", "#b45309", "#047857", "#7c3aed", "#be123c", "#475569")
Points = Sequence[tuple[float, float]]


def drawn(lines: Mapping[str, Points], aim: float | None = None, unit: str = "ms") -> str:
    """The drawing: one line per name, points at (experts, cost); ``aim`` is a broken line."""
    every = [point for points in lines.values() for point in points]
    across = _decades([x for x, _ in every])
    up = _decades([y for _, y in every] + ([aim] if aim else []))
    parts = [*_grid(across, up, unit)]
    if aim:
        y = _y(aim, up)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#b91c1c" fill="none"'
                     ' stroke-dasharray="6 4"/>')  # fmt: skip
        parts.append(_text(LEFT + 8, y - 6, f"{aim:g} {unit}", "#b91c1c"))
    for number, (name, points) in enumerate(lines.items()):
        parts += _line(name, points, across, up, number)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="p95 against the number of experts" font-family="sans-serif"'
        f' font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        + "".join(parts)
        + "</svg>\n"
    )


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)))
    return low, max(math.ceil(math.log10(max(values))), low + 1)


def _x(value: float, across: tuple[int, int]) -> float:
    share = (math.log10(value) - across[0]) / (across[1] - across[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(value: float, up: tuple[int, int]) -> float:
    share = (math.log10(value) - up[0]) / (up[1] - up[0])
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _grid(across: tuple[int, int], up: tuple[int, int], unit: str) -> Iterator[str]:
    for power in range(across[0], across[1] + 1):
        x = _x(10.0**power, across)
        yield f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e2e8f0"/>'
        yield _text(x, HEIGHT - BOTTOM + 18, f"{10**power:,}", "#334155", "middle")
    for power in range(up[0], up[1] + 1):
        y = _y(10.0**power, up)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e2e8f0"/>'
        yield _text(LEFT - 8, y + 4, f"{10.0**power:g} {unit}", "#334155", "end")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "experts", "#334155", "middle")


def _line(
    name: str, points: Points, across: tuple[int, int], up: tuple[int, int], number: int
) -> Iterator[str]:
    colour = COLOURS[number % len(COLOURS)]
    places = [(_x(x, across), _y(y, up)) for x, y in sorted(points)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    yield f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>'
    for x, y in places:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
    y = TOP + 14 + 20 * number
    start = WIDTH - RIGHT + 8
    yield f'<path d="M{start} {y - 4}h14" stroke="{colour}" stroke-width="2"/>'
    yield _text(start + 20, y, name, "#0f172a")


def _text(x: float, y: float, words: str, colour: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )
