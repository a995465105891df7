"""docs/performance.md from the files of figures: only sizes that were run, nothing in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from demo.scale import aims, plot, report
from demo.scale.measure import Numbers
from demo.scale.report import table

PICTURE = "performance.svg"
PAGE = "performance.md"
HERE = Path(__file__).with_name("page.txt")


def write(folder: Path, docs: Path) -> list[Path]:
    """Write the page and its picture; returns their paths."""
    found = collected(folder)
    if not found:
        raise FileNotFoundError(f"no figures in {folder}")
    picture, page = docs / PICTURE, docs / PAGE
    picture.write_text(plot.drawn(_lines(found), aims.MOST_MS), encoding="utf-8")
    page.write_text(_page(found), encoding="utf-8")
    return [page, picture]


def collected(folder: Path) -> list[Numbers]:
    """All files of figures, by engine and size."""
    found = [report.read(path) for path in sorted(folder.glob("*-*.json"))]
    return sorted(
        (f for f in found if "machine" in f),
        key=lambda f: (f["engine"] != "postgres", f["experts"]),
    )


def _page(found: Sequence[Numbers]) -> str:
    intro, _, outro = HERE.read_text(encoding="utf-8").partition("<!-- figures -->\n")
    return intro + "\n".join([*_sections(found), ""]) + outro


def _sections(found: Sequence[Numbers]) -> Iterator[str]:
    yield from _machine(next((f for f in found if f.get("server")), found[0]))
    yield f"![p95 against the number of experts]({PICTURE})\n"
    for title, note, rows in (
        ("Against the aims", "the largest size of each engine", _aims),
        ("Whole run beyond the encoder", "milliseconds; parts are medians; *first* is the first run"
         " of each request, which finds pages that nobody has read since the servers started",
         _runs),
        ("Retrieval", "milliseconds for candidates and their documents; recall is the share of the"
         " exact 50 best that are among the candidates", _retrieval),
        ("More or fewer candidates", "without a filter", _depths),
        ("Whole runs a second", "by so many clients at once, with the p95 of one run", _throughput),
        ("Directory search with facets", "milliseconds, all viewers", _directory),
        ("Side by side", "the same data in the same session; recall against the same exact list",
         _alternatives),
        ("Loading, memory and disk", "", _load),
        ("Floors", "reading every vector once at the measured speed of one thread", _floors),
    ):  # fmt: skip
        text = rows(found)
        if text:
            yield (
                f"## {title}\n" + (f"{note[0].upper()}{note[1:]}.\n" if note else "") + "\n" + text
            )
            yield ""


def _machine(figures: Numbers) -> Iterator[str]:
    facts, server = figures["machine"], figures.get("server", {})
    words = [
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB",
        f"Python {facts['python']}, numpy {facts['numpy']}",
        f"PostgreSQL {facts['postgresql']} with pgvector {facts['pgvector']}",
    ]
    if server:
        words.append(
            f"Elasticsearch {server['elasticsearch']}, {server['nodes']} node, heap"
            f" {server['heap_mib']} MiB, Java {server['java']}"
        )
    speed = figures["bandwidth"]
    words.append(f"memory read at {speed['read']:.1f} GB/s and copied at {speed['copy']:.1f} GB/s")
    yield f"Measured on {'; '.join(words)}; seed {figures['seed']}; {figures['at'][:10]}.\n"


def _each(
    found: Sequence[Numbers], name: str, rows: Callable[[Numbers], list[list[Any]]]
) -> list[list[Any]]:
    """Rows of every file that has the section, with engine and size in front."""
    return [
        [figures["engine"], f"{figures['experts']:,}", *row]
        for figures in found
        if name in figures
        for row in rows(figures)
    ]


def _aims(found: Sequence[Numbers]) -> str:
    rows = aims.rows(found)
    return table(aims.HEAD, rows) if rows else ""


def _runs(found: Sequence[Numbers]) -> str:
    parts = ("eligibility", "retrieve", "score", "explain", "check", "store")
    rows = _each(
        found,
        "runs",
        lambda f: [
            [
                f["runs"].get("eligible", "–"),
                *report.times(f["runs"]["whole"]),
                f["runs"]["first"]["p50"],
                f["runs"]["first"]["p95"],
                *(f["runs"]["parts"].get(name, {}).get("p50", "–") for name in parts),
            ]
        ],
    )
    head = ["engine", "experts", "eligible", "p50", "p95", "p99", "first p50", "p95", *parts]
    return table(head, rows) if rows else ""


def _retrieval(found: Sequence[Numbers]) -> str:
    rows = _each(
        found,
        "retrieval",
        lambda f: [
            [
                share,
                *report.times(r["together"]),
                r["candidates"],
                f"{r['recall']:.3f}",
            ]
            for share, r in f["retrieval"].items()
        ],
    )
    head = ["engine", "experts", "filter", "p50", "p95", "p99", "candidates", "recall@50"]
    return table(head, rows) if rows else ""


def _depths(found: Sequence[Numbers]) -> str:
    rows = _each(
        found,
        "depths",
        lambda f: [
            [depth, r["candidates"], *report.times(r["together"]), f"{r['recall']:.3f}"]
            for depth, r in f["depths"].items()
        ],
    )
    head = ["engine", "experts", "at most", "candidates", "p50", "p95", "p99", "recall@50"]
    return table(head, rows) if rows else ""


def _throughput(found: Sequence[Numbers]) -> str:
    clients = sorted({n for f in found for n in f.get("throughput", ())}, key=int)
    rows = _each(
        found,
        "throughput",
        lambda f: [[_together(f["throughput"].get(number)) for number in clients]],
    )
    return table(["engine", "experts", *(f"{n} clients" for n in clients)], rows) if rows else ""


def _together(numbers: Numbers | None) -> str:
    return f"{numbers['per_second']:g} ({numbers['p95']:g} ms)" if numbers else "–"


def _directory(found: Sequence[Numbers]) -> str:
    rows = _each(
        found,
        "directory",
        lambda f: [
            [
                *report.times(f["directory"]["all"]),
                *report.times(f["directory"].get("asked anew", {})),
            ]
        ],
    )
    head = ["engine", "experts", "p50", "p95", "p99", "asked anew p50", "p95", "p99"]
    return table(head, rows) if rows else ""


def _alternatives(found: Sequence[Numbers]) -> str:
    def rows(figures: Numbers) -> list[list[Any]]:
        ours = figures["retrieval"]
        lines = [
            ["this product", s, *report.times(ours[s]["together"]), f"{ours[s]['recall']:.3f}", "1"]
            for s in ours
        ]
        for name, theirs in figures["alternatives"].items():
            kind = theirs.get("vector index")
            shown = f"{name} ({kind})" if kind else name
            for share in ours:
                ratio = theirs[share]["p50"] / max(ours[share]["together"]["p50"], 0.01)
                lines.append([shown, share, *report.times(theirs[share]),
                              f"{theirs[share]['recall']:.3f}", f"{ratio:.2f}"])  # fmt: skip
        return lines

    head = ["engine", "experts", "way", "filter", "p50", "p95", "p99", "recall@50", "p50 / ours"]
    found_rows = _each([f for f in found if "retrieval" in f], "alternatives", rows)
    return table(head, found_rows) if found_rows else ""


def _load(found: Sequence[Numbers]) -> str:
    def row(figures: Numbers) -> list[list[Any]]:
        load, memory = figures["load"], figures.get("memory", {})
        disk = figures.get("disk", {})
        return [
            [
                *(f"{load[name]:g}" if name in load else "–"
                  for name in ("profiles", "index", "search server", "directory")),
                *(f"{memory[name]:g}" if name in memory else "–"
                  for name in ("python", "postgres", "search server")),
                *(f"{disk[name]:g}" if name in disk else "–"
                  for name in ("database", "search server")),
            ]
        ]  # fmt: skip

    head = ["engine", "experts", "profiles s", "index s", "search server s", "its directory s",
            "Python MiB", "PostgreSQL MiB", "search server MiB", "database MiB on disk",
            "search server MiB on disk"]  # fmt: skip
    rows = _each(found, "load", row)
    return table(head, rows) if rows else ""


def _floors(found: Sequence[Numbers]) -> str:
    seen = {name: f for figures in found for name, f in figures.get("floors", {}).items()}
    return table(["vectors", "MB", "ms"], [[n, f["MB"], f["ms"]] for n, f in seen.items()])


def _lines(found: Sequence[Numbers]) -> dict[str, list[tuple[float, float]]]:
    """Lines of the picture: p95 of runs and of the directory by engine."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for figures in found:
        size, engine = figures["experts"], figures["engine"]
        points = {
            f"whole run, {engine}": figures.get("runs", {}).get("whole", {}),
            f"retrieval, {engine}": figures.get("retrieval", {})
            .get("100 %", {})
            .get("together", {}),
            f"directory, {engine}": figures.get("directory", {}).get("all", {}),
        }
        for name, numbers in points.items():
            if "p95" in numbers:
                lines.setdefault(name, []).append((size, numbers["p95"]))
    return lines
