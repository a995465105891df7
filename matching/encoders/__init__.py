"""Encoders: texts to unit vectors. The only package that imports sentence-transformers."""

from matching.encoders.base import Encoder
from matching.encoders.choice import encoders_in_use, names_in_use
from matching.encoders.declared import Declared, complaints
from matching.encoders.registry import (
    active_encoders,
    applicable,
    configured_names,
    encoder_set_fingerprint,
    encoders_named,
)

__all__ = [
    "Declared",
    "Encoder",
    "active_encoders",
    "applicable",
    "complaints",
    "configured_names",
    "encoder_set_fingerprint",
    "encoders_in_use",
    "encoders_named",
    "names_in_use",
]
