"""The encoders that searches use now: those that are ready, not merely configured."""

from __future__ import annotations

from matching.encoders.base import Encoder
from matching.encoders.registry import active_encoders, encoders_named


def encoders_in_use() -> tuple[Encoder, ...]:
    """The active set; before any is recorded, what ``MATCHING_ENCODERS`` names."""
    from matching.models import EncoderSet

    active = EncoderSet.objects.filter(state=EncoderSet.State.ACTIVE)
    names = active.values_list("names", flat=True).first()
    return encoders_named(tuple(names)) if names else active_encoders()
