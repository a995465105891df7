"""The fused value as far as one mean vector per expert, his words and his tags tell it.

An index can add up a product, words and tags for everybody, but it cannot see an expert's best
piece. So this is linear where the score is not: it stands for the score when candidates are
proposed, and for nothing else. Proposed by one signal at a time, people who are good in each but
first in none were missed in large pools (decision 0098).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.background import LANGUAGES
from matching.documents import QueryDocument
from matching.encoders.base import Encoder, Vectors
from matching.signals.dense import Asked, Measure, language_middle, shares
from matching.signals.lexical import middles, query_weights
from matching.signals.meaning import asked_for
from matching.signals.tags import TAG_SCALE
from matching.taxonomy import neighbours

#: how far the value of an expert's pieces follows his mean vector: below one, because the mean of
#: several pieces has lost what they do not share (0.5 to 0.8 find the same people)
FOLLOWS = 0.65
Tokens = Mapping[int, float]


@dataclass(frozen=True)
class Estimate:
    """For experts of one language: ``base`` + ``slope`` times the product of their mean vector of
    ``encoder`` with ``vector`` + ``by_words`` times the sum over shared words + tags."""

    language: str
    encoder: Encoder
    vector: Vectors
    slope: float
    base: float
    by_words: float


def estimates(query: QueryDocument, measure: Measure) -> list[Estimate]:
    """One per language of experts; none where the meaning of the request is not known or does not
    count. Of several encoders that know both languages the one with the largest share is taken."""
    asked = asked_for(query)
    weights = measure.scoring.weights
    if not asked.vectors or not query.text or weights.get("dense", 0.0) <= 0:
        return []
    words = _words(query, measure)
    found = []
    for language in LANGUAGES:
        encoder = _encoder(asked, language, measure)
        if encoder is None:
            continue
        by_words, words_base = words[language]
        spread, middle = language_middle(asked, encoder, language, measure)
        mean, unit = measure.background.normal("dense", query.language, language)
        per_value = weights["dense"] / unit
        centred = measure.background.centred(
            encoder.name, "query", query.language, asked.vectors[encoder.name][0]
        )
        found.append(
            Estimate(
                language=language,
                encoder=encoder,
                vector=centred,
                slope=per_value * FOLLOWS / spread,
                base=words_base - per_value * (middle / spread + mean),
                by_words=by_words,
            )
        )
    return found


def tag_parts(query: QueryDocument, measure: Measure) -> dict[str, float]:
    """What a tag of an expert adds to the fused value: the best answer that it gives."""
    rarity = {code: measure.background.rarity(code) for code in query.tags}
    total, weight = sum(rarity.values()), measure.scoring.weights.get("tags", 0.0)
    if total <= 0 or weight <= 0:
        return {}
    trust = dict(zip(query.tags, query.trust, strict=True)) if query.trust else {}
    parts: dict[str, float] = {}
    for code in query.tags:
        for other, nearness in neighbours(code).items():
            part = weight * rarity[code] * trust.get(code, 1.0) * nearness / total / TAG_SCALE
            parts[other] = max(parts.get(other, 0.0), part)
    return {code: part for code, part in parts.items() if part > 0}


def _encoder(asked: Asked, language: str, measure: Measure) -> Encoder | None:
    known = tuple(e for e in measure.encoders if e.name in asked.vectors)
    weights = shares(asked.language, language, known, measure.scoring)
    return known[int(np.argmax(weights))] if len(known) and weights.max() > 0 else None


def _words(query: QueryDocument, measure: Measure) -> dict[str, tuple[float, float]]:
    """Language of experts → what a word's weight times its impact adds, and what no word gives."""
    background, scoring = measure.background, measure.scoring
    weight = scoring.weights.get("lexical", 0.0)
    found = dict.fromkeys(LANGUAGES, (0.0, 0.0))
    if not len(query.words.ids) or weight <= 0:
        return found
    weights = query_weights(query, background)
    scale = 1 / np.sqrt(max(float(weights.sum()), 1e-9))
    scaled = (weights * scale)[:, None]
    stored = middles(query.words.ids, scaled, query.language, background, scoring)
    for language in LANGUAGES:
        mean, unit = background.normal("lexical", query.language, language)
        share = 1.0 if query.language == language else scoring.cross_words
        middle, spread = stored.get(language, (np.zeros(1), np.ones(1)))
        per_value = weight * share / unit
        found[language] = (
            per_value * scale / float(spread[0]),
            -per_value * (float(middle[0]) / float(spread[0]) + mean),
        )
    return found
