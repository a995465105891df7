"""The index of a moderate pool in the memory of a process, in step with the database.

Scanning rows of PostgreSQL for every request takes seconds at 100,000 experts; the same numbers as
arrays take milliseconds. The rows stay the truth: before every search one number tells whether
anything was written since, and then ids and sequence numbers tell what to read anew. No write is
overlooked: it takes its sequence numbers under the lock that is waited for here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection, transaction

from matching.engines import packing
from matching.engines.asked import REACH, impacts
from matching.engines.base import Context, Filters
from matching.engines.segment import Bools, Floats, Ints, Row, Segment, merged
from matching.models.index import SEQUENCE, ExpertIndex
from matching.signals.estimate import Estimate, Near, follows

READ = 2_000  # rows at a time
SEGMENTS, DEAD = 8, 0.2  # so many parts, or so large a share of replaced rows, are packed anew
Mark = tuple[Any, ...]

_ROWS = f"""
SELECT i.expert_id, i.sequence, i.language, i.tags, i.facts, i.numbers::text, i.words,
       (SELECT array_agg(v.encoder ORDER BY v.encoder) FROM matching_expertindexvectors v
        WHERE v.expert_id = i.expert_id AND v.searchable),
       (SELECT array_agg(vector_send(v.candidate) ORDER BY v.encoder)
        FROM matching_expertindexvectors v WHERE v.expert_id = i.expert_id AND v.searchable),
       (SELECT array_agg({packing.PIECES} ORDER BY v.encoder)
        FROM matching_expertindexvectors v WHERE v.expert_id = i.expert_id AND v.searchable)
FROM matching_expertindex i WHERE i.expert_id = ANY(%s)"""


@dataclass
class Pool:
    """Everybody in the index, as segments. ``mark`` says which state of the database they show."""

    segments: list[Segment] = field(default_factory=list)
    mark: Mark | None = None
    place: Mark = ()
    size: int = 0

    def proposed(self, wanted: Estimate, filters: Filters, limit: int) -> list[int]:
        """Ids of the best by the estimate, best first."""
        allowed = [segment.allowed(filters) for segment in self.segments]
        near = [self._reached(part, allowed) for part in wanted.near]
        parts = (
            segment.best(wanted, mask, [each[place] for each in near], limit)
            for place, (segment, mask) in enumerate(zip(self.segments, allowed, strict=True))
        )
        return merged(parts, limit)

    def _reached(self, part: Near, allowed: Sequence[Bools]) -> list[Floats]:
        """Products of everybody; zero for whoever is not among the nearest."""
        found = [s.products(part, a) for s, a in zip(self.segments, allowed, strict=True)]
        if sum(map(len, found)) > REACH:
            least = np.partition(np.concatenate(found), -REACH)[-REACH]
            found = [np.where(values >= least, values, 0.0) for values in found]
        return [np.maximum(values, 0.0) for values in found]

    def count(self, filters: Filters) -> int:
        return sum(int(segment.allowed(filters).sum()) for segment in self.segments)


class Pools:
    """The pool of this process; ``lock`` is the advisory lock that writers of the index hold."""

    def __init__(self, lock: int) -> None:
        self._write_lock = lock
        self._pool, self._lock = Pool(), Lock()

    def current(self, context: Context, most: int) -> Pool | None:
        """The pool as the database has it now; None when it is larger than ``most``.

        Inside a transaction nothing is taken as known: it may end without having happened.
        """
        inside = connection.in_atomic_block
        with self._lock:
            mark = _mark(context)
            if inside or self._pool.mark != mark:
                with transaction.atomic():
                    self._wait_for_writers()
                    mark = _mark(context)
                    self._pool = _brought_up(self._pool, mark, context, most)
                if inside:
                    self._pool.mark = None
            return self._pool if self._pool.size <= most else None

    def _wait_for_writers(self) -> None:
        """Whoever took numbers has committed, or has not happened, when this returns."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [self._write_lock])


def _mark(context: Context) -> Mark:
    """What rows are packed with, where they are read, and last of all the state of the rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT current_database(), current_schema(), last_value FROM {SEQUENCE}")
        scoring = context.scoring
        return (context.background.version, scoring.k1, scoring.b, *cursor.fetchone())


def _brought_up(pool: Pool, mark: Mark, context: Context, most: int) -> Pool:
    """What is unchanged is kept, the rest is read."""
    size = ExpertIndex.objects.count()
    if size > most:
        return Pool(mark=mark, size=size)
    ids, sequences = _present()
    here = mark[:-1]
    segments, missing = _kept(pool.segments if pool.place == here else [], ids, sequences)
    if _is_ragged(segments, len(missing), len(ids)):
        segments, missing = [], ids
    new = [Segment.of(rows) for rows in _packed(missing, context)]
    return Pool([*segments, *new], mark, here, len(ids))


def _present() -> tuple[Ints, Ints]:
    """Ids, ascending, and sequence numbers of all rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT expert_id, sequence FROM matching_expertindex ORDER BY expert_id")
        pairs = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _kept(segments: Sequence[Segment], ids: Ints, sequences: Ints) -> tuple[list[Segment], Ints]:
    """The segments with only those alive whose row is unchanged, and the ids to read."""
    known = np.zeros(len(ids), bool)
    found = []
    for segment in segments:
        at = np.minimum(np.searchsorted(ids, segment.ids), max(len(ids) - 1, 0))
        alive = segment.alive.copy()
        if len(ids):
            alive &= (ids[at] == segment.ids) & (sequences[at] == segment.sequences)
            known[at[alive]] = True
        else:
            alive[:] = False
        if alive.any():
            found.append(segment.only(alive))
    return found, ids[~known]


def _is_ragged(segments: Sequence[Segment], missing: int, total: int) -> bool:
    """Whether packing everything anew is better than one more part."""
    stored = sum(len(segment.ids) for segment in segments)
    dead = stored + missing - total
    return bool(segments) and (len(segments) >= SEGMENTS or dead > DEAD * stored)


def _packed(ids: Ints, context: Context) -> Iterator[list[Row]]:
    """All rows of the ids as one list, if there are any."""
    if len(ids):
        yield [row for part in _parts(ids) for row in _read(part, context)]


def _parts(ids: Ints) -> Iterator[list[int]]:
    for start in range(0, len(ids), READ):
        yield ids[start : start + READ].tolist()


def _read(ids: list[int], context: Context) -> Iterator[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [ids])
        for pk, sequence, language, tags, facts, numbers, words, *known in cursor.fetchall():
            counts = packing.unpack_words(bytes(words))
            yield Row(
                pk,
                sequence,
                language,
                tags,
                facts,
                json.loads(numbers),
                counts.ids,
                impacts(counts, context),
                {
                    name: _vector(bytes(sent), pieces)
                    for name, sent, pieces in zip(*(each or () for each in known), strict=True)
                },
            )


def _vector(sent: bytes, pieces: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A vector in pgvector's own format (two numbers of two bytes, then the values), as far as the
    values of somebody with so many pieces follow it."""
    read = np.frombuffer(sent, ">f4", offset=4).astype(np.float32)
    return read * np.float32(follows(pieces))
