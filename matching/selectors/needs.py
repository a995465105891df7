"""The needs of a stored request: its form, its text, requests like it, and what staff decided."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from consulting.models import Request
from matching.adapters import query_of
from matching.background import Background
from matching.background_store import active_background
from matching.encoders import active_encoders
from matching.encoders.base import Encoder, unit
from matching.labels import label_vectors, leaves
from matching.models import DeskField
from matching.needs import Clues, Need, decompose, mentions, ranked_fields, words_for
from matching.selectors.alike import Alike, alike, cached_vector, centred


def needs_of(request: Request) -> tuple[Need, ...]:
    """What expertise the request needs, with weights and where each comes from."""
    query = query_of(request)
    desk = desk_fields(request)
    return decompose(
        query.fields,
        query.tags,
        clues_of(request),
        accepted=[code for code, state in desk.items() if state == DeskField.State.ACCEPTED],
        ignored=[code for code, state in desk.items() if state == DeskField.State.IGNORED],
    )


def desk_fields(request: Request) -> dict[str, str]:
    """Field → what staff decided about it on this request."""
    rows = DeskField.objects.filter(request=request).order_by("pk")
    return dict(rows.values_list("node__code", "state"))


def clues_of(request: Request, text: str | None = None) -> Clues:
    """Clues of a request's stored text; ``text`` is what is being typed, where it is newer.

    Vectors are only read, never computed: a draft gets its own in the background.
    """
    query = query_of(request)
    typed = query.full_text if text is None else text
    counted = mentions(typed)
    words = words_for(typed, counted)
    encoders = active_encoders()
    vector = cached_vector(encoders[0], query.full_text)
    if vector is None:
        return Clues(counted, words)
    background = active_background(encoders)
    mine = centred(query, vector, encoders[0], background)
    others = alike(mine, encoders[0], background, request.pk or 0)
    share, numbers = _shares(others)
    return Clues(counted, words, nearness(mine, encoders[0]), share, numbers)


def nearness(mine: NDArray[np.float32], encoder: Encoder) -> dict[str, float]:
    """Leaf → spreads by which the text is nearer to its names than to those of all leaves."""
    vectors = label_vectors(encoder)
    cosines = unit(vectors - vectors.mean(axis=0)) @ mine
    spread = float(cosines.std()) or 1.0
    return dict(zip(leaves(), ((cosines - cosines.mean()) / spread).tolist(), strict=True))


def _shares(others: list[Alike]) -> tuple[dict[str, float], dict[str, tuple[str, ...]]]:
    share: dict[str, float] = {}
    numbers: dict[str, tuple[str, ...]] = {}
    for other in others:
        for code in other.codes:
            share[code] = share.get(code, 0.0) + other.share
            numbers[code] = (*numbers.get(code, ()), other.number)
    return share, numbers


def suggested(request: Request, text: str | None = None) -> list[dict[str, Any]]:
    """Fields that the clues speak for, likeliest first, for the registry of suggestions."""
    clues = clues_of(request, text)
    return [
        {
            "code": code,
            "strength": strength,
            "words": clues.words.get(code, ()),
            "requests": clues.requests.get(code, ()),
        }
        for code, strength in ranked_fields(clues)
    ]


def background_now() -> Background:
    """The background that pages measure with."""
    return active_background(active_encoders())
