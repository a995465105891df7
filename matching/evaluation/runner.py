"""Scoring every judged pair of a set through the engine, rescoring and fusion of production."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.background_builder import build_background
from matching.background_store import shipped_background
from matching.calibration_store import active_calibration
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders import active_encoders
from matching.engines import Engine, Filters
from matching.engines.base import Context
from matching.evaluation.dataset import JudgedSet
from matching.fusion import fuse, order
from matching.narrowing import depth
from matching.pipeline import score, versions
from matching.preparing import prepare_experts, prepare_queries
from matching.signals import SIGNALS
from matching.signals.dense import usable_pieces_of

POOL_CUT = 20
WHOLE = "fused"
PAIRS = tuple(combinations(SIGNALS, 2))
Floats = NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True)
class RequestScores:
    """One request: judged experts in the order of the file, and the top of the pool per signal.

    values: the whole, each signal and each pair of signals; length: characters of the request;
    tags: how many it has.
    """

    request_id: str
    language: str
    expert_ids: list[str]
    expert_languages: list[str]
    grades: NDArray[np.float64]
    values: dict[str, NDArray[np.float64]]
    pool_top: dict[str, list[str]] = field(default_factory=dict)
    length: int = 0
    tags: int = 0


def score_set(
    judged: JudgedSet, engine: Engine, say: Say
) -> tuple[list[RequestScores], dict[str, Any]]:
    """Index the set, then score each judged request; also returns the versions it rests on.

    The schema in use must be a scratch one.
    """
    encoders = active_encoders()
    say(
        f"{len(judged.experts)} experts, {len(judged.requests)} requests, "
        f"{len(judged.judgments)} judged pairs"
    )
    experts = prepare_experts(judged.experts, encoders, _progress(say, "evidence"))
    queries = prepare_queries(judged.requests, encoders, _progress(say, "requests"))
    for problem in unusable(judged, experts, queries):
        say(problem)
    scoring = Scoring.current()
    background = build_background(
        experts, queries, encoders, scoring, prior=shipped_background(), note="evaluation"
    )
    context = Context(encoders, background, scoring, active_calibration(scoring))
    engine.upsert(experts, context)
    say("indexed")
    return _score_requests(judged, queries, engine, context), versions(engine, context)


def unusable(
    judged: JudgedSet, experts: list[ExpertDocument], queries: list[QueryDocument]
) -> Iterator[str]:
    """Who is scored without some of his evidence, or not by meaning at all, because a model gave
    no usable vector."""
    for expert_id, document in zip(judged.expert_ids, experts, strict=True):
        pieces = len(document.pieces.languages)
        lacking = pieces - int(usable_pieces_of(document).sum())
        if lacking:
            yield f"expert {expert_id}: {lacking} of {pieces} pieces have no usable vector"
    for request_id, query in zip(judged.request_ids, queries, strict=True):
        if query.text and not any(np.isfinite(v).all() for v in query.vectors.values()):
            yield f"request {request_id}: no usable vector, matched by words and tags alone"


def _progress(say: Say, what: str) -> Callable[[int, int], None]:
    return lambda done, total: say(f"embedded {done} of {total} ({what})")


def _score_requests(
    judged: JudgedSet, queries: list[QueryDocument], engine: Engine, context: Context
) -> list[RequestScores]:
    key_of = {expert_id: n for n, expert_id in enumerate(judged.expert_ids, 1)}
    pairs: dict[str, list[tuple[str, float]]] = {}
    for judgment in judged.judgments:
        pairs.setdefault(judgment.request_id, []).append((judgment.expert_id, judgment.grade))
    found = []
    for request_id, query in zip(judged.request_ids, queries, strict=True):
        if request_id in pairs:
            graded = pairs[request_id]
            found.append(_score_request(judged, request_id, query, graded, key_of, engine, context))
    return found


def _score_request(
    judged: JudgedSet,
    request_id: str,
    query: QueryDocument,
    graded: list[tuple[str, float]],
    key_of: dict[str, int],
    engine: Engine,
    context: Context,
) -> RequestScores:
    wanted = [key_of[expert_id] for expert_id, _ in graded]
    most = depth(engine)
    proposed = engine.propose(query, Filters(), most, context).ids
    documents = engine.load(sorted({*proposed, *wanted}))
    scores = score(query, documents, context)
    values = {WHOLE: scores.fused, **scores.signals, **_pairs(scores.signals, context.scoring)}
    row_of = {document.expert_id: row for row, document in enumerate(documents)}
    rows = [row_of[key] for key in wanted]
    pool = [row_of[key] for key in proposed]
    return RequestScores(
        request_id=request_id,
        language=query.language,
        expert_ids=[expert_id for expert_id, _ in graded],
        expert_languages=[documents[row].language for row in rows],
        grades=np.array([grade for _, grade in graded]),
        values={name: column[rows] for name, column in values.items()},
        pool_top={name: _top(judged, documents, pool, column) for name, column in values.items()},
        length=len(query.text),
        tags=len(query.tags),
    )


def _pairs(signals: Mapping[str, Floats], scoring: Scoring) -> dict[str, Floats]:
    """Two signals at a time, with the weights of the whole."""
    return {
        f"{one}+{other}": fuse({one: signals[one], other: signals[other]}, scoring)
        for one, other in PAIRS
    }


def _top(
    judged: JudgedSet,
    documents: list[ExpertDocument],
    pool: list[int],
    column: NDArray[np.float64],
) -> list[str]:
    """Ids of the best POOL_CUT experts of the proposed ones."""
    ids = np.array([documents[row].expert_id for row in pool], np.int64)
    best = order(column[pool], ids)[:POOL_CUT]
    return [judged.expert_ids[int(ids[i]) - 1] for i in best]
