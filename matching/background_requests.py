"""The stored requests of a background: what experts are near to in general."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.documents import ExpertDocument, QueryDocument
from matching.signals.dense import Measure
from matching.signals.hubs import HUB_SIGNALS, raw_hub_values
from matching.signals.lexical import scaled_weights

FEWEST_ASKED = 40  # the prior's requests fill up to so many


def add_asked(
    arrays: dict[str, NDArray[Any]],
    measure: Measure,
    requests: Sequence[QueryDocument],
    prior: Background | None,
) -> None:
    """Vectors and weighted words of the requests, per language; the prior's beside a few."""
    lacking = max(0, FEWEST_ASKED - len(requests)) // len(LANGUAGES)
    for language in LANGUAGES:
        asked = [q for q in requests if q.language == language]
        for encoder in measure.encoders:
            rows = [q.vectors[encoder.name] for q in asked if encoder.name in q.vectors]
            known = prior.asked(encoder.name, language) if prior and lacking else None
            rows += list(known[:lacking]) if known is not None else []
            if rows:
                arrays[f"asked/{encoder.name}/{language}"] = np.stack(rows).astype(np.float16)
        words = [(q.words.ids, scaled_weights(q, measure.background)) for q in asked]
        words += _known_words(prior, language)[:lacking] if prior and lacking else []
        _pack(arrays, language, words)


Words = tuple[NDArray[np.int64], NDArray[Any]]


def _pack(arrays: dict[str, NDArray[Any]], language: str, words: list[Words]) -> None:
    if words:
        key = f"asked/words/{language}"
        arrays[f"{key}/ids"] = np.concatenate([ids for ids, _ in words])
        arrays[f"{key}/weights"] = np.concatenate([w for _, w in words]).astype(np.float16)
        arrays[f"{key}/counts"] = np.array([len(ids) for ids, _ in words], np.int32)


def _known_words(prior: Background, language: str) -> list[Words]:
    key = f"asked/words/{language}"
    counts = prior.arrays.get(f"{key}/counts")
    if counts is None:
        return []
    ends = np.cumsum(counts)[:-1]
    ids, weights = prior.arrays[f"{key}/ids"], prior.arrays[f"{key}/weights"]
    return list(zip(np.split(ids, ends), np.split(weights, ends), strict=True))


def hub_means(
    measure: Measure, experts: Sequence[ExpertDocument], prior: Background | None
) -> dict[str, list[float]]:
    """Mean hub value per signal and language of the expert."""
    found: dict[str, list[float]] = {}
    languages = np.array([d.language for d in experts])
    for signal in HUB_SIGNALS:
        values = raw_hub_values(signal, experts, measure)
        for language in LANGUAGES:
            own = values[languages == language]
            own = own[~np.isnan(own)]
            key = f"hub/{signal}/{language}"
            if len(own):
                found[key] = [float(own.mean()), float(own.std())]
            elif prior and key in prior.facts.get("signals", {}):
                found[key] = prior.facts["signals"][key]
    return found
