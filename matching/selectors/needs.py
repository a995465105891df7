"""The needs of a stored request: its form, its text, requests like it, and what staff decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from consulting.models import Request
from consulting.suggestions import Hint
from matching.adapters import text_query
from matching.encoders.base import Encoder, unit
from matching.evidence import Field
from matching.labels import label_vectors, leaves
from matching.models import DeskField
from matching.needs import Clues, Need, decompose, mentions, ranked_fields, words_for
from matching.pipeline import current_context
from matching.selectors.alike import Alike, alike, cached_vector, centred

#: a suggestion may be ignored with a click, so it needs less to be shown than a need to be counted
WORTH_OFFERING = 0.15


def needs_of(request: Request) -> tuple[Need, ...]:
    """What expertise the request needs, with weights and where each comes from."""
    desk = desk_fields(request)
    rows = request.fields.select_related("node")
    return decompose(
        [Field(f.node.label_ko, f.node.axis, f.node.code, f.rank) for f in rows],
        request.keywords,
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
    query = text_query(request)
    typed = query.full_text if text is None else text
    counted = mentions(typed)
    words = words_for(typed, counted)
    context = current_context()
    encoder = context.encoders[0]
    vector = cached_vector(encoder, query.full_text)
    if vector is None:
        return Clues(counted, words)
    mine = centred(query, vector, encoder, context.background)
    share, numbers = _shares(alike(mine, encoder, context.background, request.pk or 0))
    return Clues(counted, words, nearness(mine, encoder), share, numbers)


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


def hints(request: Request | None, text: str) -> list[Hint]:
    """Fields that the clues of a text speak for, likeliest first (a finder of consulting's)."""
    if request is None or request.pk is None:
        counted = mentions(text)
        clues = Clues(counted, words_for(text, counted))
    else:
        clues = clues_of(request, text)
    return [
        Hint(code, strength, clues.words.get(code, ()), clues.requests.get(code, ()))
        for code, strength in ranked_fields(clues, least=WORTH_OFFERING)
    ]
