"""PostgreSQL as search engine: pools of a moderate size are searched in memory (``pool``), larger
ones in the database: pgvector for meaning, postings for words, an inverted tag index.

Vectors are scanned exactly: up to about 100,000 experts that is fast enough and always right, also
under a filter. See docs/decisions/ for the measurements.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

import numpy as np
import psycopg
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

from matching.conf import setting
from matching.documents import ExpertDocument, QueryDocument
from matching.embedding import Progress
from matching.encoders.base import Encoder
from matching.engines import packing, pending
from matching.engines.asked import asked
from matching.engines.base import Comparison, Context, EngineStatus, Filters, Proposal
from matching.engines.copying import copy_documents, copy_postings, copy_vectors
from matching.engines.outlining import outlines
from matching.engines.pool import Pools
from matching.models.index import (
    INDEX_MODELS,
    SEQUENCE,
    ExpertIndex,
    ExpertIndexPosting,
    ExpertIndexVectors,
)
from matching.signals.estimate import STEADY, Estimate, Near
from matching.signals.stacks import Outlines

# A write of so many, and of so large a share of all, refreshes the statistics of the planner.
MANY_DOCUMENTS, NOTICEABLE = 50, 0.1
CACHED_DOCUMENTS = 2_000
COUNTED = 20_000  # so many by the planner's estimate are not counted: it is near enough
#: 28 bits of a hash of id and sequence number: sums of it tell whether two ranges hold the same
MARK = "('x' || substr(md5(i.expert_id || ':' || i.sequence), 1, 7))::bit(28)::int"
WRITE_LOCK = 7_420_151  # any constant: one writer of the index at a time

# Materialised, because without statistics the planner would look up every expert's every token.
_BEST = """
WITH hits AS MATERIALIZED (
    SELECT p.expert_id, sum(p.impact * q.weight) AS total
    FROM unnest(%s::bigint[], %s::float8[]) AS q(token, weight)
    JOIN matching_expertindexposting p ON p.token = q.token
    GROUP BY p.expert_id),
near AS MATERIALIZED (
    SELECT language, base, slope, encoder, vector::vector AS vector
    FROM unnest(%s::text[], %s::float8[], %s::float8[], %s::text[], %s::text[])
    AS q(language, base, slope, encoder, vector))
SELECT i.expert_id FROM matching_expertindex i
JOIN near n ON n.language = i.language
LEFT JOIN matching_expertindexvectors v
    ON v.expert_id = i.expert_id AND v.encoder = n.encoder AND v.searchable
LEFT JOIN hits ON hits.expert_id = i.expert_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(q.weight), 0) AS total FROM unnest(%s::text[], %s::float8[])
    AS q(code, weight) WHERE q.code = ANY(i.tags)) t
