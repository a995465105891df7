"""The demo data as material for synthetic experts and as prepared requests; no database is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from demo.composer import Composer
from demo.reading import RESOURCES, document
from matching.documents import QueryDocument, query_document
from matching.embedding import PASSAGE, QUERY
from matching.encoders.base import Encoder, Vectors, unit
from matching.evidence import Field, RequestQuery, text_hash
from matching.synthetic import Material
from matching.taxonomy import label_of

DAY = date(2026, 11, 22)
BODY = ("situation", "problem", "ask", "expected_effect", "data_held", "audience")


class NoVectorsError(RuntimeError):
    """The vectors in ``demo/resources`` were made with other encoders than the ones in use."""


@lru_cache(maxsize=4)
def _stored(role: str, fingerprint: str) -> Mapping[bytes, Vectors]:
    """Text hash → vector, rounded as in the cache of embeddings."""
    with np.load(RESOURCES / f"embeddings-{role}.npz", allow_pickle=False) as archive:
        key = f"{role}/{fingerprint}"
        if f"{key}/hashes" not in archive.files:
            raise NoVectorsError(f"no demo vectors of {fingerprint}; see export_demo_embeddings")
        values = unit(archive[f"{key}/values"].astype(np.float32))
        rounded = values.astype("<f2").astype(np.float32)
        hashes = archive[f"{key}/hashes"]
        return {row.tobytes(): v for row, v in zip(hashes, rounded, strict=True)}


def demo_material(encoders: Sequence[Encoder]) -> Material:
    """Profiles and vectors of the demo experts. Raises NoVectorsError."""
    colleagues, others = Composer(DAY).compose()
    vectors = {e.name: _stored(PASSAGE, e.fingerprint) for e in encoders}
    return Material([*colleagues.values(), *others], vectors)


def demo_queries(encoders: Sequence[Encoder]) -> list[QueryDocument]:
    """The demo requests that have a vector, in a fixed order. Raises NoVectorsError."""
    rows = sorted(document("requests"), key=lambda row: str(row["key"]))
    found = []
    for query in map(_query, rows):
        vectors = _vectors(query, encoders)
        if vectors:
            found.append(query_document(query, vectors))
    return found


def _query(row: dict[str, Any]) -> RequestQuery:
    parts = (row.get(name) or "" for name in BODY)
    return RequestQuery(
        key=str(row["key"]),
        title=row["title"],
        body="\n".join(part.strip() for part in parts if part.strip()),
        tags=tuple(row["keywords"]),
        fields=tuple(Field(label_of(code), code=code) for code in row["fields"]),
        year=DAY.year,
    )


def _vectors(query: RequestQuery, encoders: Sequence[Encoder]) -> dict[str, Vectors]:
    """By every encoder that knows the language; nothing when one of them is missing."""
    language, key = query.detected_language, text_hash(query.full_text)
    asked = [e for e in encoders if language in e.languages]
    known = {e.name: _stored(QUERY, e.fingerprint).get(key) for e in asked}
    return {} if any(v is None for v in known.values()) else known  # type: ignore[return-value]
