"""What must be indexed again: rows first, worked off in batches, swept until done.

Rows of kind ``search`` are written by an engine with a server of its own, in the transaction of the
document that the server must hear of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common.work import start_on_commit
from matching.conf import setting
from matching.engines import active_engine
from matching.models import IndexJob

log = structlog.get_logger(__name__)
Kind = IndexJob.Kind
#: most experts that a run indexes by itself
CATCH_UP = 10
#: changes of which the search server is told in one go
SENT_AT_ONCE = 500


class Job(NamedTuple):
    """A waiting row: its key, what it is about, and how often that was wanted."""

    row: int
    kind: str
    object_id: int
    wanted: int


def want(kind: str, ids: Iterable[int]) -> int:
    """Note that these objects changed and start one job for all of them. Returns how many."""
    from matching import tasks

    now = timezone.now()
    rows = [IndexJob(kind=kind, object_id=pk, due_at=now) for pk in sorted(set(ids))]
    if not rows:
        return 0
    with transaction.atomic():
        keys = [row.object_id for row in rows]
        waiting = IndexJob.objects.filter(kind=kind, object_id__in=keys)
        # rows are locked in one order, so two batches never wait for each other
        known = set(waiting.select_for_update().order_by("id").values_list("object_id", flat=True))
        waiting.update(wanted=F("wanted") + 1, due_at=now, attempts=0, error="")
        fresh = [row for row in rows if row.object_id not in known]
        IndexJob.objects.bulk_create(
            fresh,
            update_conflicts=True,
            unique_fields=["kind", "object_id"],
            update_fields=["due_at", "error"],
        )
        start_on_commit(tasks.index_due)
    return len(rows)


def due(kind: str | None = None, most: int | None = None) -> list[Job]:
    """A batch of waiting rows."""
    rows = IndexJob.objects.filter(due_at__lte=timezone.now())
    rows = rows.filter(kind=kind) if kind else rows.exclude(kind=Kind.SEARCH)
    columns = ("pk", "kind", "object_id", "wanted")
    rows = rows.order_by("due_at", "id")[: most or setting("MATCHING_INDEX_BATCH")]
    return [Job(*row) for row in rows.values_list(*columns)]


def work_off(kind: str | None = None) -> int:
    """Index one batch. Doing it twice, or in two workers at once, gives the same index.

    A row leaves only when nothing was wanted since it was read; a failure postpones its kind.
    """
    batch = due(kind)
    return sum(_work_off(each, batch) for each in (Kind.EXPERT, Kind.REQUEST, Kind.DIRECTORY))


def _work_off(kind: str, batch: list[Job]) -> int:
    mine = [job for job in batch if job.kind == kind]
    if not mine:
        return 0
    try:
        _index(kind, [job.object_id for job in mine])
    except Exception as error:
        log.warning("index.postponed", jobs=len(mine), error=type(error).__name__)
        _postpone(mine, type(error).__name__)
        return 0
    done = Q(pk=None)
    for job in mine:
        done |= Q(pk=job.row, wanted=job.wanted)
    IndexJob.objects.filter(done).delete()
    return len(mine)


def _index(kind: str, ids: list[int]) -> None:
    from matching import directory, indexing

    if kind == Kind.EXPERT:
        indexing.index_experts(ids)
    elif kind == Kind.DIRECTORY:
        directory.sync(ids)
    else:
        for pk in ids:
            indexing.embed_request(pk)


def _postpone(batch: list[Job], error: str) -> None:
    pause = setting("MATCHING_INDEX_PAUSE")
    for row in IndexJob.objects.filter(pk__in=[job.row for job in batch]):
        row.attempts += 1
        row.error = error
        row.due_at = timezone.now() + timedelta(seconds=min(pause * 2 ** (row.attempts - 1), 3_600))
        row.save(update_fields=["attempts", "error", "due_at"])


def send_waiting(most: int = SENT_AT_ONCE) -> int:
    """Tell the search server of a batch of noted changes; the engine keeps what fails."""
    from matching.pipeline import current_context

    wishes = {job.object_id: job.wanted for job in due(Kind.SEARCH, most)}
    if not wishes:
        return 0
    try:
        return active_engine().catch_up(wishes, current_context())
    except Exception as error:
        log.warning("index.server_waits", jobs=len(wishes), error=type(error).__name__)
        return 0


def work_off_all(batches: int = 20) -> int:
    """Batches until nothing is due; a long backlog is left to the next sweep."""
    total = 0
    for _ in range(batches):
        done = work_off() + send_waiting()
        if not done:
            break
        total += done
    return total


def catch_up() -> int:
    """Index the few experts that changed just now, so that a run sees every committed change.

    A backlog, as after a bulk load, is left to the background.
    """
    mine = IndexJob.objects.filter(kind__in=(Kind.EXPERT, Kind.SEARCH))
    if not mine.filter(due_at__lte=timezone.now()).exists():
        return 0
    done = work_off(Kind.EXPERT) if _few(Kind.EXPERT) else 0
    return done + (send_waiting() if _few(Kind.SEARCH) else 0)


def _few(kind: str) -> bool:
    waiting = IndexJob.objects.filter(kind=kind, due_at__lte=timezone.now(), attempts=0)
    return len(waiting[: CATCH_UP + 1]) <= CATCH_UP
