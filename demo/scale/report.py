"""Figures on the terminal and in files: one JSON file per engine and size."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo.scale.measure import Numbers

FORMAT = 1


def read(path: Path) -> Numbers:
    """What was measured before; nothing where there is no such file."""
    if not path.exists():
        return {}
    found: Numbers = json.loads(path.read_text(encoding="utf-8"))
    return found if found.get("format") == FORMAT else {}


def write(path: Path, figures: Numbers) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    text = json.dumps({"format": FORMAT, **figures}, ensure_ascii=False, indent=1)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)


def floors(figures: Numbers, dims: int) -> Numbers:
    """The least that reading every vector once can take, at this machine's measured speed."""
    count, speed = figures["experts"], figures["bandwidth"]["read"] * 1e9
    return {
        f"{count:,} x {dims} {name}": {
            "MB": round(count * dims * size / 1e6, 1),
            "ms": round(count * dims * size / speed * 1_000, 2),
        }
        for name, size in (("float32", 4), ("float16", 2), ("int8", 1))
    }


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table, padded so that it can be read on a terminal too."""
    texts = [list(map(str, head)), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in texts
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def times(numbers: Mapping[str, Any]) -> list[str]:
    """p50, p95 and p99 as cells."""
    return [f"{numbers[name]:g}" if name in numbers else "–" for name in ("p50", "p95", "p99")]


def printed(figures: Numbers) -> str:
    """Everything that was measured at one size, as text."""
    parts = [f"== {figures['engine']}, {figures['experts']:,} experts"]
    rows = [[share, *times(f["together"]), f["candidates"], f["recall"], f["recall of the list"]]
            for share, f in figures.get("retrieval", {}).items()]  # fmt: skip
    if rows:
        head = ["filter", "p50 ms", "p95", "p99", "candidates", "recall@50", "of the list"]
        parts.append("retrieval\n" + table(head, rows))
    if "depths" in figures:
        rows = [[n, *times(f["together"]), f["candidates"], f["recall"],
                 f["recall of the list"]]
                for n, f in figures["depths"].items()]  # fmt: skip
        head = ["at most", "p50 ms", "p95", "p99", "candidates", "recall@50", "of the list"]
        parts.append("more or fewer candidates, no filter\n" + table(head, rows))
    if "runs" in figures:
        parts.append("whole run beyond the encoder, ms\n" + _run_table(figures))
    if "throughput" in figures:
        rows = [[n, f["per_second"], *times(f)] for n, f in figures["throughput"].items()]
        parts.append("whole runs by clients at once\n"
                     + table(["clients", "a second", "p50 ms", "p95", "p99"], rows))  # fmt: skip
    if "directory" in figures:
        rows = [[name, *times(f)] for name, f in figures["directory"].items()]
        parts.append("directory search with facets\n"
                     + table(["viewer", "p50 ms", "p95", "p99"], rows))  # fmt: skip
    parts += _beside(figures)
    for name in ("load", "memory", "disk", "bandwidth", "floors"):
        if name in figures:
            parts.append(f"{name}: {json.dumps(figures[name], ensure_ascii=False)}")
    return "\n\n".join(parts)


def _run_table(figures: Numbers) -> str:
    names = [name for name in ("whole", "first") if name in figures["runs"]]
    rows = [[name, *times(figures["runs"][name])] for name in names]
    rows += [[name, *times(f)] for name, f in figures["runs"]["parts"].items()]
    return table(["part", "p50", "p95", "p99"], rows)


def _beside(figures: Numbers) -> list[str]:
    """Alternatives with their ratio to our retrieval: above 1 they are slower."""
    rows = []
    for name, found in figures.get("alternatives", {}).items():
        for share, ours in figures.get("retrieval", {}).items():
            theirs = found[share]
            ratio = theirs["p50"] / max(ours["together"]["p50"], 0.01)
            rows.append([name, share, *times(theirs), theirs["recall"], f"{ratio:.2f}"])
    head = ["alternative", "filter", "p50 ms", "p95", "p99", "recall@50", "p50 / ours"]
    return ["side by side\n" + table(head, rows)] if rows else []
