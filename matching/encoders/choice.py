"""The encoders that searches use now: those that are ready, not merely configured."""

from __future__ import annotations

from matching.encoders.base import Encoder
from matching.encoders.registry import configured_names, encoders_named


def names_in_use() -> tuple[str, ...]:
    """Entries of the active set; before any is recorded, of ``MATCHING_ENCODERS``."""
    from matching.models import EncoderSet

    active = EncoderSet.objects.filter(state=EncoderSet.State.ACTIVE)
    names = active.values_list("names", flat=True).first()
    return tuple(names) if names else configured_names()


def encoders_in_use() -> tuple[Encoder, ...]:
    """The encoders of these entries."""
    return encoders_named(names_in_use())
