"""What a request asks an engine for: everything together, and words and tags alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.documents import QueryDocument, TokenCounts
from matching.engines.base import Context
from matching.signals import Measure
from matching.signals.estimate import Estimate, estimates, tag_parts
from matching.signals.lexical import query_weights, saturation
from matching.taxonomy import neighbours

MAX_QUERY_TOKENS = 80
#: beside the proposals by everything together: the most by words or tags alone, and by how many of
#: the heaviest words
MOST_ALONE, HEAVIEST_ALONE = 100, 24
#: nearest by meaning among whom a server looks for the best by everything, for each language
REACH = 10_000
#: bits of a float32 that a stored impact keeps: sign, exponent and 8 of the fraction
_KEPT = np.uint32(0xFFFF8000)


@dataclass(frozen=True)
class Wanted:
    """What a request asks an engine for.

    together: per language of experts, how their fused value is estimated; none where the request
        has no meaning that counts. words, parts: what goes into it beside the vectors.
    alone, tags: words and tags by which people are proposed by nothing else.
    limit, most_words, most_tags: people by everything together, by words alone, by tags alone.
    """

    together: tuple[Estimate, ...]
    words: Mapping[int, float]
    parts: Mapping[str, float]
    alone: Mapping[int, float]
    tags: Mapping[str, float]
    limit: int
    most_words: int
    most_tags: int


def wanted(query: QueryDocument, limit: int, context: Context) -> Wanted:
    """The request for at most ``limit`` people of a kind."""
    measure = Measure(context.encoders, context.background, context.scoring)
    together = tuple(estimates(query, measure))
    few = min(limit, MOST_ALONE)
    return Wanted(
        together=together,
        words=heaviest_words(query, context),
        parts=tag_parts(query, measure),
        alone=heaviest_words(query, context, HEAVIEST_ALONE if together else MAX_QUERY_TOKENS),
        tags=wanted_tags(query, context),
        limit=limit,
        most_words=few if together else limit,
        most_tags=few,
    )


def heaviest_words(
    query: QueryDocument, context: Context, most: int = MAX_QUERY_TOKENS
) -> dict[int, float]:
    """The request's heaviest tokens and their weights; the heaviest first, equal ones by id."""
    weights = query_weights(query, context.background)
    heaviest = np.lexsort((query.words.ids, -weights))[:most]
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
