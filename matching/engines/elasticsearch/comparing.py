"""Is what is searched what is stored? Sums over ranges of ids first, single ids only where needed.

A document's mark is a hash of its id and sequence number; equal counts and equal sums of marks over
a range mean, with a chance of error below one in a hundred million, that it holds the same states.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from matching.engines import pending
from matching.engines.base import Comparison, Context
from matching.engines.elasticsearch import layout
from matching.engines.elasticsearch.connection import SLOW, understanding
from matching.engines.elasticsearch.errors import SearchClusterError
from matching.engines.elasticsearch.indices import Indices
from matching.engines.postgres import MARK, lock_writes
from matching.models.index import SEQUENCE, ExpertIndex

Sums = dict[int, tuple[int, int]]
PAGE = 5_000
_STORED_SUMS = f"""
SELECT i.expert_id / %s, count(*), sum({MARK}) FROM matching_expertindex i GROUP BY 1"""


def compare(indices: Indices, context: Context, size: int) -> Comparison:
    """Stored and searched states by ranges of ``size`` ids; raises SearchClusterError.

    Experts whose change is noted and not sent yet are counted as waiting, not as wrong.
    """
    index = indices.searched(layout.fingerprint(context))
    if index is None:
        raise SearchClusterError("rebuild")
    with understanding():
        indices.client.options(request_timeout=SLOW).indices.refresh(index=index)
    stored, searched = _stored_sums(size), _searched_sums(indices, index, size)
    differing = sorted(r for r in stored.keys() | searched if stored.get(r) != searched.get(r))
    missing: list[int] = []
    stale: list[int] = []
    surplus: list[int] = []
    for number in differing:
        low, high = number * size, (number + 1) * size
        here, there = _stored(low, high), _searched(indices, index, low, high)
        missing += here.keys() - there
        surplus += there.keys() - here
        stale += [pk for pk in here.keys() & there if here[pk] != there[pk]]
    noted = pending.noted({*missing, *stale, *surplus})

    def wrong(ids: list[int]) -> tuple[int, ...]:
        return tuple(sorted(set(ids) - noted))

    return Comparison(
        missing=wrong(missing),
        stale=wrong(stale),
        surplus=wrong(surplus),
        waiting=len(noted),
        documents=sum(count for count, _ in searched.values()),
        ranges=len(stored.keys() | searched),
        ranges_differing=len(differing),
    )


def _stored_sums(size: int) -> Sums:
    with connection.cursor() as cursor:
        cursor.execute(_STORED_SUMS, [size])
        return {number: (count, int(total)) for number, count, total in cursor.fetchall()}


def _searched_sums(indices: Indices, index: str, size: int) -> Sums:
    ranges = {"histogram": {"field": "expert_id", "interval": size, "min_doc_count": 1}}
    inner = {"aggs": {"total": {"sum": {"field": "mark"}}}}
    with understanding():
        answer = indices.client.options(request_timeout=SLOW).search(
            index=index, size=0, aggs={"ranges": {**ranges, **inner}}
        )
    buckets = answer["aggregations"]["ranges"]["buckets"]
    return {
        int(b["key"]) // size: (int(b["doc_count"]), round(b["total"]["value"])) for b in buckets
    }


def _stored(low: int, high: int) -> dict[int, int]:
    rows = ExpertIndex.objects.filter(expert_id__gte=low, expert_id__lt=high)
    return dict(rows.values_list("expert_id", "sequence"))


def _searched(indices: Indices, index: str, low: int, high: int) -> dict[int, int]:
    """Expert id → version of the document, page by page."""
    found: dict[int, int] = {}
    after = low - 1
    while True:
        hits = _page(indices, index, after, high)
        found |= {int(hit["sort"][0]): int(hit["_version"]) for hit in hits}
        if len(hits) < PAGE:
            return found
        after = int(hits[-1]["sort"][0])


def _page(indices: Indices, index: str, after: int, high: int) -> list[Any]:
    with understanding():
        answer = indices.client.options(request_timeout=SLOW).search(
            index=index,
            size=PAGE,
            query={"range": {"expert_id": {"gt": after, "lt": high}}},
            sort=[{"expert_id": "asc"}],
            source=False,
            version=True,
            track_total_hits=False,
        )
    hits: list[Any] = answer["hits"]["hits"]
    return hits


def renumber(indices: Indices, context: Context, ids: Iterable[int]) -> None:
    """Give these documents, and whatever is written from now on, numbers above those of the index.

    After a database was restored from a copy the index holds newer numbers, which writes would
    never replace.
    """
    index = indices.searched(layout.fingerprint(context))
    if index is None:
        raise SearchClusterError("rebuild")
    highest = _highest(indices, index)
    with transaction.atomic(), connection.cursor() as cursor:
        lock_writes()
        cursor.execute(f"SELECT last_value FROM {SEQUENCE}")
        if cursor.fetchone()[0] < highest:
            cursor.execute("SELECT setval(%s, %s)", [SEQUENCE, highest])
        cursor.execute(
            "UPDATE matching_expertindex SET sequence = nextval(%s) WHERE expert_id = ANY(%s)",
            [SEQUENCE, sorted(ids)],
        )


def _highest(indices: Indices, index: str) -> int:
    with understanding():
        answer = indices.client.search(
            index=index, size=0, aggs={"highest": {"max": {"field": "sequence"}}}
        )
    return int(answer["aggregations"]["highest"]["value"] or 0)
