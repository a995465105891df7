"""The words of a background: how common they are, and what a request scores with anybody."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.signals.lexical import WORDS, sample_values, scaled_weights

WORD_SAMPLE = 128  # experts per language whose words a request is compared with
FEWEST_SAMPLED = 20  # with fewer of a language the prior's stand beside them
PRIOR_PAIRS = 300  # the prior's mean and spread count as so many pairs
FULL_DOCUMENTS = 300  # with fewer texts than this the prior's word counts are added


def every(items: Sequence[Any], count: int) -> list[Any]:
    """At most ``count`` items, evenly spaced: the same ones every time."""
    if len(items) <= count:
        return list(items)
    return [items[i * len(items) // count] for i in range(count)]


def slimmed(background: Background) -> Background:
    """Without the words that only one expert uses: a third of the size, hardly other weights."""
    arrays = dict(background.arrays)
    kept = arrays["words/counts"] > 1
    arrays["words/ids"], arrays["words/counts"] = (
        arrays["words/ids"][kept],
        arrays["words/counts"][kept],
    )
    return Background(arrays, background.facts)


def add_words(
    arrays: dict[str, NDArray[Any]],
    facts: dict[str, Any],
    experts: Sequence[ExpertDocument],
    prior: Background,
) -> None:
    ids = [d.words.ids for d in experts]
    found, counts = np.unique(
        np.concatenate(ids) if ids else np.zeros(0, np.int64), return_counts=True
    )
    total = float(len(experts))
    known = float(prior.facts.get("documents", 0))
    share = max(0.0, FULL_DOCUMENTS - total) / known if known else 0.0
    if share > 0:
        found, counts = _merged(found, counts, prior, min(share, 1.0))
        total += known * min(share, 1.0)
    arrays["words/ids"], arrays["words/counts"] = found, counts.astype(np.float32)
    facts["documents"] = total
    lengths = [d.words.length for d in experts]
    facts["average_length"] = float(np.mean(lengths)) if lengths else prior.average_length


def _merged(
    ids: NDArray[np.int64], counts: NDArray[Any], prior: Background, share: float
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    both = np.concatenate([ids, prior.arrays["words/ids"]])
    weights = np.concatenate([counts, prior.arrays["words/counts"] * share])
    found, place = np.unique(both, return_inverse=True)
    return found, np.bincount(place, weights=weights, minlength=len(found))


def pooled(values: list[NDArray[np.float64]], known: float | None) -> float | None:
    """Root mean square with the prior's value as PRIOR_PAIRS further pairs."""
    joined = np.concatenate(values) if values else np.zeros(0)
    if known is None:
        return float(np.sqrt((joined**2).mean())) if len(joined) > 1 else None
    total = float((joined**2).sum()) + PRIOR_PAIRS * known**2
    return float(np.sqrt(total / (len(joined) + PRIOR_PAIRS)))


def add_word_samples(
    arrays: dict[str, NDArray[Any]], experts: Sequence[ExpertDocument], prior: Background | None
) -> None:
    """Words of a sample of the experts per language; the prior's beside a few."""
    for language in LANGUAGES:
        own = every([d.words for d in experts if d.language == language], WORD_SAMPLE)
        parts = [(w.ids, np.minimum(w.counts, 255)) for w in own if len(w.ids)]
        if prior and len(parts) < FEWEST_SAMPLED:
            parts += _known_sample(prior, language)[:FEWEST_SAMPLED]
        if parts:
            key = f"words/sample/{language}"
            arrays[f"{key}/ids"] = np.concatenate([ids for ids, _ in parts])
            arrays[f"{key}/counts"] = np.concatenate([n for _, n in parts]).astype(np.uint8)
            arrays[f"{key}/distinct"] = np.array([len(ids) for ids, _ in parts], np.int32)


def _known_sample(prior: Background, language: str) -> list[tuple[NDArray[np.int64], NDArray[Any]]]:
    key = f"words/sample/{language}"
    distinct = prior.arrays.get(f"{key}/distinct")
    if distinct is None:
        return []
    ends = np.cumsum(distinct)[:-1]
    ids, counts = prior.arrays[f"{key}/ids"], prior.arrays[f"{key}/counts"]
    return list(zip(np.split(ids, ends), np.split(counts, ends), strict=True))


def word_spreads(
    background: Background,
    queries: Sequence[QueryDocument],
    scoring: Scoring,
    prior: Background | None,
) -> dict[str, float]:
    """Standard deviation of lexical values around the request's own mean, per pair of languages."""
    found: dict[str, float] = {}
    for asked, offered in product(LANGUAGES, repeat=2):
        values = []
        for query in queries:
            if query.language == asked and len(query.words.ids):
                weights = scaled_weights(query, background)[:, None]
                sampled = sample_values(query.words.ids, weights, offered, background, scoring)
                values += [] if sampled is None else [sampled[:, 0] - sampled.mean()]
        key = f"{WORDS}/{asked}/{offered}"
        spread = pooled(values, (prior.facts.get("spread", {}) if prior else {}).get(key))
        if spread:
            found[key] = spread
    return found
