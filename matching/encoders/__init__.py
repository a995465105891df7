"""Encoders: texts to unit vectors. The only package that imports sentence-transformers."""

from matching.encoders.base import Encoder
from matching.encoders.choice import encoders_in_use
from matching.encoders.registry import (
    active_encoders,
    applicable,
    configured_names,
    encoder_set_fingerprint,
    encoders_named,
)

__all__ = [
    "Encoder",
    "active_encoders",
    "applicable",
    "configured_names",
    "encoder_set_fingerprint",
    "encoders_in_use",
    "encoders_named",
]
