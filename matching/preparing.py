"""Records to documents: embed what the records say and assemble what is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matching.documents import (
    ExpertDocument,
    QueryDocument,
    expert_document,
    query_document,
    usable_pieces,
)
from matching.embedding import PASSAGE, QUERY, Progress, vectors_of
from matching.encoders.base import Encoder, Vectors
from matching.engines.packing import document_version
from matching.evidence import ExpertRecord, RequestQuery


def prepare_experts(
    records: Sequence[ExpertRecord],
    encoders: tuple[Encoder, ...],
    progress: Progress | None = None,
) -> list[ExpertDocument]:
    """Documents of the records; texts already in the cache are not embedded again."""
    pieces = [usable_pieces(record) for record in records]
    flat = [piece for each in pieces for piece in each]
    languages = [piece.detected_language for piece in flat]
    texts = [piece.full_text for piece in flat]
    vectors = {e.name: _rows(e, texts, languages, progress) for e in encoders}
    documents, start = [], 0
    for record, each in zip(records, pieces, strict=True):
        rows = slice(start, start + len(each))
        start += len(each)
        document = expert_document(record, {name: v[rows] for name, v in vectors.items()})
        documents.append(replace(document, version=document_version(document)))
    return documents


def _rows(
    encoder: Encoder, texts: list[str], languages: list[str], progress: Progress | None
) -> Vectors:
    """One row per text; zeros for texts in a language that the encoder does not know."""
    known = [i for i, language in enumerate(languages) if language in encoder.languages]
    rows = np.zeros((len(texts), encoder.dims), np.float32)
    if known:
        rows[known] = vectors_of(encoder, PASSAGE, [texts[i] for i in known], progress)
    return rows


def prepare_queries(
    queries: Sequence[RequestQuery],
    encoders: tuple[Encoder, ...],
    progress: Progress | None = None,
) -> list[QueryDocument]:
    """Documents of requests; a request without text has no vectors."""
    vectors: list[dict[str, Vectors]] = [{} for _ in queries]
    for encoder in encoders:
        asked = [
            i
            for i, query in enumerate(queries)
            if query.full_text and query.detected_language in encoder.languages
        ]
        found = vectors_of(encoder, QUERY, [queries[i].full_text for i in asked], progress)
        for i, vector in zip(asked, found, strict=True):
            vectors[i][encoder.name] = vector
    return [query_document(query, v) for query, v in zip(queries, vectors, strict=True)]
