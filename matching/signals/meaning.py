"""The two text signals as a whole: nearness to this request, less nearness to requests at large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.documents import ExpertDocument, QueryDocument
from matching.signals.dense import (
    Asked,
    DenseDetail,
    Measure,
    dense_of,
    dense_raw,
    language_normal,
)
from matching.signals.hubs import hub_values
from matching.signals.lexical import lexical_of, lexical_raw, words_normal
from matching.signals.stacks import Outlines

Floats = NDArray[np.float64]
NOTHING_KNOWN = -1.0  # an expert without any evidence lies one spread below a random pair


def asked_for(query: QueryDocument) -> Asked:
    """The request with those of its vectors that can be used."""
    usable = {name: v[None, :] for name, v in query.vectors.items() if np.isfinite(v).all()}
    return Asked(query.language, usable)


def dense_signal(
    query: QueryDocument, documents: Sequence[ExpertDocument], measure: Measure
) -> tuple[Floats, DenseDetail]:
    """Normalised value per expert, and the detail that the explanation needs."""
    asked = asked_for(query)
    detail = dense_raw(asked, documents, measure, query.year)
    if not asked.vectors or not query.text:
        return np.zeros(len(documents)), detail
    languages = [d.language for d in documents]
    values = language_normal(detail.raw, query.language, languages, measure.background)[:, 0]
    values = values - measure.scoring.hub_penalty * hub_values("dense", documents, measure)
    return np.where(np.isnan(values), NOTHING_KNOWN, values), detail


def dense_outline(query: QueryDocument, outlines: Outlines, measure: Measure) -> Floats:
    """``dense_signal`` as far as outlines tell it."""
    asked = asked_for(query)
    if not asked.vectors or not query.text:
        return np.zeros(len(outlines.ids))
    raw = dense_of(asked, outlines.pieces, measure).raw
    values = language_normal(raw, query.language, outlines.languages, measure.background)[:, 0]
    return np.where(np.isnan(values), NOTHING_KNOWN, values)


def lexical_outline(query: QueryDocument, outlines: Outlines, measure: Measure) -> Floats:
    """``lexical_signal`` as far as outlines tell it."""
    if not len(query.words.ids):
        return np.zeros(len(outlines.ids))
    background, scoring, languages = measure.background, measure.scoring, outlines.languages
    raw = lexical_of(query, outlines.words, languages, background, scoring)
    return words_normal(raw, query.language, languages, background, scoring)


def lexical_signal(
    query: QueryDocument, documents: Sequence[ExpertDocument], measure: Measure
) -> Floats:
    """Normalised value per expert; zero for all when the request has no words."""
    if not len(query.words.ids):
        return np.zeros(len(documents))
    background, scoring = measure.background, measure.scoring
    raw = lexical_raw(query, documents, background, scoring)
    languages = [d.language for d in documents]
    values = words_normal(raw, query.language, languages, background, scoring)
    return values - scoring.hub_penalty * hub_values("lexical", documents, measure)
