"""Outlines of many experts from the stored documents: read as bytes and unpacked all at once.

Vectors are read as sketches, which stand in the rows themselves; the exact ones stand where
PostgreSQL keeps long values, and fetching those took most of a search (decision 0093).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from matching.encoders.base import Encoder
from matching.engines import packing
from matching.engines.base import Context
from matching.signals.dense import centred_rows, plain_penalties
from matching.signals.stacks import Outlines, Pieces, Sketch, nothing_known

_PEOPLE = """
SELECT expert_id, language, array_to_string(tags, chr(31)), words, pieces
FROM matching_expertindex WHERE expert_id = ANY(%s::bigint[]) ORDER BY expert_id"""
SEPARATOR = "\x1f"
_SKETCHES = """
SELECT expert_id, sketch FROM matching_expertindexvectors
WHERE expert_id = ANY(%s::bigint[]) AND encoder = %s AND searchable"""
#: of rows written before there were sketches
_VECTORS = """
SELECT expert_id, pieces FROM matching_expertindexvectors
WHERE expert_id = ANY(%s) AND encoder = %s AND searchable"""
Stored = dict[int, bytes]
Facts = Mapping[int, bytes]  # expert → facts about the pieces, packed


def outlines(
    ids: Sequence[int], encoders: Sequence[Encoder], year: int | None, context: Context
) -> Outlines:
    """See ``Engine.outlines``."""
    wanted = "{" + ",".join(map(str, ids)) + "}"
    with psycopg.Cursor(connection.connection) as cursor:
        people = cursor.execute(_PEOPLE, [wanted], binary=True).fetchall()
        facts = {row[0]: row[4] for row in people}
        stored = {e: _sketches(cursor, wanted, e, facts, context) for e in encoders}
    pieces = packing.stacked_pieces(list(facts.values()))
    counts = pieces.counts.tolist()
    return Outlines(
        ids=np.array(list(facts), np.int64),
        languages=tuple(row[1] for row in people),
        tags=[row[2].split(SEPARATOR) for row in people],
        words=packing.stacked_words([row[3] for row in people]),
        pieces=Pieces(
            counts=pieces.counts,
            languages=pieces.languages,
            penalty=plain_penalties(pieces.verification, pieces.years, year, context.scoring),
            vectors={e.name: _stacked(facts, counts, v, e) for e, v in stored.items()},
        ),
    )


def _sketches(
    cursor: psycopg.Cursor[Any], wanted: str, encoder: Encoder, facts: Facts, context: Context
) -> Stored:
    """Expert → sketch; made here where none is stored yet."""
    found = dict(cursor.execute(_SKETCHES, [wanted, encoder.name], binary=True).fetchall())
    if missing := [pk for pk, sketch in found.items() if sketch is None]:
        rows = cursor.execute(_VECTORS, [missing, encoder.name], binary=True).fetchall()
        for pk, vectors in rows:
            found[pk] = _sketched(vectors, facts.get(pk, b""), encoder, context)
    return found


def _sketched(vectors: bytes, facts: bytes, encoder: Encoder, context: Context) -> bytes:
    exact = nothing_known(packing.unpack_vectors(vectors, encoder.dims))
    languages = packing.stacked_pieces([facts]).languages
    if len(languages) != len(exact):
        return b""
    return packing.pack_sketch(centred_rows(exact, languages, encoder, context.background))


def _stacked(
    people: Facts, counts: Sequence[int], stored: Mapping[int, bytes], encoder: Encoder
) -> Sketch:
    """Sketches of all pieces; nothing known of people without any, or with another number."""
    parts = []
    for expert_id, count in zip(people, counts, strict=True):
        size = packing.sketch_size(count, encoder.dims)
        found = stored.get(expert_id, b"")
        parts.append(found if len(found) == size else bytes(size))
    return packing.stacked_sketches(parts, counts, encoder.dims)
