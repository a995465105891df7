"""Words: BM25 over morphemes, character bigrams, Latin words and concept tokens of an expert.

A raw sum says little: a long request, or one in common words, scores high with anybody. So it is
divided by the square root of the weight that the request's words could reach at most, and then
measured from what this request scores with a stored sample of experts of the same language, as the
dense signal is. Last it is measured against random pairs of the same languages: a Korean request
shares few words with any English profile, which says nothing against the English profile.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.signals.stacks import Words

Floats = NDArray[np.float64]
QUERY_SATURATION = 2.4  # a word counts twice
SPREAD_PRIOR = 20.0  # experts
WORDS = "words"  # the name of this signal's spread in the background


def query_weights(query: QueryDocument, background: Background) -> Floats:
    """Weight of each distinct token of the request: rarity times saturated count."""
    counts = query.words.counts.astype(float)
    saturated = counts * (QUERY_SATURATION + 1) / (counts + QUERY_SATURATION)
    return background.idf(query.words.ids) * saturated


def saturation(
    counts: Floats, length: float | Floats, background: Background, scoring: Scoring
) -> Floats:
    """BM25's term part, n / (n + k1 (1 - b + b length/average)); Robertson & Zaragoza 2009."""
    ratio = length / max(background.average_length, 1.0)
    return counts / (counts + scoring.k1 * (1 - scoring.b + scoring.b * ratio))


def scaled_weights(query: QueryDocument, background: Background) -> Floats:
    """``query_weights`` over the square root of their sum."""
    weights = query_weights(query, background)
    return weights / np.sqrt(max(float(weights.sum()), 1e-9))


def sample_values(
    ids: NDArray[np.int64],
    weights: Floats,
    offered: str,
    background: Background,
    scoring: Scoring,
) -> Floats | None:
    """What requests score with the stored sample of a language, shape (experts, requests).

    ids: ascending tokens; weights: shape (tokens, requests). None without a sample.
    """
    sample = background.word_sample(offered)
    if sample is None:
        return None
    place, row, counts = sample.postings(ids)
    parts = saturation(counts, sample.lengths[row], background, scoring)[:, None] * weights[place]
    values = np.zeros((len(sample.lengths), weights.shape[1]))
    np.add.at(values, row, parts)
    return values


def middles(
    ids: NDArray[np.int64], weights: Floats, asked: str, background: Background, scoring: Scoring
) -> dict[str, tuple[Floats, Floats]]:
    """Language of the expert → each request's mean over the sample and its unit, (requests,).

    The unit is the geometric mean of the request's own spread, steadied by the pair of languages'
    as SPREAD_PRIOR further experts, and that of the pair: a request in rare words spreads widely.
    """
    found = {}
    for offered in LANGUAGES:
        values = sample_values(ids, weights, offered, background, scoring)
        if values is not None:
            pair = max(background.spread(WORDS, asked, offered), 1e-6)
            total = len(values) * values.var(axis=0) + SPREAD_PRIOR * pair**2
            own = np.sqrt(total / (len(values) + SPREAD_PRIOR))
            found[offered] = (values.mean(axis=0), np.sqrt(own * pair))
    return found


def from_middle(
    raw: Floats, languages: Sequence[str], middle: dict[str, tuple[Floats, Floats]]
) -> Floats:
    """Values from the requests' means, in their units; raw has the shape (experts, requests)."""
    of = np.array(languages)
    measured = np.array(raw, float)
    for language, (mean, unit) in middle.items():
        rows = of == language
        measured[rows] = (raw[rows] - mean) / unit
    return measured


def lexical_raw(
    query: QueryDocument,
    documents: Sequence[ExpertDocument],
    background: Background,
    scoring: Scoring,
) -> Floats:
    """BM25 per expert over the square root of the most that this request could reach, measured
    from the request's mean over the stored sample."""
    languages = [d.language for d in documents]
    return lexical_of(query, stacked_words(documents), languages, background, scoring)


def stacked_words(documents: Sequence[ExpertDocument]) -> Words:
    """Words of the experts, one after the other."""
    return Words(
        np.concatenate([d.words.ids for d in documents] or [np.zeros(0, np.int64)]),
        np.concatenate([d.words.counts for d in documents] or [np.zeros(0, np.int32)]),
        np.array([len(d.words.ids) for d in documents], np.int64),
    )


def lexical_of(
    query: QueryDocument,
    words: Words,
    languages: Sequence[str],
    background: Background,
    scoring: Scoring,
) -> Floats:
    """``lexical_raw`` of experts whose words are stacked already."""
    weights = scaled_weights(query, background)
    ids = query.words.ids
    rows, at = words.shared(ids)
    owner = words.owner[rows]
    counts = words.counts[rows].astype(float)
    parts = weights[at] * saturation(counts, words.lengths[owner], background, scoring)
    values = np.bincount(owner, parts, len(languages)).astype(float)[:, None]
    middle = middles(ids, weights[:, None], query.language, background, scoring)
    return from_middle(values, languages, middle)[:, 0]


def words_normal(
    raw: Floats,
    asked: str,
    languages: Sequence[str],
    background: Background,
    scoring: Scoring,
) -> Floats:
    """Values of experts (first axis) of these languages, measured from random pairs of both.

    Across languages only names, numbers and concepts can be shared, so such a value says less.
    """
    facts = {lang: background.normal("lexical", asked, lang) for lang in LANGUAGES}
    share = {lang: 1.0 if asked == lang else scoring.cross_words for lang in LANGUAGES}
    shape = (-1,) + (1,) * (raw.ndim - 1)
    mean = np.array([facts[each][0] for each in languages]).reshape(shape)
    scale = np.array([share[each] / facts[each][1] for each in languages]).reshape(shape)
    return (raw - mean) * scale
