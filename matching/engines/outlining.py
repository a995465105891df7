"""Outlines of many experts from the stored documents: read as bytes and unpacked all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection

from matching.conf import Scoring
from matching.encoders.base import Encoder, Vectors
from matching.engines import packing
from matching.signals.dense import plain_penalties
from matching.signals.stacks import Ints, Outlines, Pieces, nothing_known

_PEOPLE = """
SELECT expert_id, language, array_to_string(tags, chr(31)), words, pieces
FROM matching_expertindex WHERE expert_id = ANY(%s::bigint[]) ORDER BY expert_id"""
SEPARATOR = "\x1f"
_VECTORS = """
SELECT expert_id, pieces FROM matching_expertindexvectors
WHERE expert_id = ANY(%s::bigint[]) AND encoder = %s AND searchable"""


def outlines(
    ids: Sequence[int], encoders: Sequence[Encoder], year: int | None, scoring: Scoring
) -> Outlines:
    """See ``Engine.outlines``."""
    wanted = "{" + ",".join(map(str, ids)) + "}"
    with psycopg.Cursor(connection.connection) as cursor:
        people = cursor.execute(_PEOPLE, [wanted], binary=True).fetchall()
        stored = {
            e: dict(cursor.execute(_VECTORS, [wanted, e.name], binary=True).fetchall())
            for e in encoders
        }
    known = np.array([row[0] for row in people], np.int64)
    facts = packing.stacked_pieces([row[4] for row in people])
    return Outlines(
        ids=known,
        languages=tuple(row[1] for row in people),
        tags=[row[2].split(SEPARATOR) for row in people],
        words=packing.stacked_words([row[3] for row in people]),
        pieces=Pieces(
            counts=facts.counts,
            languages=facts.languages,
            penalty=plain_penalties(facts.verification, facts.years, year, scoring),
            vectors={e.name: _stacked(known, facts.counts, v, e) for e, v in stored.items()},
        ),
    )


def _stacked(ids: Ints, counts: Ints, stored: Mapping[int, Any], encoder: Encoder) -> Vectors:
    """Vectors of all pieces; NaN for those of people without any, or with another number."""
    parts = []
    for expert_id, count in zip(ids.tolist(), counts.tolist(), strict=True):
        size = packing.vectors_size(count, encoder.dims)
        found = stored.get(expert_id, b"")
        parts.append(found if len(found) == size else bytes(size))
    return nothing_known(packing.unpack_vectors(b"".join(parts), encoder.dims))
