"""Judged pairs to learn from: decided shortlists and judged sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matching.evaluation.dataset import JudgedSet, read_set
from matching.evaluation.runner import RequestScores, score_set
from matching.evaluation.scratch import scratch_schema
from matching.learning.pairs import Pair, Source, pairs_of
from matching.learning.positions import attention
from matching.pipeline import current_context
from matching.selectors.judged import decided_lists
from matching.services.learning import Material

Say = Callable[[str], None]


def gather(judged: Path | None, from_use: bool, say: Say) -> Material:
    """Pairs of a judged folder, of decided shortlists, or of both; raises MalformedSetError."""
    pairs: list[Pair] = []
    eta: float | None = None
    if judged is not None:
        pairs += pairs_of_set(read_set(judged), say)
    if from_use:
        lists = decided_lists(context=current_context())
        eta = attention(lists)
        found = [pair for listed in lists for pair in pairs_of(listed)]
        say(f"{len(lists)} decided requests, {len(found)} judged pairs")
        pairs += found
    return Material(pairs, judged.name if judged else "", eta)


def pairs_of_set(judged: JudgedSet, say: Say) -> list[Pair]:
    """Every judgement of a set with its signals, computed in a schema of its own."""
    from matching.engines.postgres import PostgresEngine

    with scratch_schema():
        scored, _versions = score_set(judged, PostgresEngine(), say)
    return [pair for request in scored for pair in _pairs(request)]


def _pairs(request: RequestScores) -> list[Pair]:
    def signals(row: int) -> dict[str, Any]:
        return {name: float(values[row]) for name, values in request.values.items()}

    return [
        Pair(
            request=f"set {request.request_id}",
            expert=expert_id,
            grade=float(request.grades[row]),
            source=Source.JUDGED,
            weight=1.0,
            signals=signals(row),
            language=request.language,
        )
        for row, expert_id in enumerate(request.expert_ids)
    ]
