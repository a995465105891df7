"""Words: BM25 over morphemes, character bigrams, Latin words and concept tokens of an expert.

The sum is divided by the square root of the weight that the request's words could reach at most,
so that long and short requests are on one scale, and then measured against random pairs of the
same languages: a Korean request shares few words with any English profile, which says nothing
against the English profile.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.background import Background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument

Floats = NDArray[np.float64]
QUERY_SATURATION = 1.2


def query_weights(query: QueryDocument, background: Background) -> Floats:
    """Weight of each distinct token of the request: rarity times saturated count."""
    counts = query.words.counts.astype(float)
    saturated = counts * (QUERY_SATURATION + 1) / (counts + QUERY_SATURATION)
    return background.idf(query.words.ids) * saturated


def saturation(counts: Floats, length: float, background: Background, scoring: Scoring) -> Floats:
    """BM25's term part, n / (n + k1 (1 - b + b length/average)); Robertson & Zaragoza 2009."""
    ratio = length / max(background.average_length, 1.0)
    return counts / (counts + scoring.k1 * (1 - scoring.b + scoring.b * ratio))


def scaled_weights(query: QueryDocument, background: Background) -> Floats:
    """``query_weights`` over the square root of their sum."""
    weights = query_weights(query, background)
    return weights / np.sqrt(max(float(weights.sum()), 1e-9))


def lexical_raw(
    query: QueryDocument,
    documents: Sequence[ExpertDocument],
    background: Background,
    scoring: Scoring,
) -> Floats:
    """BM25 per expert over the square root of the most that this request could reach."""
    weights = scaled_weights(query, background)
    ids = query.words.ids
    values = [
        float(weights @ saturation(d.words.of_tokens(ids), d.words.length, background, scoring))
        for d in documents
    ]
    return np.array(values, float)


def words_normal(
    raw: Floats, asked: str, document: ExpertDocument, background: Background, scoring: Scoring
) -> Floats:
    """Raw values of one expert measured from random pairs of the same two languages.

    Across languages only names, numbers and concepts can be shared, so such a value says less.
    """
    mean, spread = background.normal("lexical", asked, document.language)
    share = 1.0 if asked == document.language else scoring.cross_words
    return (raw - mean) / spread * share
