"""Figures of an evaluation: table for people, JSON for programs, scores for other tools."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from matching.calibration import Calibration
from matching.evaluation.cases import CASES, in_case
from matching.evaluation.chances import Chances
from matching.evaluation.metrics import (
    SUITABLE,
    Estimate,
    best_on_top,
    mean_estimate,
    ndcg,
    pair_losses,
    ratio_estimate,
    recall,
    reciprocal_rank,
)
from matching.evaluation.runner import PAIRS, POOL_CUT, WHOLE, RequestScores
from matching.signals import SIGNALS

COLUMNS = (WHOLE, *SIGNALS)
MIXED = (WHOLE, *(f"{one}+{other}" for one, other in PAIRS))
ALL = (*COLUMNS, *MIXED[1:])
NAMES = (
    "ndcg@5",
    "ndcg@10",
    "p@1",
    "mrr",
    f"recall@{POOL_CUT}",
    "pair_loss",
    "ndcg@10 own language",
    "ndcg@10 other language",
)


def measure(requests: list[RequestScores]) -> dict[str, dict[str, Estimate]]:
    """Metric → estimate, for the whole matcher, each signal alone and each two of them."""
    return {column: _column(requests, column) for column in ALL}


def by_case(requests: list[RequestScores]) -> dict[str, dict[str, dict[str, Estimate]]]:
    """Hard case → column → metric → estimate; cases that no request is are left out."""
    least = suitable_from(requests)
    found = {}
    for name in CASES:
        chosen = in_case(name, requests, least)
        if chosen:
            found[name] = {
                column: {
                    "ndcg@10": mean_estimate(
                        [ndcg(r.values[column], r.grades, 10) for r in chosen]
                    ),
                    "pair_loss": ratio_estimate(_expert_losses(chosen, column)),
                }
                for column in ALL
            }
    return found


def _column(requests: list[RequestScores], column: str) -> dict[str, Estimate]:
    least = suitable_from(requests)
    own, other = _by_language(requests, column, least)
    rows = [(r.values[column], r.grades) for r in requests]
    estimates = [
        mean_estimate([ndcg(s, g, 5) for s, g in rows]),
        mean_estimate([ndcg(s, g, 10) for s, g in rows]),
        mean_estimate([best_on_top(s, g) for s, g in rows]),
        mean_estimate([reciprocal_rank(s, g, least) for s, g in rows]),
        mean_estimate([recall(_codes(r.pool_top[column]), _suitable(r, least)) for r in requests]),
        ratio_estimate(_expert_losses(requests, column)),
        mean_estimate(own),
        mean_estimate(other),
    ]
    return dict(zip(NAMES, estimates, strict=True))


def suitable_from(requests: list[RequestScores]) -> float:
    """Grade from which a person counts as suitable: 2, or anything above 0 in a set without it."""
    highest = max((float(r.grades.max()) for r in requests), default=0.0)
    return SUITABLE if highest >= SUITABLE else float(np.nextafter(0, 1))


def _codes(ids: list[str]) -> list[int]:
    return [hash(expert_id) for expert_id in ids]


def _suitable(request: RequestScores, least: float) -> set[int]:
    pairs = zip(request.expert_ids, request.grades, strict=True)
    return {hash(expert_id) for expert_id, grade in pairs if grade >= least}


def _expert_losses(requests: list[RequestScores], column: str) -> list[tuple[float, float]]:
    """Per expert over his requests: weight of wrongly ordered pairs, weight of all."""
    by_expert: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for request in requests:
        triples = zip(request.expert_ids, request.values[column], request.grades, strict=True)
        for expert_id, value, grade in triples:
            by_expert[expert_id].append((float(value), float(grade)))
    return [
        pair_losses(np.array([v for v, _ in pairs]), np.array([g for _, g in pairs]))
        for pairs in by_expert.values()
    ]


def _by_language(
    requests: list[RequestScores], column: str, least: float = SUITABLE
) -> tuple[list[float], list[float]]:
    """nDCG@10 within each request's experts of its own and of the other language.

    Only requests that have a suitable expert of the other language count, on both sides.
    """
    own, other = [], []
    for request in requests:
        foreign = np.array([lang != request.language for lang in request.expert_languages])
        if not foreign.any() or request.grades[foreign].max() < least:
            continue
        values, grades = request.values[column], request.grades
        other.append(ndcg(values[foreign], grades[foreign], 10))
        own.append(ndcg(values[~foreign], grades[~foreign], 10) if (~foreign).any() else math.nan)
    return own, other


def parts(
    results: list[RequestScores], figures: dict[str, dict[str, Estimate]], chances: Chances
) -> list[str]:
    """The report for people, part by part: signals, pairs of signals, cases, chances."""
    tables = [table(figures, MIXED), case_table(by_case(results)), chance_lines(chances)]
    return [table(figures), *("\n" + text for text in tables)]


def table(figures: dict[str, dict[str, Estimate]], columns: Sequence[str] = COLUMNS) -> str:
    """Plain-text table: one row per metric, one column for the whole and for each signal."""
    lines = [f"{'':24}" + "".join(f"{name:>24}" for name in columns)]
    for name in NAMES:
        cells = "".join(f"{_cell(figures[column][name]):>24}" for column in columns)
        lines.append(f"{name:24}{cells}")
    return "\n".join(lines)


def case_table(cases: dict[str, dict[str, dict[str, Estimate]]]) -> str:
    """Plain-text table of nDCG@10: one row per hard case."""
    lines = [f"{'ndcg@10 by case':36}{'requests':>10}" + "".join(f"{n:>24}" for n in COLUMNS)]
    for name, columns in cases.items():
        estimates = [columns[column]["ndcg@10"] for column in COLUMNS]
        cells = "".join(f"{_cell(estimate):>24}" for estimate in estimates)
        lines.append(f"{name:36}{estimates[0].count:>10}{cells}")
    return "\n".join(lines)


def chance_lines(chances: Chances) -> str:
    """What the calibration is worth here, in one or two lines."""
    learned, lines = chances.learned, []
    if learned is None:
        lines.append(f"calibration: none ({chances.reason})")
    else:
        lines.append(
            f"calibration learned here ({learned.shape}, cross-validated): "
            f"error {learned.error:.3f}, Brier {learned.brier:.3f}, "
            f"{learned.suitable} of {learned.pairs} pairs suitable"
        )
    if chances.error is not None and chances.brier is not None:
        lines.append(
            f"calibration in use ({chances.version}): "
            f"error {chances.error:.3f}, Brier {chances.brier:.3f}"
        )
    return "\n".join(lines)


def _cell(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return "-"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def write_scores(path: Path, requests: list[RequestScores]) -> None:
    """One line per judged pair: ids, fused value at full precision, one column per signal."""
    lines = ["\t".join(("request_id", "expert_id", "score", *SIGNALS))]
    for request in requests:
        for row, expert_id in enumerate(request.expert_ids):
            values = [repr(float(request.values[column][row])) for column in COLUMNS]
            lines.append("\t".join((request.request_id, expert_id, *values)))
    _replace(path, "\n".join(lines) + "\n")


def write_json(
    path: Path,
    figures: dict[str, dict[str, Estimate]],
    requests: list[RequestScores],
    versions: dict[str, Any],
    chances: Chances,
) -> None:
    """All figures, the values per request, and what they rest on; no value is NaN, but null."""
    content = {
        "metrics": {
            column: {name: asdict(estimate) for name, estimate in metrics.items()}
            for column, metrics in figures.items()
        },
        "requests": {
            r.request_id: {column: ndcg(r.values[column], r.grades, 10) for column in ALL}
            for r in requests
        },
        "cases": {
            name: {
                column: {metric: asdict(estimate) for metric, estimate in metrics.items()}
                for column, metrics in columns.items()
            }
            for name, columns in by_case(requests).items()
        },
        "calibration": _calibration(chances),
        "versions": versions,
    }
    _replace(path, json.dumps(_plain(content), ensure_ascii=False, indent=2) + "\n")


def write_calibration(path: Path, learned: Calibration) -> None:
    """A calibration as ``resources/calibration.json`` holds it."""
    content = _plain(learned.as_json())
    _replace(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _calibration(chances: Chances) -> dict[str, Any]:
    """learned: the curve of this set and its error; in_use: the error of the one in use."""
    return {
        "learned": chances.learned.as_json() if chances.learned else None,
        "reason": chances.reason,
        "in_use": {
            "version": chances.version,
            "error": chances.error,
            "brier": chances.brier,
            "curve": [list(point) for point in chances.curve],
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _replace(path: Path, text: str) -> None:
    """Write beside and rename: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
