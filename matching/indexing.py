"""Keeping the index in step with the database: idempotent, and only changed texts are embedded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import structlog
from django.db import connection

from consulting.models import Request
from experts.models import Expert
from matching.adapters import query_of, records_of
from matching.analysis import analyser_version
from matching.embedding import Progress
from matching.engines import Engine, active_engine
from matching.index_context import index_context
from matching.pipeline import current_context
from matching.preparing import prepare_experts, prepare_queries

log = structlog.get_logger(__name__)

BATCH = 100
_NOTE = """
UPDATE matching_expertindex i SET expert_version = r.version, analyser = r.analyser
FROM (SELECT u.id, u.version, %s::text AS analyser
      FROM unnest(%s::bigint[], %s::int[]) AS u(id, version)) r
WHERE i.expert_id = r.id
  AND (i.expert_version, i.analyser) IS DISTINCT FROM (r.version, r.analyser)"""
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
        read = versions_of(batch)  # before the records: a change in between shows as a difference
        documents = prepare_experts(records_of(batch), context.encoders)
        known = {d.expert_id: d.version for d in engine.load(batch)}
        changed = [d for d in documents if known.get(d.expert_id) != d.version]
        engine.upsert(changed, context)
        note_versions(read)
        written += len(changed)
        done += len(batch)
        if progress:
            progress(done, len(kept))
    log.info("experts_indexed", asked=len(wanted), kept=len(kept), written=written)
    return written


def versions_of(ids: Iterable[int]) -> dict[int, int]:
    """Expert id → ``Expert.version`` now."""
    return dict(Expert.objects.filter(pk__in=list(ids)).values_list("pk", "version"))


def note_versions(read: Mapping[int, int]) -> None:
    """Note which state of each expert his document was made from, and by which analysis of words;
    ``index_check`` compares both with the present ones.

    Whoever writes documents without ``index_experts`` calls it too, or the sweep indexes them anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [analyser_version(), list(read), list(read.values())])


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
    """Make every expert's document anew, drop those of experts that are gone, then make what is
    searched anew; returns documents written.

    Needed after a change of encoder, analyser or background; searches go on meanwhile.
    """
    engine = engine or active_engine()
    store = getattr(engine, "store", engine)  # a server outside gets everything at once, at the end
    context = index_context()
    _drop_the_gone(store)
    written = 0
    kept = sorted(Expert.objects.exclude(state__in=NOT_INDEXED).values_list("pk", flat=True))
    for batch in _batches(kept):
        read = versions_of(batch)
        documents = prepare_experts(records_of(batch), context.encoders)
        store.upsert(documents, context)
        note_versions(read)
        written += len(documents)
        if progress:
            progress(written, len(kept))
    engine.rebuild(current_context())
    return written


def _drop_the_gone(store: Engine) -> None:
    kept = set(Expert.objects.exclude(state__in=NOT_INDEXED).values_list("pk", flat=True))
    store.delete([pk for pk in store.versions() if pk not in kept])


def rebuild_searched(progress: Progress | None = None, *, engine: Engine | None = None) -> int:
    """Make only what is searched anew, from the stored documents; returns their number."""
    return (engine or active_engine()).rebuild(current_context(), progress)
