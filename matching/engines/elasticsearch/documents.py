"""What PostgreSQL keeps of an expert, as the line of a bulk request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import Cursor

from matching.engines import packing
from matching.engines.asked import impacts
from matching.engines.base import Context
from matching.engines.elasticsearch import smile
from matching.engines.elasticsearch.layout import WORDS, vector_field
from matching.engines.postgres import MARK
from matching.signals.estimate import follows

_COLUMNS = f"""
SELECT i.expert_id, i.sequence, {MARK}, i.language, i.tags, i.facts, i.numbers, i.words,
       coalesce(array_agg(v.encoder) FILTER (WHERE v.searchable), '{{}}'),
       coalesce(array_agg(vector_send(v.candidate)) FILTER (WHERE v.searchable), '{{}}'),
       coalesce(array_agg({packing.PIECES}) FILTER (WHERE v.searchable), '{{}}')
FROM matching_expertindex i
LEFT JOIN matching_expertindexvectors v
    ON v.expert_id = i.expert_id AND v.encoder = ANY(%s)"""
_SOME = f"{_COLUMNS} WHERE i.expert_id = ANY(%s) GROUP BY i.expert_id ORDER BY i.expert_id"
_NEXT = (
    f"{_COLUMNS} WHERE i.expert_id IN (SELECT n.expert_id FROM matching_expertindex n "
    "WHERE n.expert_id > %s AND n.expert_id <= %s ORDER BY n.expert_id LIMIT %s) "
    "GROUP BY i.expert_id ORDER BY i.expert_id"
)


@dataclass(frozen=True)
class Stored:
    """What is searched of one expert; ``sequence`` is the version of this state."""

    expert_id: int
    sequence: int
    mark: int
    language: str
    tags: Sequence[str]
    facts: Sequence[str]
    numbers: Mapping[str, int]
    words: bytes
    vectors: Mapping[str, NDArray[np.float32]]


def read(ids: Sequence[int], context: Context) -> list[Stored]:
    """These experts as they stand in PostgreSQL, ascending; unknown ids are left out."""
    return _rows(_SOME, [_names(context), list(ids)])


def stream(
    context: Context, size: int, after: int = 0, until: int = 2**62
) -> Iterator[list[Stored]]:
    """Everyone, in batches by ascending id; each batch is one short query."""
    while batch := _rows(_NEXT, [_names(context), after, until, size]):
        yield batch
        after = batch[-1].expert_id


def _names(context: Context) -> list[str]:
    return [encoder.name for encoder in context.encoders]


def _rows(query: str, values: list[Any]) -> list[Stored]:
    """Vectors come in binary: reading their text takes most of the time otherwise."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.execute(query.encode(), values, binary=True)
        return [_stored(row) for row in cursor.fetchall()]


def _stored(row: tuple[Any, ...]) -> Stored:
    numbers = json.loads(row[6]) if isinstance(row[6], str | bytes) else row[6]
    vectors = {name: _vector(*of) for name, *of in zip(row[8], row[9], row[10], strict=True)}
    pk, sequence, mark, language, tags, facts = row[:6]
    return Stored(pk, sequence, mark, language, tags, facts, numbers, bytes(row[7]), vectors)


def _vector(data: bytes, pieces: int) -> NDArray[np.float32]:
    """pgvector's binary form: two 16-bit numbers, then the values, all big-endian. Its length is
    how far the values of somebody with so many pieces follow it."""
    return np.frombuffer(data, ">f4", offset=4).astype(np.float32) * np.float32(follows(pieces))


def source(stored: Stored, context: Context) -> bytes:
    """The document; words carry the impacts that every engine computes alike."""
    words = packing.unpack_words(stored.words)
    parts = [
        smile.HEADER,
        smile.OBJECT,
        smile.key("expert_id") + smile.number(stored.expert_id),
        smile.key("sequence") + smile.number(stored.sequence),
        smile.key("mark") + smile.number(stored.mark),
        smile.key("language") + smile.text(stored.language),
        smile.key("tags") + smile.texts(stored.tags),
        smile.key("facts") + smile.texts(stored.facts),
        smile.key("numbers") + smile.OBJECT,
        *(smile.key(name) + smile.number(value) for name, value in stored.numbers.items()),
        smile.OBJECT_END,
        smile.key(WORDS) + smile.features(words.ids, impacts(words, context)),
        *(smile.key(vector_field(name)) + smile.floats(v) for name, v in stored.vectors.items()),
        smile.OBJECT_END,
    ]
    return b"".join(parts)


def action(kind: str, index: str, expert_id: int, sequence: int) -> bytes:
    """First line of an entry: what to do, and the version that only a newer one may replace."""
    parts = [
        smile.HEADER,
        smile.OBJECT + smile.key(kind) + smile.OBJECT,
        smile.key("_index") + smile.text(index),
        smile.key("_id") + smile.text(str(expert_id)),
        smile.key("version") + smile.number(sequence),
        smile.key("version_type") + smile.text("external"),
        smile.OBJECT_END + smile.OBJECT_END + smile.SEPARATOR,
    ]
    return b"".join(parts)
