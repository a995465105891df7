"""The dense signal as a whole: similarity of the evidence, less what a profile always has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.documents import ExpertDocument, QueryDocument
from matching.signals.dense import Asked, DenseDetail, Measure, dense_raw, language_normal
from matching.signals.hubs import hub_values

Floats = NDArray[np.float64]
NOTHING_KNOWN = -1.0  # an expert without any evidence lies one spread below a random pair


def dense_signal(
    query: QueryDocument, documents: Sequence[ExpertDocument], measure: Measure
) -> tuple[Floats, DenseDetail]:
    """Normalised value per expert, and the detail that the explanation needs."""
    asked = Asked(query.language, {name: v[None, :] for name, v in query.vectors.items()})
    detail = dense_raw(asked, documents, measure, query.year)
    if not query.vectors or not query.text:
        return np.zeros(len(documents)), detail
    values = language_normal(detail.raw, query.language, documents, measure.background)[:, 0]
    values = values - measure.scoring.hub_penalty * hub_values(documents, measure)
    return np.where(np.isnan(values), NOTHING_KNOWN, values), detail
