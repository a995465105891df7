"""What must be embedded again: rows first, worked off in batches, swept until done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common.work import start_on_commit
from matching.conf import setting
from matching.models import IndexJob

log = structlog.get_logger(__name__)
Kind = IndexJob.Kind
#: most experts that a run indexes by itself
CATCH_UP = 10


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


def due(kind: str | None = None) -> list[tuple[int, str, int, int]]:
    """A batch of waiting rows: (row, kind, object, wanted)."""
    rows = IndexJob.objects.filter(due_at__lte=timezone.now())
    if kind:
        rows = rows.filter(kind=kind)
    columns = ("pk", "kind", "object_id", "wanted")
    return list(
        rows.order_by("due_at", "id").values_list(*columns)[: setting("MATCHING_INDEX_BATCH")]
    )


def work_off(kind: str | None = None) -> int:
    """Index one batch. Doing it twice, or in two workers at once, gives the same index.

    A row leaves only when nothing was wanted since it was read; a failure postpones the batch.
    """
    batch = due(kind)
    if not batch:
        return 0
    try:
        for each in (Kind.EXPERT, Kind.REQUEST):
            ids = [pk for _, k, pk, _ in batch if k == each]
            if ids:
                _index(each, ids)
    except Exception as error:
        log.warning("index.postponed", jobs=len(batch), error=type(error).__name__)
        _postpone(batch, type(error).__name__)
        return 0
    done = Q(pk=None)
    for row, _, _, wanted in batch:
        done |= Q(pk=row, wanted=wanted)
    IndexJob.objects.filter(done).delete()
    return len(batch)


def _index(kind: str, ids: list[int]) -> None:
    from matching import indexing

    if kind == Kind.EXPERT:
        indexing.index_experts(ids)
    else:
        for pk in ids:
            indexing.embed_request(pk)


def _postpone(batch: list[tuple[int, str, int, int]], error: str) -> None:
    pause = setting("MATCHING_INDEX_PAUSE")
    for row in IndexJob.objects.filter(pk__in=[job[0] for job in batch]):
        row.attempts += 1
        row.error = error
        row.due_at = timezone.now() + timedelta(seconds=min(pause * 2 ** (row.attempts - 1), 3_600))
        row.save(update_fields=["attempts", "error", "due_at"])


def work_off_all(batches: int = 20) -> int:
    """Batches until nothing is due; a long backlog is left to the next sweep."""
    total = 0
    for _ in range(batches):
        done = work_off()
        if not done:
            break
        total += done
    return total


def catch_up() -> int:
    """Index the few experts that changed just now, so that a run sees every committed change.

    A backlog, as after a bulk load, is left to the background.
    """
    waiting = IndexJob.objects.filter(kind=Kind.EXPERT, due_at__lte=timezone.now(), attempts=0)
    few = len(waiting[: CATCH_UP + 1]) <= CATCH_UP
    return work_off(Kind.EXPERT) if few else 0
