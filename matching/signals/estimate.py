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
from numpy.typing import ArrayLike, NDArray

from matching.background import LANGUAGES
from matching.documents import QueryDocument
from matching.encoders.base import Encoder, Vectors
from matching.signals.dense import Asked, Measure, language_middle, shares
from matching.signals.lexical import middles, query_weights
from matching.signals.meaning import asked_for
from matching.signals.tags import TAG_SCALE
from matching.taxonomy import neighbours

Floats = NDArray[np.float64]
MOST_WORDS = 48
#: where the two languages of one encoder, whose slopes differ, are made to agree (spreads)
MEETING, TYPICAL = 4.0, 6  # (for somebody with so many pieces)
#: part of an expert's nearness that does not depend on how many pieces he has
STEADY = 0.5
#: how far nearness by one vector is believed beside words, which are counted in full: whoever
#: stands first by it stands there partly by chance (0.6 to 0.85 propose about the same people)
BELIEVED = 0.75


def follows(pieces: ArrayLike) -> Floats:
    """How far experts' values follow their mean vectors, by their numbers of pieces: one piece is
    its own mean; the mean of many lies nearer to any subject that they share than most of them."""
    rest = (1 - STEADY) / np.sqrt(np.maximum(np.asarray(pieces, float), 1.0))
    return np.asarray(STEADY + rest)


@dataclass(frozen=True)
class Near:
    """What the meaning of an expert adds: ``bases`` of his language + ``slope`` times the product
    of his mean vector of ``encoder`` with ``vector`` as far as it ``follows``; nothing where that
    is negative or not known. Without an encoder only the bases count.
    """

    encoder: Encoder | None
    vector: Vectors
    slope: float
    bases: Mapping[str, float]


@dataclass(frozen=True)
class Estimate:
    """near, by language of the expert + the weights of shared words, times their impacts + tags."""

    near: tuple[Near, ...]
    words: Mapping[int, float]
    tags: Mapping[str, float]

    def __bool__(self) -> bool:
        """Whether it tells people apart."""
        return bool(self.words or self.tags or any(each.encoder for each in self.near))


@dataclass(frozen=True)
class _Line:
    """The dense part for one language of experts."""

    encoder: Encoder
    slope: float
    base: float
    meeting: float


def estimate(query: QueryDocument, measure: Measure) -> Estimate:
    """How the fused value of experts is estimated for a request; false where nothing is known."""
    words, bases = _words(query, measure)
    return Estimate(tuple(_nears(query, measure, bases)), words, _tags(query, measure))


def _nears(query: QueryDocument, measure: Measure, bases: dict[str, float]) -> list[Near]:
    """Of several encoders that know both languages the one with the largest share is taken."""
    asked = asked_for(query)
    weight = measure.scoring.weights.get("dense", 0.0)
    known = asked if query.text and weight > 0 else Asked(asked.language, {})
    lines = {each: _line(known, each, weight, measure) for each in LANGUAGES}
    found = []
    for encoder in measure.encoders:
        alike = {each: line for each, line in lines.items() if line and line.encoder is encoder}
        if alike:
            own = alike.get(query.language) or next(iter(alike.values()))
            role = (encoder.name, "query", query.language)
            found.append(
                Near(
                    encoder=encoder,
                    vector=measure.background.centred(*role, known.vectors[encoder.name][0]),
                    slope=own.slope,
                    bases={
                        each: bases[each] + line.base + (line.slope - own.slope) * line.meeting
                        for each, line in alike.items()
                    },
                )
            )
    if other := {each: bases[each] for each in LANGUAGES if not lines[each]}:
        found.append(Near(None, np.zeros(0, np.float32), 0.0, other))
    return found


def _line(asked: Asked, language: str, weight: float, measure: Measure) -> _Line | None:
    known = tuple(e for e in measure.encoders if e.name in asked.vectors)
    if not known:
        return None
    weights = shares(asked.language, language, known, measure.scoring)
    if weights.max() <= 0:
        return None
    encoder = known[int(np.argmax(weights))]
    spread, middle = language_middle(asked, encoder, language, measure)
    mean, unit = measure.background.normal("dense", asked.language, language)
    return _Line(
        encoder=encoder,
        slope=BELIEVED * weight / unit / spread,
        base=-weight * (middle / spread + mean) / unit,
        meeting=float(follows(TYPICAL)) * (middle + MEETING * spread),
    )


def _words(query: QueryDocument, measure: Measure) -> tuple[dict[int, float], dict[str, float]]:
    """The words that tell most, with what their impact adds to the fused value, and what experts
    of a language have without any of the words.

    What a word adds is measured for the request's own language; a shared word of the other one
    would add about as much.
    """
    background, scoring = measure.background, measure.scoring
    weight = scoring.weights.get("lexical", 0.0)
    bases = dict.fromkeys(LANGUAGES, 0.0)
    if not len(query.words.ids) or weight <= 0:
        return {}, bases
    weights = query_weights(query, background)
    scale = 1 / np.sqrt(max(float(weights.sum()), 1e-9))
    scaled = (weights * scale)[:, None]
    stored = middles(query.words.ids, scaled, query.language, background, scoring)
    per_word = 0.0
    for language in LANGUAGES:
        mean, unit = background.normal("lexical", query.language, language)
        own = query.language == language
        middle, spread = (float(x[0]) for x in stored.get(language, (np.zeros(1), np.ones(1))))
        per_value = weight * (1.0 if own else scoring.cross_words) / unit
        bases[language] = -per_value * (middle / spread + mean)
        if own or not per_word:
            per_word = per_value * scale / spread
    chosen = _telling(query, weights, measure)
    pairs = zip(query.words.ids[chosen].tolist(), weights[chosen].tolist(), strict=True)
    return {token: per_word * heavy for token, heavy in pairs if heavy > 0}, bases


def _telling(query: QueryDocument, weights: Floats, measure: Measure) -> NDArray[np.int64]:
    """Places of the words that tell people apart most: heavy ones that some, not all, have.

    By weight times the fourth root of p (1 - p), p the share of experts who have the word: the
    square root would be each word's spread over anybody, and the best have the rare ones.
    """
    share = measure.background.share(query.words.ids)
    tells = weights * (share * (1 - share) + 1e-4) ** 0.25
    return np.lexsort((query.words.ids, -tells))[:MOST_WORDS]


def _tags(query: QueryDocument, measure: Measure) -> dict[str, float]:
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
