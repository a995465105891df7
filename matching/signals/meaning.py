"""The two text signals as a whole: nearness to this request, less nearness to requests at large."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.documents import ExpertDocument, QueryDocument
from matching.signals.dense import Asked, DenseDetail, Measure, dense_raw, language_normal
from matching.signals.hubs import hub_values
from matching.signals.lexical import lexical_raw, words_normal

Floats = NDArray[np.float64]
NOTHING_KNOWN = -1.0  # an expert without any evidence lies one spread below a random pair


def dense_signal(
    query: QueryDocument, documents: Sequence[ExpertDocument], measure: Measure
) -> tuple[Floats, DenseDetail]:
    """Normalised value per expert, and the detail that the explanation needs."""
    usable = {name: v[None, :] for name, v in query.vectors.items() if np.isfinite(v).all()}
    asked = Asked(query.language, usable)
    detail = dense_raw(asked, documents, measure, query.year)
    if not usable or not query.text:
        return np.zeros(len(documents)), detail
    values = language_normal(detail.raw, query.language, documents, measure.background)[:, 0]
    values = values - measure.scoring.hub_penalty * hub_values("dense", documents, measure)
    return np.where(np.isnan(values), NOTHING_KNOWN, values), detail


def lexical_signal(
    query: QueryDocument, documents: Sequence[ExpertDocument], measure: Measure
) -> Floats:
    """Normalised value per expert; zero for all when the request has no words."""
    if not len(query.words.ids):
        return np.zeros(len(documents))
    background, scoring = measure.background, measure.scoring
    raw = lexical_raw(query, documents, background, scoring)
    values = words_normal(raw, query.language, documents, background, scoring)
    return values - scoring.hub_penalty * hub_values("lexical", documents, measure)
