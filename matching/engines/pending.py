"""Experts whose state the search cluster has not confirmed yet: rows, so that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from matching.conf import setting
from matching.models.runs import IndexJob

KIND = IndexJob.Kind.SEARCH.value
_NOTE = """
INSERT INTO matching_indexjob
    (kind, object_id, wanted, attempts, due_at, created_at, error)
SELECT %s, id, 1, 0, now(), now(), '' FROM unnest(%s::bigint[]) AS id ORDER BY id
ON CONFLICT (kind, object_id) DO UPDATE
SET wanted = matching_indexjob.wanted + 1, due_at = now(), attempts = 0, error = ''
RETURNING object_id, wanted"""
_DONE = """
DELETE FROM matching_indexjob j USING unnest(%s::bigint[], %s::int[]) AS d(id, wanted)
WHERE j.kind = %s AND j.object_id = d.id AND j.wanted = d.wanted"""


def note(ids: Iterable[int]) -> dict[int, int]:
    """Remember that these must be written. Returns id → number of this wish."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [KIND, sorted(set(ids))])
        return dict(cursor.fetchall())


def done(wishes: Mapping[int, int]) -> None:
    """Forget wishes that are fulfilled; one that was renewed meanwhile stays."""
    with connection.cursor() as cursor:
        cursor.execute(_DONE, [list(wishes), list(wishes.values()), KIND])


def postpone(failed: Mapping[int, str]) -> None:
    """Try these again later, each time a little later."""
    pause = setting("MATCHING_INDEX_PAUSE")
    rows = list(IndexJob.objects.filter(kind=KIND, object_id__in=list(failed)))
    for row in rows:
        row.attempts += 1
        row.error = failed[row.object_id][:300]
        wait = min(pause * 2 ** (row.attempts - 1), 3_600)
        row.due_at = timezone.now() + timedelta(seconds=wait)
    IndexJob.objects.bulk_update(rows, ["attempts", "error", "due_at"])


def noted(ids: Iterable[int]) -> set[int]:
    """Which of these are noted."""
    rows = IndexJob.objects.filter(kind=KIND, object_id__in=list(ids))
    return set(rows.values_list("object_id", flat=True))


def everything() -> dict[int, int]:
    """All wishes: id → number of the wish."""
    return dict(IndexJob.objects.filter(kind=KIND).values_list("object_id", "wanted"))


def waiting() -> int:
    """How many experts the cluster does not know the present state of."""
    return IndexJob.objects.filter(kind=KIND).count()
