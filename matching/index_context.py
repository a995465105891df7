"""What documents are indexed with, also while another set of encoders is being laid beside."""

from __future__ import annotations

from matching.background import Background
from matching.background_store import shipped_background
from matching.encoders import Encoder, encoders_named
from matching.engines.base import Context
from matching.models import EncoderSet, StoredBackground
from matching.pipeline import current_context


def index_context() -> Context:
    """What documents are indexed with: the sets in use, and the one that is being laid beside.

    While the new vectors are laid beside the present ones, a document carries both, so that
    searches with either find it; the statistics of each encoder come from its own background.
    """
    context = current_context()
    row = EncoderSet.objects.filter(
        state=EncoderSet.State.PREPARING, step=EncoderSet.Step.INDEX
    ).first()
    return context if row is None else joined_context(context, row)


def joined_context(context: Context, row: EncoderSet) -> Context:
    """``context`` with the encoders of ``row`` and their statistics beside its own."""
    fresh = encoders_named(tuple(row.names))
    names = {encoder.name for encoder in fresh}
    encoders = (*fresh, *(e for e in context.encoders if e.name not in names))
    own = _background_of(row, fresh)
    arrays = {**context.background.arrays, **own.arrays}
    facts = {**context.background.facts, "encoders": {e.name: e.fingerprint for e in encoders}}
    facts["spread"] = {**context.background.facts.get("spread", {}), **own.facts.get("spread", {})}
    return Context(encoders, Background(arrays, facts), context.scoring)


def _background_of(row: EncoderSet, encoders: tuple[Encoder, ...]) -> Background:
    if not row.background:
        return shipped_background()
    data = StoredBackground.objects.get(version=row.background).data
    return Background.from_bytes(bytes(data))
