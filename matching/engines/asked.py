"""What a request asks an engine for: its heaviest words and its tags with their neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from matching.documents import QueryDocument, TokenCounts
from matching.encoders.base import Encoder
from matching.engines.base import Context
from matching.signals.lexical import query_weights, saturation
from matching.taxonomy import neighbours

MAX_QUERY_TOKENS = 80
#: candidates by tags, however many are asked for: hundreds share a field, and it says little alone
MOST_BY_TAGS = 100
#: bits of a float32 that a stored impact keeps: sign, exponent and 8 of the fraction
_KEPT = np.uint32(0xFFFF8000)


def query_vectors(
    query: QueryDocument, context: Context
) -> Iterator[tuple[Encoder, NDArray[np.float32]]]:
    """Every encoder that knows the request's language, with the centred vector to search by."""
    for encoder in context.encoders:
        vector = query.vectors.get(encoder.name)
        if vector is not None:
            centred = context.background.centred(encoder.name, "query", query.language, vector)
            yield encoder, centred


def heaviest_words(query: QueryDocument, context: Context) -> dict[int, float]:
    """The request's heaviest tokens and their weights; the heaviest first, equal ones by id."""
    weights = query_weights(query, context.background)
    heaviest = np.lexsort((query.words.ids, -weights))[:MAX_QUERY_TOKENS]
    chosen = zip(query.words.ids[heaviest].tolist(), weights[heaviest].tolist(), strict=True)
    return {token: weight for token, weight in chosen if weight > 0}


def wanted_tags(query: QueryDocument, context: Context) -> dict[str, float]:
    """Every tag that answers a wanted one, with rarity times nearness of the best answer."""
    weights: dict[str, float] = {}
    for code in query.tags:
        rarity = context.background.rarity(code)
        for other, nearness in neighbours(code).items():
            weights[other] = max(weights.get(other, 0.0), rarity * nearness)
    return weights


def impacts(words: TokenCounts, context: Context) -> NDArray[np.float32]:
    """What each token says about its expert, cut to nine significant bits.

    A search cluster keeps no more than that of a feature's value (0.4 %, org.apache.lucene
    FeatureField); cut in one place, every engine orders candidates alike.
    """
    counts = words.counts.astype(float)
    exact = saturation(counts, words.length, context.background, context.scoring)
    return (exact.astype(np.float32).view(np.uint32) & _KEPT).view(np.float32)