WHERE {filters}
ORDER BY n.base + coalesce(n.slope * greatest(-(v.candidate <#> n.vector), 0) * ({steady}
    + (1 - {steady}) / sqrt(greatest({pieces}, 1))), 0)
    + coalesce(hits.total, 0) + t.total DESC, i.expert_id LIMIT %s"""
_LOAD = """
SELECT expert_id, version, language, tags, facts, numbers::text, words, pieces, shown_pieces::text
FROM matching_expertindex WHERE expert_id = ANY(%s)"""
# Vectors of nothing but zeros are not carried.
_LOAD_VECTORS = """
SELECT expert_id, encoder, vector_dims(candidate), CASE WHEN searchable THEN pieces END
FROM matching_expertindexvectors WHERE expert_id = ANY(%s)"""


def where(filters: Filters) -> tuple[str, list[Any]]:
    """Filters as a condition on ``i`` (ExpertIndex) and its parameters."""
    parts = ["TRUE"]
    values: list[Any] = []
    if filters.all_of:
        parts.append("i.facts @> %s::text[]")
        values.append(list(filters.all_of))
    if filters.none_of:
        parts.append("NOT i.facts && %s::text[]")
        values.append(list(filters.none_of))
    for name, least in sorted(filters.at_least.items()):
        parts.append("COALESCE((i.numbers ->> %s)::bigint, 0) >= %s")
        values.extend([name, least])
    if filters.only is not None:
        parts.append("i.expert_id = ANY(%s::bigint[])")
        values.append(sorted(filters.only))
    if filters.without:
        parts.append("NOT i.expert_id = ANY(%s::bigint[])")
        values.append(sorted(filters.without))
    return " AND ".join(parts), values


class _DocumentCache:
    """Unpacked documents by id and version, the most recently used ones."""

    def __init__(self, size: int) -> None:
        self._size, self._kept, self._lock = (
            size,
            OrderedDict[tuple[int, str], ExpertDocument](),
            Lock(),
        )

    def get(self, key: tuple[int, str]) -> ExpertDocument | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[int, str], document: ExpertDocument) -> None:
        with self._lock:
            self._kept[key] = document
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)


class PostgresEngine:
    """See the module; all reads and writes go through the default connection."""

    name = "postgres"
    most = 1_300  # looking at them takes longer than proposing them

    def __init__(self) -> None:
        self._cache = _DocumentCache(CACHED_DOCUMENTS)
        self._pools = Pools(WRITE_LOCK)

    # -- reading ------------------------------------------------------------------------------
    def propose(
        self, query: QueryDocument, filters: Filters, limit: int, context: Context
    ) -> Proposal:
        pool = self._pools.current(context, int(setting("MATCHING_POOL_IN_MEMORY")))
        wanted = asked(query, context)
        if not wanted:
            return Proposal([])
        if pool is not None:
            return Proposal(pool.proposed(wanted, filters, limit))
        notes = {} if setting("MATCHING_POSTINGS") else {"fallback_without": ["lexical"]}
        return Proposal(_best(wanted, filters, limit), notes)

    def load(self, ids: Sequence[int]) -> list[ExpertDocument]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT expert_id, version FROM matching_expertindex WHERE expert_id = ANY(%s)",
                [list(ids)],
            )
            current = dict(cursor.fetchall())
            known = {i: self._cache.get((i, version)) for i, version in current.items()}
            missing = [i for i, document in known.items() if document is None]
            if missing:
                rows, vectors = _fetched(_LOAD, missing), _fetched(_LOAD_VECTORS, missing)
                for document in _documents(rows, vectors):
                    self._cache.put((document.expert_id, document.version), document)
                    known[document.expert_id] = document
        return [document for _, document in sorted(known.items()) if document is not None]

    def outlines(
        self, ids: Sequence[int], encoders: Sequence[Encoder], year: int | None, context: Context
    ) -> Outlines:
        return outlines(ids, encoders, year, context)

    def size(self, most: int) -> int:
        with connection.cursor() as cursor:
            if (about := _estimated(cursor)) > COUNTED:
                return min(round(about), most)
            counted = "SELECT count(*) FROM (SELECT 1 FROM matching_expertindex LIMIT %s) AS part"
            cursor.execute(counted, [most])
            return int(cursor.fetchone()[0])

    def count(self, filters: Filters) -> int:
        condition, values = where(filters)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM matching_expertindex i WHERE {condition}", values)
            return int(cursor.fetchone()[0])

    def versions(self) -> dict[int, str]:
        return dict(ExpertIndex.objects.values_list("expert_id", "version"))

    def status(self) -> EngineStatus:
        try:
            return EngineStatus(True, ExpertIndex.objects.count())
        except DatabaseError as error:
            return EngineStatus(False, 0, type(error).__name__)

    def ensure(self, context: Context) -> bool:
        return True

    def compare(self, context: Context, size: int) -> Comparison:
        """Documents are searched where they are stored, so the two cannot differ."""
        return Comparison(documents=ExpertIndex.objects.count())

    def repair(self, found: Comparison, context: Context) -> int:
        return 0

    # -- writing ------------------------------------------------------------------------------
    def upsert(self, documents: Sequence[ExpertDocument], context: Context) -> None:
        if not documents:
            return
        ids = [document.expert_id for document in documents]
        with transaction.atomic():
            lock_writes()
            _clear(ids)
            copy_documents(documents, _numbers(len(documents)))
            copy_vectors(documents, context)
            if setting("MATCHING_POSTINGS"):
                copy_postings(documents, context)
            _analyse(len(documents))

    def delete(self, ids: Sequence[int]) -> None:
        with transaction.atomic():
            lock_writes()
            _clear(list(ids))
            _numbers(1)  # tells every process that something has changed

    def rebuild(self, context: Context, progress: Progress | None = None) -> int:
        """Nothing to do: documents are searched where they are stored."""
        return ExpertIndex.objects.count()

    def catch_up(self, wishes: dict[int, int], context: Context) -> int:
        """Wishes of another engine that was in use before; no server waits for them any more."""
        pending.done(wishes)
        return len(wishes)


def _best(wanted: Estimate, filters: Filters, limit: int) -> list[int]:
    """The best by the estimate; every vector is read, so nobody is missed."""
    condition, values = where(filters)
    lines = [
        (language, base, part.slope, *_vector(part))
        for part in wanted.near
        for language, base in part.bases.items()
    ]
    words: list[Any] = [list(wanted.words), list(wanted.words.values())]
    tags: list[Any] = [list(wanted.tags), list(wanted.tags.values())]
    near: list[Any] = [list(column) for column in zip(*lines, strict=True)]
    with connection.cursor() as cursor:
        statement = _BEST.format(filters=condition, steady=STEADY, pieces=packing.PIECES)
        cursor.execute(statement, [*words, *near, *tags, *values, limit])
        return [row[0] for row in cursor.fetchall()]


def _vector(part: Near) -> tuple[str, str | None]:
    """Name of the encoder, and the vector as PostgreSQL reads it."""
    if part.encoder is None:
        return "", None
    return part.encoder.name, "[" + ",".join(map(repr, part.vector.tolist())) + "]"


def _fetched(statement: str, ids: list[int]) -> list[tuple[Any, ...]]:
    """Rows in the server's own format: bytes are carried as they are, not as digits."""
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, [ids], binary=True).fetchall()


