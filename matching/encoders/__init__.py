"""Encoders: texts to unit vectors. The only package that imports sentence-transformers."""

from matching.encoders.base import Encoder
from matching.encoders.registry import active_encoders, applicable, encoder_set_fingerprint

__all__ = ["Encoder", "active_encoders", "applicable", "encoder_set_fingerprint"]
