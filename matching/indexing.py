"""Keeping the index in step with the database: idempotent, and only changed texts are embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import structlog

from consulting.models import Request
from experts.models import Expert
from matching.adapters import query_of, records_of
from matching.embedding import Progress
from matching.engines import Engine, active_engine
from matching.index_context import index_context
from matching.pipeline import current_context
from matching.preparing import prepare_experts, prepare_queries

log = structlog.get_logger(__name__)

BATCH = 100
NOT_INDEXED = (Expert.State.DRAFT, Expert.State.WITHDRAWN)


def index_experts(
    ids: Iterable[int], *, engine: Engine | None = None, progress: Progress | None = None
) -> int:
    """Read these experts again and write what changed; returns how many documents were written.

    Experts that are gone, drafts or withdrawn leave the index. Safe to repeat at any time.
    """
    engine = engine or active_engine()
    wanted = sorted(set(ids))
    kept = set(
        Expert.objects.filter(pk__in=wanted)
        .exclude(state__in=NOT_INDEXED)
        .values_list("pk", flat=True)
    )
    engine.delete([i for i in wanted if i not in kept])
    context = index_context()
    written = done = 0
    for batch in _batches(sorted(kept)):
        documents = prepare_experts(records_of(batch), context.encoders)
        known = {d.expert_id: d.version for d in engine.load(batch)}
        changed = [d for d in documents if known.get(d.expert_id) != d.version]
        engine.upsert(changed, context)
        written += len(changed)
        done += len(batch)
        if progress:
            progress(done, len(kept))
    log.info("experts_indexed", asked=len(wanted), kept=len(kept), written=written)
    return written


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, BATCH)):
        yield batch


def remove_experts(ids: Iterable[int], *, engine: Engine | None = None) -> None:
    """Take experts out of the index; unknown ids are no error."""
    (engine or active_engine()).delete(sorted(set(ids)))


def embed_request(request_id: int) -> bool:
    """Compute and keep the vectors of a request, so that a run need not; False when it is gone."""
    request = Request.objects.filter(pk=request_id).first()
    if request is None:
        log.info("request_gone", request_id=request_id)
        return False
    prepare_queries([query_of(request)], current_context().encoders)
    return True


def rebuild_index(progress: Progress | None = None, *, engine: Engine | None = None) -> int:
    """Index every expert and drop documents of experts that are gone; returns documents written.

    Needed after a change of encoder, analyser or background; searches go on meanwhile.
    """
    engine = engine or active_engine()
    everyone = set(Expert.objects.values_list("pk", flat=True))
    gone = [i for i in engine.versions() if i not in everyone]
    engine.delete(gone)
    context = index_context()
    written = done = 0
    kept = sorted(Expert.objects.exclude(state__in=NOT_INDEXED).values_list("pk", flat=True))
    for batch in _batches(kept):
        documents = prepare_experts(records_of(batch), context.encoders)
        engine.upsert(documents, context)
        written += len(documents)
        done += len(batch)
        if progress:
            progress(done, len(kept))
    engine.delete(sorted(everyone - set(kept)))
    return written
