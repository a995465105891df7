"""The search for experts: encode → retrieve → score → explain.

``rank`` is what the rest of the product calls. The engine proposes candidates with the filters
inside the search; of many candidates the most promising are told by a first look
(``narrowing``); those are then scored exactly, in one place, with all pieces of evidence, so that
each engine gives the same list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.analysis import analyser_version
from matching.background_store import active_background
from matching.calibration_store import active_calibration
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders import encoders_in_use
from matching.engines import Engine, Filters, active_engine
from matching.engines.base import Context
from matching.evidence import RequestQuery
from matching.explain import best_evidence, matched_tags
from matching.fusion import contributions, fuse, order
from matching.narrowing import depth, narrowed
from matching.preparing import prepare_queries
from matching.results import RankedResult, ScoredExpert
from matching.signals import Measure, dense_signal, lexical_signal, tags_signal

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Signals and fused value of a batch of experts, one entry each, in the batch's order."""

    signals: dict[str, Floats]
    fused: Floats
    best_piece: NDArray[np.int64]


def current_context() -> Context:
    """Encoders, background and numbers of the score as this installation uses them now."""
    encoders = encoders_in_use()
    scoring = Scoring.current()
    return Context(encoders, active_background(encoders), scoring, active_calibration(scoring))


def rank(
    query: RequestQuery,
    filters: Filters | None = None,
    limit: int | None = 20,
    must_include: Collection[int] = (),
    *,
    engine: Engine | None = None,
    context: Context | None = None,
    candidates: int | None = None,
) -> RankedResult:
    """The best experts for a request, best first, with scores and explanations.

    must_include: experts to score whether proposed or not, also outside the filters; they are in
        the result even when they stand below ``limit`` (with their rank among all scored).
    limit: how many to return; None for all that were scored.
    """
    context = context or current_context()
    engine = engine or active_engine()
    timings: dict[str, float] = {}
    with _timed(timings, "encode"):
        document = prepare_queries([query], context.encoders)[0]
    return rank_prepared(
        document,
        filters or Filters(),
        limit,
        must_include,
        engine,
        context,
        candidates,
        timings,
    )


def rank_prepared(
    query: QueryDocument,
    filters: Filters,
    limit: int | None,
    must_include: Collection[int],
    engine: Engine,
    context: Context,
    candidates: int | None = None,
    timings: dict[str, float] | None = None,
) -> RankedResult:
    """``rank`` for a request that is already prepared."""
    timings = {} if timings is None else timings
    with _timed(timings, "retrieve"):
        proposal = engine.propose(query, filters, candidates or depth(engine), context)
        chosen = narrowed(query, proposal.ids, engine, context, limit)
        documents = engine.load(sorted({*chosen, *must_include}))
    with _timed(timings, "score"):
        scores = score(query, documents, context)
        ids = np.array([d.expert_id for d in documents], np.int64)
        places = order(scores.fused, ids)
    with _timed(timings, "explain"):
        wanted = set(must_include)
        listed = [
            _scored(query, documents[i], place, i, scores, context)
            for place, i in enumerate(places.tolist(), 1)
            if limit is None or place <= limit or documents[i].expert_id in wanted
        ]
    return RankedResult(listed, timings, {**versions(engine, context), **proposal.notes})


def score(query: QueryDocument, documents: Sequence[ExpertDocument], context: Context) -> Scores:
    """Exact signals and fused values: the one place where experts are scored."""
    measure = Measure(context.encoders, context.background, context.scoring)
    dense, detail = dense_signal(query, documents, measure)
    signals = {
        "dense": dense,
        "lexical": lexical_signal(query, documents, measure),
        "tags": tags_signal(query, documents, context.background),
    }
    return Scores(signals, fuse(signals, context.scoring), detail.best_piece)


def _scored(
    query: QueryDocument,
    document: ExpertDocument,
    place: int,
    row: int,
    scores: Scores,
    context: Context,
) -> ScoredExpert:
    signals = {name: float(values[row]) for name, values in scores.signals.items()}
    parts = contributions(signals, context.scoring)
    fused = float(scores.fused[row])
    return ScoredExpert(
        expert_id=document.expert_id,
        rank=place,
        score=sum(parts.values()),
        fused=fused,
        contributions=parts,
        signals=signals,
        matched_tags=matched_tags(query, document),
        evidence=best_evidence(query, document, int(scores.best_piece[row]), context.background),
        chance=context.calibration.chance(fused) if context.calibration else None,
    )


def versions(engine: Engine, context: Context) -> dict[str, Any]:
    """What a result rests on; the same versions and rows give the same list."""
    return {
        "encoders": {e.name: e.fingerprint for e in context.encoders},
        "background": context.background.version,
        "scoring": asdict(context.scoring),
        "calibration": context.calibration.version if context.calibration else "",
        "analyser": analyser_version(),
        "engine": engine.name,
    }


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[name] = (perf_counter() - start) * 1_000
