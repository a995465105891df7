"""What was aimed at beside what was measured, at the largest size of each engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from demo.scale.measure import Numbers

MOST_MS, LEAST_RECALL, MOST_RATIO = 150.0, 0.98, 3.0
MOST_REBUILD_S = 900.0  # of a million documents, from stored vectors
SMALLEST, MILLION = 1_000, 1_000_000
HEAD = ["engine", "experts", "what", "aim", "measured", ""]


def rows(found: Sequence[Numbers]) -> list[list[Any]]:
    """One row per aim that the figures can tell about; sizes that were not run tell nothing."""
    return [
        [figures["engine"], f"{figures['experts']:,}", *row]
        for figures in _largest(found)
        for row in _of(figures, found)
    ]


def _largest(found: Sequence[Numbers]) -> list[Numbers]:
    by_engine: dict[str, Numbers] = {}
    for figures in found:
        known = by_engine.get(figures["engine"])
        if known is None or figures["experts"] > known["experts"]:
            by_engine[figures["engine"]] = figures
    return list(by_engine.values())


def _of(figures: Numbers, found: Sequence[Numbers]) -> Iterator[list[Any]]:
    if "runs" in figures:
        whole = figures["runs"]["whole"]
        yield _at_most("whole run, p95 in ms", MOST_MS, whole["p95"])
        first = _smallest(found, figures["engine"])
        if first is not None and first is not figures:
            ratio = whole["p50"] / first["runs"]["whole"]["p50"]
            yield _at_most(f"p50 against {SMALLEST:,} experts", MOST_RATIO, round(ratio, 2))
    for share, numbers in figures.get("retrieval", {}).items():
        recall = numbers["recall"]
        met = "met" if recall >= LEAST_RECALL else "missed"
        yield [f"recall@50, filter {share}", f">= {LEAST_RECALL:g}", f"{recall:.3f}", met]
    if "directory" in figures:
        yield _at_most("directory, p95 in ms", MOST_MS, figures["directory"]["all"]["p95"])
    seconds = figures.get("load", {}).get("search server")
    if seconds is not None and figures["experts"] == MILLION:
        yield _at_most("rebuild in s", MOST_REBUILD_S, seconds)


def _smallest(found: Sequence[Numbers], engine: str) -> Numbers | None:
    wanted = [f for f in found if f["experts"] == SMALLEST and "runs" in f]
    own = [f for f in wanted if f["engine"] == engine]
    return next(iter([*own, *wanted]), None)


def _at_most(what: str, aim: float, value: float) -> list[Any]:
    return [what, f"<= {aim:g}", f"{value:g}", "met" if value <= aim else "missed"]