def _documents(
    rows: Iterable[tuple[Any, ...]], vectors: Iterable[tuple[Any, ...]]
) -> list[ExpertDocument]:
    """Rows of _LOAD and of _LOAD_VECTORS as documents."""
    found = {row[0]: _document(row) for row in rows}
    for expert_id, encoder, dims, pieces in vectors:
        if expert_id in found:
            document = found[expert_id]
            document.vectors[encoder] = (
                np.zeros((len(document.pieces.years), dims), np.float32)
                if pieces is None
                else packing.unpack_vectors(pieces, dims)
            )
    return list(found.values())


def _document(row: tuple[Any, ...]) -> ExpertDocument:
    """Without its vectors."""
    return ExpertDocument(
        expert_id=row[0],
        version=row[1],
        language=row[2],
        tags=tuple(row[3]),
        words=packing.unpack_words(row[6]),
        pieces=packing.unpack_pieces(row[7]),
        vectors={},
        facts=tuple(row[4]),
        numbers=json.loads(row[5]),
        shown_pieces=tuple(json.loads(row[8])),
    )


def _numbers(count: int) -> list[int]:
    """The next sequence numbers. Taken under the write lock, so later writes have larger ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [SEQUENCE, count])
        return sorted(row[0] for row in cursor.fetchall())


def _clear(ids: list[int]) -> None:
    """Remove rows; ids without any cost one look at an index."""
    there = ExpertIndex.objects.filter(expert_id__in=ids).values_list("expert_id", flat=True)
    known = list(there)
    if known:
        for model in (ExpertIndexPosting, ExpertIndexVectors, ExpertIndex):
            model.objects.filter(expert_id__in=known).delete()


def _estimated(cursor: CursorWrapper) -> float:
    """Documents by the planner's statistics; -1 where there are none yet."""
    table = ExpertIndex._meta.db_table
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", [table])
    return float(cursor.fetchone()[0])


def _analyse(written: int) -> None:
    """Refresh the statistics of the planner after a write that changes them noticeably."""
    with connection.cursor() as cursor:
        if written < max(MANY_DOCUMENTS, NOTICEABLE * _estimated(cursor)):
            return
        for model in INDEX_MODELS:
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def lock_writes() -> None:
    """One writer of the index at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITE_LOCK])
