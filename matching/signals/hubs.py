"""Who is near to everything: a profile close to many unrelated requests says little about this one.

In high-dimensional spaces some points are near neighbours of a great many others ("hubs",
Radovanović et al. 2010). As in cross-domain similarity local scaling (Conneau et al. 2018,
arXiv 1710.04087) an expert's mean value over the stored requests nearest to him is taken off. The
requests are those of the background, so the value depends on nobody else, and it is the same for
every request: how one expert's requests are ordered does not change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.conf import Scoring
from matching.documents import ExpertDocument
from matching.signals.dense import Asked, Measure, dense_raw, language_normal
from matching.signals.lexical import (
    from_middle,
    middles,
    saturation,
    stacked_words,
    words_normal,
)

Floats = NDArray[np.float64]
Columns = Callable[[str, Sequence[ExpertDocument], Measure], Floats | None]
REMEMBERED = 50_000
FEW = 16

_known: OrderedDict[tuple[str, ...], float] = OrderedDict()
_lock = Lock()
_middles: dict[tuple[str, str, float, float], dict[str, tuple[Floats, Floats]]] = {}


def _dense_columns(
    language: str, documents: Sequence[ExpertDocument], measure: Measure
) -> Floats | None:
    """Dense values of the experts for the stored requests of a language, one column each."""
    background = measure.background
    vectors = {e.name: background.asked(e.name, language) for e in measure.encoders}
    known = {name: v for name, v in vectors.items() if v is not None}
    if not known:
        return None
    raw = dense_raw(Asked(language, known), documents, measure).raw
    return language_normal(raw, language, [d.language for d in documents], background)


def _lexical_columns(
    language: str, documents: Sequence[ExpertDocument], measure: Measure
) -> Floats | None:
    """Lexical values of the experts for the stored requests of a language, one column each."""
    background, scoring = measure.background, measure.scoring
    stored = background.asked_words(language)
    if stored is None:
        return None
    ids, weights = stored
    words = stacked_words(documents)
    rows, at = words.shared(ids)
    owner = words.owner[rows]
    said = saturation(words.counts[rows].astype(float), words.lengths[owner], background, scoring)
    raw = np.zeros((len(documents), weights.shape[1]))
    if len(rows):
        who, starts = np.unique(owner, return_index=True)
        raw[who] = np.add.reduceat(said[:, None] * weights[at], starts)
    middle = _stored_middles(language, background, scoring)
    languages = [d.language for d in documents]
    measured = from_middle(raw, languages, middle)
    return words_normal(measured, language, languages, background, scoring)


def _stored_middles(
    language: str, background: Background, scoring: Scoring
) -> dict[str, tuple[Floats, Floats]]:
    """``middles`` of the stored requests, computed once per background."""
    key = (background.version, language, scoring.k1, scoring.b)
    if key not in _middles:
        if len(_middles) > FEW:
            _middles.clear()
        stored = background.asked_words(language)
        ids, weights = stored if stored else (np.zeros(0, np.int64), np.zeros((0, 0)))
        _middles[key] = middles(ids, weights.astype(float), language, background, scoring)
    return _middles[key]


HUB_SIGNALS: dict[str, Columns] = {"dense": _dense_columns, "lexical": _lexical_columns}


def raw_hub_values(signal: str, documents: Sequence[ExpertDocument], measure: Measure) -> Floats:
    """Mean value of each expert over the stored requests nearest to him; NaN without evidence or
    with too few stored requests."""
    found = [HUB_SIGNALS[signal](language, documents, measure) for language in LANGUAGES]
    columns = [column for column in found if column is not None]
    joined = np.concatenate(columns, axis=1) if columns else np.zeros((len(documents), 0))
    nearest = measure.scoring.hub_nearest
    if joined.shape[1] < nearest:
        return np.full(len(documents), np.nan)
    return np.sort(joined, axis=1)[:, -nearest:].mean(axis=1)


def hub_values(signal: str, documents: Sequence[ExpertDocument], measure: Measure) -> Floats:
    """``raw_hub_values`` from the mean of the expert's language: 0 for a usual profile.

    Values are remembered per background and version of the document; documents without a version
    are computed each time.
    """
    measured = (signal, measure.background.version, repr(measure.scoring))
    keys = [(*measured, d.version) if d.version else () for d in documents]
    raw = np.array([_recall(key) for key in keys], float)
    missing = [i for i, value in enumerate(raw) if np.isinf(value)]
    if missing:
        raw[missing] = raw_hub_values(signal, [documents[i] for i in missing], measure)
        for i in missing:
            _remember(keys[i], float(raw[i]))
    means = [measure.background.normal(f"hub/{signal}", d.language)[0] for d in documents]
    return np.nan_to_num(raw - np.array(means))


def _recall(key: tuple[str, ...]) -> float:
    with _lock:
        return _known.get(key, np.inf) if key else np.inf


def _remember(key: tuple[str, ...], value: float) -> None:
    with _lock:
        if key:
            _known[key] = value
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
