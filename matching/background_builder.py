"""Making a background from texts, never from grades.

What a small collection cannot tell is filled from a prior (the background that ships): every mean
counts the prior as so many further observations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.analysis import ANALYSER_VERSION, analyser_version
from matching.background import LANGUAGES, Background
from matching.background_requests import add_asked, hub_means
from matching.background_words import (
    PRIOR_PAIRS,
    add_word_samples,
    add_words,
    every,
    pooled,
    word_spreads,
)
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders.base import Encoder, Vectors
from matching.signals.dense import Asked, Measure, dense_raw
from matching.signals.lexical import lexical_raw

SAMPLE = 256  # evidence vectors per encoder and language
QUERIES, EXPERTS = 150, 300  # random pairs for means and spreads of the signals
ASKED = 120  # requests that hubs are measured by
PRIOR_VECTORS = 20  # the prior's mean vector counts as so many texts


def build_background(
    experts: Sequence[ExpertDocument],
    queries: Sequence[QueryDocument],
    encoders: tuple[Encoder, ...],
    scoring: Scoring,
    prior: Background | None = None,
    note: str = "",
) -> Background:
    """Background of a collection, stabilised by ``prior`` where the collection is small."""
    usable = prior if prior is not None and _same_encoders(prior, encoders) else None
    words = prior or Background()
    arrays: dict[str, NDArray[Any]] = {}
    facts: dict[str, Any] = {"encoders": {e.name: e.fingerprint for e in encoders}, "note": note}
    if (version := analyser_version()) != ANALYSER_VERSION:
        facts["analyser"] = version
    for encoder in encoders:
        _add_means(arrays, encoder, experts, queries, usable)
        _add_samples(arrays, encoder, experts, usable)
    add_words(arrays, facts, experts, words)
    add_word_samples(arrays, experts, prior)
    facts["experts"] = len(experts)
    facts["tags"] = dict(sorted(Counter(tag for d in experts for tag in set(d.tags)).items()))
    facts["spread"] = _spreads(Background(arrays, facts), encoders, queries, usable)
    facts["spread"] |= word_spreads(
        Background(arrays, facts), every(queries, QUERIES), scoring, prior
    )
    facts["signals"] = {}
    measure = Measure(encoders, Background(arrays, facts), scoring)
    facts["signals"] = _signals(measure, experts, queries, prior, usable)
    chosen = every([q for q in queries if q.vectors], ASKED)
    add_asked(arrays, Measure(encoders, Background(arrays, facts), scoring), chosen, usable)
    measure = Measure(encoders, Background(arrays, facts), scoring)
    facts["signals"] |= hub_means(measure, every(experts, EXPERTS), usable)
    return Background(arrays, facts)


def _same_encoders(prior: Background, encoders: tuple[Encoder, ...]) -> bool:
    return dict(prior.facts.get("encoders", {})) == {e.name: e.fingerprint for e in encoders}


def _shrunk(values: Vectors, known: Vectors | None) -> Vectors | None:
    """Mean of the rows with the known mean as PRIOR_VECTORS further rows."""
    if not len(values):
        return known
    if known is None:
        return values.mean(axis=0)
    return (values.sum(axis=0) + PRIOR_VECTORS * known) / (len(values) + PRIOR_VECTORS)


def _piece_vectors(experts: Sequence[ExpertDocument], encoder: str, language: str) -> Vectors:
    rows = [
        d.vectors[encoder][np.array(d.pieces.languages) == language]
        for d in experts
        if encoder in d.vectors and d.pieces.languages
    ]
    return np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)


def _add_means(
    arrays: dict[str, NDArray[Any]],
    encoder: Encoder,
    experts: Sequence[ExpertDocument],
    queries: Sequence[QueryDocument],
    prior: Background | None,
) -> None:
    """Mean vector per language, of evidence and of requests."""
    usable = [q for q in queries if encoder.name in q.vectors]
    asked = {
        language: [q.vectors[encoder.name] for q in usable if q.language == language]
        for language in sorted(encoder.languages)
    }
    for language in asked:
        vectors = _piece_vectors(experts, encoder.name, language)
        mean = _shrunk(vectors, _known(prior, f"mean/{encoder.name}/passage/{language}"))
        if mean is not None:
            arrays[f"mean/{encoder.name}/passage/{language}"] = mean.astype(np.float16)
    # The languages with most requests first: a rare one leans on them.
    for language in sorted(asked, key=lambda lang: -len(asked[lang])):
        key = f"mean/{encoder.name}/query/{language}"
        known = _known(prior, key)
        if known is None:
            known = _expected_request_mean(arrays, encoder, language)
        mean = _shrunk(np.array(asked[language], np.float32), known)
        if mean is not None:
            arrays[key] = mean.astype(np.float16)


def _known(prior: Background | None, key: str) -> Vectors | None:
    found = prior.arrays.get(key) if prior else None
    return None if found is None else found.astype(np.float32)


def _expected_request_mean(
    arrays: dict[str, NDArray[Any]], encoder: Encoder, language: str
) -> Vectors | None:
    """Where requests of a language should lie: its evidence, shifted as requests of the other
    language lie from theirs."""
    means = Background(arrays)
    here = _known(means, f"mean/{encoder.name}/passage/{language}")
    for other in LANGUAGES:
        requests = _known(means, f"mean/{encoder.name}/query/{other}")
        evidence = _known(means, f"mean/{encoder.name}/passage/{other}")
        if here is not None and requests is not None and evidence is not None:
            return here + requests - evidence
    return here


def _add_samples(
    arrays: dict[str, NDArray[Any]],
    encoder: Encoder,
    experts: Sequence[ExpertDocument],
    prior: Background | None,
) -> None:
    means = Background(arrays)
    for language in sorted(encoder.languages):
        vectors = _piece_vectors(experts, encoder.name, language)
        key = f"sample/{encoder.name}/{language}"
        if len(vectors):
            chosen = np.stack(every(list(vectors), SAMPLE))
            own = means.centred(encoder.name, "passage", language, chosen)
        else:
            own = np.zeros((0, encoder.dims), np.float32)
        known = prior.sample(encoder.name, language) if prior else None
        if known is not None and len(own) < PRIOR_VECTORS:
            own = np.concatenate([own, np.stack(every(list(known), PRIOR_VECTORS))])
        if len(own):
            arrays[key] = own.astype(np.float16)


def _spreads(
    background: Background,
    encoders: tuple[Encoder, ...],
    queries: Sequence[QueryDocument],
    prior: Background | None,
) -> dict[str, float]:
    """Standard deviation of centred cosines, per encoder and pair of languages."""
    found: dict[str, float] = {}
    unscaled = Background(background.arrays, {"spread": {}})
    for encoder in encoders:
        for asked, offered in product(sorted(encoder.languages), repeat=2):
            key = f"{encoder.name}/{asked}/{offered}"
            known = prior.facts["spread"].get(key) if prior else None
            # The sample is already centred: compare it as it stands.
            sample = background.sample(encoder.name, offered)
            values = [
                _sample_cosines(unscaled, q, encoder.name, sample)
                for q in every([q for q in queries if q.language == asked], QUERIES)
                if encoder.name in q.vectors and sample is not None
            ]
            spread = pooled(values, known)
            if spread:
                found[key] = spread
    return found


def _sample_cosines(
    background: Background, query: QueryDocument, encoder: str, sample: Vectors
) -> NDArray[np.float64]:
    asked = background.centred(encoder, "query", query.language, query.vectors[encoder])
    cosines = (sample @ asked).astype(float)
    return cosines - cosines.mean()


def _signals(
    measure: Measure,
    experts: Sequence[ExpertDocument],
    queries: Sequence[QueryDocument],
    prior: Background | None,
    usable: Background | None,
) -> dict[str, list[float]]:
    """Mean and spread of raw signals over sampled pairs, per pair of languages."""
    chosen = every(experts, EXPERTS)
    values: dict[str, list[NDArray[np.float64]]] = {}
    languages = np.array([d.language for d in chosen])
    for query in every(queries, QUERIES) if chosen else []:
        asked = Asked(query.language, {n: v[None, :] for n, v in query.vectors.items()})
        dense = dense_raw(asked, chosen, measure).raw[:, 0]
        words = lexical_raw(query, chosen, measure.background, measure.scoring)
        for offered in LANGUAGES:
            rows = languages == offered
            pair = f"{query.language}/{offered}"
            if query.vectors:
                values.setdefault(f"dense/{pair}", []).append(dense[rows])
            values.setdefault(f"lexical/{pair}", []).append(words[rows])
    known = dict(prior.facts.get("signals", {})) if prior else {}
    if usable is None:
        known = {k: v for k, v in known.items() if not k.startswith(("dense/", "hub/"))}
    if prior and not any(prior.word_sample(language) for language in LANGUAGES):
        known = {k: v for k, v in known.items() if not k.startswith("lexical/")}
    keys = sorted({*values, *known})
    return {key: _normal(values.get(key, []), known.get(key)) for key in keys}


def _normal(values: list[NDArray[np.float64]], known: list[float] | None) -> list[float]:
    """Mean and spread, with the prior's as PRIOR_PAIRS further pairs."""
    joined = np.concatenate(values) if values else np.zeros(0)
    joined = joined[~np.isnan(joined)]
    weight = PRIOR_PAIRS if known else 0
    mean, spread = known or (0.0, 1.0)
    if len(joined) < 2 and not weight:
        return [0.0, 1.0]
    count = len(joined) + weight
    middle = (float(joined.sum()) + weight * mean) / count
    squares = float((joined**2).sum()) + weight * (spread**2 + mean**2)
    return [middle, float(np.sqrt(max(squares / count - middle**2, 1e-12)))]
