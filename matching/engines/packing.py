"""Documents to bytes and back: one layout for every engine that stores documents itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES
from matching.documents import ExpertDocument, PieceFacts, TokenCounts
from matching.signals.stacks import Sketch, Words

_WORD = np.dtype([("id", "<i8"), ("count", "<u2")])
_PIECE = np.dtype([("language", "<u1"), ("year", "<i2"), ("verification", "<u1")])


def pack_words(words: TokenCounts) -> bytes:
    table = np.zeros(len(words.ids), _WORD)
    table["id"], table["count"] = words.ids, np.minimum(words.counts, 65_535)
    return table.tobytes()


def unpack_words(data: bytes) -> TokenCounts:
    table = np.frombuffer(data, _WORD)
    return TokenCounts(table["id"].astype(np.int64), table["count"].astype(np.int32))


def pack_pieces(pieces: PieceFacts) -> bytes:
    table = np.zeros(len(pieces.languages), _PIECE)
    table["language"] = [LANGUAGES.index(language) for language in pieces.languages]
    table["year"], table["verification"] = pieces.years, pieces.verification
    return table.tobytes()


def unpack_pieces(data: bytes) -> PieceFacts:
    table = np.frombuffer(data, _PIECE)
    return PieceFacts(
        tuple(LANGUAGES[i] for i in table["language"]),
        table["year"].astype(np.int16),
        table["verification"].astype(np.int8),
    )


class StackedPieces(NamedTuple):
    """Facts about the pieces of several experts, one after the other; counts: pieces of each."""

    counts: NDArray[np.int64]
    languages: NDArray[np.str_]
    years: NDArray[np.int16]
    verification: NDArray[np.int8]


def stacked_pieces(stored: Sequence[bytes]) -> StackedPieces:
    table = np.frombuffer(b"".join(stored), _PIECE)
    return StackedPieces(
        np.array([len(data) // _PIECE.itemsize for data in stored], np.int64),
        np.array(LANGUAGES, "U2")[table["language"]],
        table["year"].astype(np.int16),
        table["verification"].astype(np.int8),
    )


def stacked_words(stored: Sequence[bytes]) -> Words:
    table = np.frombuffer(b"".join(stored), _WORD)
    distinct = np.array([len(data) // _WORD.itemsize for data in stored], np.int64)
    return Words(table["id"].astype(np.int64), table["count"].astype(np.int32), distinct)


def vectors_size(pieces: int, dims: int) -> int:
    """Bytes of so many packed vectors."""
    return pieces * dims * np.dtype("<f2").itemsize


#: how many vectors a row ``v`` holds, as PostgreSQL tells it without reading them
PIECES = "(octet_length(v.pieces) / (2 * vector_dims(v.candidate)))"


def pack_vectors(vectors: NDArray[np.float32]) -> bytes:
    """Half precision: it changes a cosine by less than 0.001."""
    return vectors.astype("<f2").tobytes()


def unpack_vectors(data: bytes, dims: int) -> NDArray[np.float32]:
    return np.frombuffer(data, "<f2").reshape(-1, dims).astype(np.float32)


def pack_sketch(centred: NDArray[np.float32]) -> bytes:
    """Centred vectors (n, dims) in eight bits: n scales, then the values."""
    scales = (np.abs(centred).max(axis=1, initial=0.0) / 127).astype("<f4")
    safe = np.where(scales > 0, scales, 1)[:, None]
    return scales.tobytes() + np.rint(centred / safe).astype(np.int8).tobytes()


def sketch_size(pieces: int, dims: int) -> int:
    """Bytes of a sketch of so many vectors."""
    return pieces * (4 + dims)


def stacked_sketches(stored: Sequence[bytes], counts: Sequence[int], dims: int) -> Sketch:
    """Sketches of several experts, one after the other; counts: pieces of each."""
    scales = b"".join(data[: 4 * n] for data, n in zip(stored, counts, strict=True))
    values = b"".join(data[4 * n :] for data, n in zip(stored, counts, strict=True))
    return Sketch(np.frombuffer(values, np.int8).reshape(-1, dims), np.frombuffer(scales, "<f4"))


def document_version(document: ExpertDocument) -> str:
    """Hash over everything that is stored of a document."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(document):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.hexdigest()


def _parts(document: ExpertDocument) -> Iterable[bytes]:
    yield document.language.encode()
    yield "|".join(document.tags).encode()
    yield "|".join(sorted(document.facts)).encode()
    yield repr(sorted(document.numbers.items())).encode()
    yield pack_words(document.words)
    yield pack_pieces(document.pieces)
    yield repr(document.shown_pieces).encode("utf-8", "ignore")
    for name in sorted(document.vectors):
        yield name.encode()
        yield pack_vectors(document.vectors[name])
