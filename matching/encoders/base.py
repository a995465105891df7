"""What an encoder is, and helpers that every encoder shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors; the same text always gives the same vector.

    name: stable, used in tables; a model with another declaration has another name.
    fingerprint: changes with the weights, the prompts or the windows, never otherwise.
    languages: it is used for a pair of texts when it lists the languages of both.
    """

    name: str
    fingerprint: str
    dims: int
    languages: frozenset[str]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Requests, shape (n, dims), each row of length one."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Evidence, shape (n, dims), each row of length one."""
        ...


def unit(vectors: NDArray[np.floating[Any]]) -> Vectors:
    """Rows scaled to length one; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.where(lengths == 0, 1.0, lengths)).astype(np.float32)


def by_length(texts: Sequence[str], encode: Callable[[list[str]], Vectors], dims: int) -> Vectors:
    """Encode sorted by length, so that a batch holds texts of like length; input order returned."""
    if not texts:
        return np.zeros((0, dims), np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    encoded = encode([texts[i] for i in order])
    result = np.empty((len(texts), dims), np.float32)
    result[order] = encoded
    return unit(result)


def windows(text: str, words: int) -> list[str]:
    """Consecutive windows of at most ``words`` words; the text itself when it is short."""
    split = text.split()
    if len(split) <= words:
        return [text]
    count = -(-len(split) // words)
    size = -(-len(split) // count)
    return [" ".join(split[i : i + size]) for i in range(0, len(split), size)]


def clip(text: str, limit: int) -> str:
    """Text without characters that models cannot read, at most ``limit`` characters."""
    return text[:limit].replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8").strip()
