"""Vectors of what the terms of the taxonomy are called: label, English label and aliases.

They tell how near a text is to a field that it never names. The vectors for the bundled encoder
ship with the product, so that no page has to load a model for them; for another encoder they are
computed once and kept in the cache of vectors.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from matching.embedding import QUERY, vectors_of
from matching.encoders.base import Encoder, Vectors, unit
from matching.taxonomy import Term, terms

RESOURCE = Path(__file__).parent / "resources" / "labels.npz"


def label_text(term: Term) -> str:
    """One term in words: everything it is called in either language."""
    return f"{term.ko}. {', '.join(name for name in (term.en, *term.aliases) if name)}"


@lru_cache(maxsize=1)
def leaves() -> tuple[str, ...]:
    """Codes of the terms that people choose, in the order of the taxonomy's file."""
    return tuple(code for code, term in terms().items() if term.parent)


@lru_cache(maxsize=4)
def _vectors(fingerprint: str) -> Vectors | None:
    """The shipped vectors of all leaves, if they were made with this encoder and these labels."""
    if not RESOURCE.exists():
        return None
    with np.load(RESOURCE, allow_pickle=False) as archive:
        made_with = str(archive["fingerprint"])
        texts = archive["texts"].tolist()
        values = archive["values"].astype(np.float32)
    if made_with != fingerprint or texts != _texts():
        return None
    return unit(values)


def _texts() -> list[str]:
    known = terms()
    return [label_text(known[code]) for code in leaves()]


def label_vectors(encoder: Encoder) -> Vectors:
    """One unit vector per leaf, shape (leaves, dims), in the order of ``leaves``."""
    found = _vectors(encoder.fingerprint)
    return found if found is not None else vectors_of(encoder, QUERY, _texts())


def write_labels(encoder: Encoder, path: Path = RESOURCE) -> int:
    """Compute and keep the vectors of this encoder as the shipped file; returns how many."""
    vectors = encoder.encode_queries(_texts())
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            fingerprint=np.array(encoder.fingerprint),
            texts=np.array(_texts()),
            values=np.round(vectors / np.abs(vectors).max() * 32_000).astype(np.int16),
        )
    return len(vectors)
