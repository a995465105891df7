"""A new index beside the one that is searched, filled from PostgreSQL, then switched to at once.

While it is filled, changes go to both indices. Every document carries its sequence number as
version, so whichever write comes late never replaces a newer one. Nothing is embedded.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import structlog

from common.alone import alone
from matching.embedding import Progress
from matching.engines import pending
from matching.engines.base import Context
from matching.engines.elasticsearch import layout
from matching.engines.elasticsearch.documents import stream
from matching.engines.elasticsearch.errors import SearchClusterError
from matching.engines.elasticsearch.indices import Indices
from matching.engines.elasticsearch.writing import Outcome, entries, send
from matching.models.index import ExpertIndex

log = structlog.get_logger(__name__)
BATCH = 1_000  # experts of one bulk request, about 8 MB
UNDER_WAY = 2  # requests that wait for the server while the next one is made ready
LOCK = 7_420_153  # any constant: one rebuild at a time
TRIES = 5  # of one batch, while shards look for a living copy
SOME_REFUSED = 5  # documents of one batch that the server may refuse


def rebuild(indices: Indices, context: Context, progress: Progress | None = None) -> int:
    """Fill a new index, switch to it, drop the others. Returns the number of documents.

    Searches are answered by the old index until the switch. When anything fails the new index is
    dropped and the old one stays. Raises SearchClusterError, also while another rebuild runs.
    """
    mark = layout.fingerprint(context)
    total = ExpertIndex.objects.count()
    with alone(LOCK) as mine:
        if not mine:
            raise SearchClusterError("refused", "another rebuild is running")
        moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
        leftovers = _unfinished(indices, mark)
        wishes = pending.everything()  # their states are committed, so the filling includes them
        name = indices.create(context, mark, moment, total)
        try:
            written = _fill(indices, name, context, total, progress)
            _packed(indices, name)
            indices.settle(name)
            obsolete = indices.switch(name, mark)
        except BaseException:
            indices.drop([name])
            raise
        pending.done(wishes)
        indices.drop(sorted({*obsolete, *leftovers}))
    log.info("index.rebuilt", index=name, documents=written)
    return written


def _unfinished(indices: Indices, mark: str) -> list[str]:
    """Indices of a rebuild that was killed: they take changes, but nobody searches them."""
    present = indices.present(mark)
    return [name for name in present.writable if name != present.searched]


def _fill(
    indices: Indices, name: str, context: Context, total: int, progress: Progress | None
) -> int:
    """Stream everyone into the index; the server works on one batch while the next is read."""
    read = written = 0
    under_way: list[tuple[Future[Outcome], int]] = []

    def finish(most: int) -> int:
        done = 0
        while len(under_way) > most:
            future, sent = under_way.pop(0)
            done += _accept(future.result(), sent)
        return done

    with ThreadPoolExecutor(UNDER_WAY) as pool:
        for batch in stream(context, BATCH):
            lines = entries(batch, [name], context)
            written += finish(UNDER_WAY - 1)
            under_way.append((pool.submit(_send, indices, name, lines), len(batch)))
            read += len(batch)
            if progress:
                progress(read, max(total, read))
        return written + finish(0)


def _packed(indices: Indices, name: str) -> None:
    """Searches are quicker in a packed index, and right in any other."""
    try:
        indices.pack(name)
    except SearchClusterError as error:
        log.warning("index.not_packed", index=name, reason=error.code, detail=error.detail)


def _send(indices: Indices, name: str, lines: list[bytes]) -> Outcome:
    """Also over a short failure, such as a node that leaves: repeating a batch changes nothing."""
    for left in reversed(range(TRIES)):
        try:
            outcome = send(indices.client, lines, refresh=False)
            if not outcome.failed or not left:
                return outcome
            log.warning("index.batch_again", failed=len(outcome.failed))
            indices.wait(name)
        except SearchClusterError as error:
            if not left or error.code not in {"unreachable", "timeout", "refused", "partial"}:
                raise
            log.warning("index.batch_again", reason=error.code, detail=error.detail)
    raise AssertionError("unreachable")


def _accept(outcome: Outcome, sent: int) -> int:
    """How many were written. A few refused documents are noted and tried again later; many mean
    that something else is wrong: raises SearchClusterError."""
    failed = outcome.failed
    if not failed:
        return sent
    kinds = ", ".join(sorted(set(failed.values())))[:200]
    if len(failed) > max(SOME_REFUSED, sent // 100):
        raise SearchClusterError("refused", f"{len(failed)}: {kinds}")
    log.warning("index.partly_refused", failed=len(failed), of=sent, kinds=kinds)
    pending.note(failed)
    pending.postpone(failed)
    return sent - len(failed)
