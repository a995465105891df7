"""Who is near to everything: a profile close to many unrelated requests says little about this one.

In high-dimensional spaces some points are near neighbours of a great many others ("hubs",
Radovanović et al. 2010). As in cross-domain similarity local scaling (Conneau et al. 2018,
arXiv 1710.04087) an expert's mean value over the stored requests nearest to him is taken off. The
requests are those of the background, so the value depends on nobody else, and it is the same for
every request: how one expert's requests are ordered does not change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.documents import ExpertDocument
from matching.signals.dense import Asked, Measure, dense_raw, language_normal

Floats = NDArray[np.float64]
REMEMBERED = 20_000

_known: OrderedDict[tuple[str, str, int, str], float] = OrderedDict()
_lock = Lock()


def stored_requests(background: Background) -> list[Asked]:
    """The background's requests, one group per language."""
    names = list(background.facts.get("encoders", {}))
    found = []
    for language in LANGUAGES:
        vectors = {n: background.asked(n, language) for n in names}
        known = {n: v for n, v in vectors.items() if v is not None}
        if known:
            found.append(Asked(language, known))
    return found


def raw_hub_values(documents: Sequence[ExpertDocument], measure: Measure) -> Floats:
    """Mean normalised value of each expert over the stored requests nearest to him; NaN without
    evidence or with too few stored requests."""
    columns = [
        language_normal(
            dense_raw(asked, documents, measure).raw, asked.language, documents, measure.background
        )
        for asked in stored_requests(measure.background)
    ]
    joined = np.concatenate(columns, axis=1) if columns else np.zeros((len(documents), 0))
    nearest = measure.scoring.hub_nearest
    if joined.shape[1] < nearest:
        return np.full(len(documents), np.nan)
    return np.sort(joined, axis=1)[:, -nearest:].mean(axis=1)


def hub_values(documents: Sequence[ExpertDocument], measure: Measure) -> Floats:
    """``raw_hub_values`` from the mean of the expert's language: 0 for a usual profile.

    Values are remembered per background and version of the document.
    """
    raw = np.array([_recall(d, measure) for d in documents], float)
    missing = [i for i, value in enumerate(raw) if np.isinf(value)]
    if missing:
        computed = raw_hub_values([documents[i] for i in missing], measure)
        raw[missing] = computed
        for i, value in zip(missing, computed.tolist(), strict=True):
            _remember(documents[i], measure, value)
    means = [measure.background.normal("hub", "", d.language)[0] for d in documents]
    return np.nan_to_num(raw - np.array(means))


def _key(document: ExpertDocument, measure: Measure) -> tuple[str, str, int, str]:
    version = measure.background.version
    return version, repr(measure.scoring), document.expert_id, document.version


def _recall(document: ExpertDocument, measure: Measure) -> float:
    with _lock:
        return _known.get(_key(document, measure), np.inf) if document.version else np.inf


def _remember(document: ExpertDocument, measure: Measure, value: float) -> None:
    with _lock:
        if document.version:
            _known[_key(document, measure)] = value
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
