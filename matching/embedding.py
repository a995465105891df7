"""Vectors of texts, computed once: a cache table keyed by encoder, side and hash of the text.

Vectors are rounded to half precision before they are used, so a cached and a fresh vector are the
same. A small file of vectors can be carried to another database (``export_file``, ``import_file``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from matching.encoders.base import Encoder, Vectors
from matching.evidence import text_hash
from matching.models.index import Embedding

QUERY, PASSAGE = "q", "p"
BATCH = 128
Progress = Callable[[int, int], None]


def vectors_of(
    encoder: Encoder, role: str, texts: Sequence[str], progress: Progress | None = None
) -> Vectors:
    """Vectors of the texts, shape (n, dims), from the cache or computed and kept.

    Work is kept batch by batch, so an interrupted run continues where it stopped. ``progress`` is
    called with (done, to compute).
    """
    hashes = [text_hash(text) for text in texts]
    known = _cached(encoder, role, hashes)
    todo = {h: text for h, text in zip(hashes, texts, strict=True) if h not in known}
    pending = sorted(todo.items(), key=lambda item: len(item[1]))
    for start in range(0, len(pending), BATCH):
        part = pending[start : start + BATCH]
        known.update(_computed(encoder, role, part))
        if progress:
            progress(min(start + BATCH, len(pending)), len(pending))
    rows = [np.frombuffer(known[h], "<f2").astype(np.float32) for h in hashes]
    return np.stack(rows) if rows else np.zeros((0, encoder.dims), np.float32)


def _computed(encoder: Encoder, role: str, part: list[tuple[bytes, str]]) -> dict[bytes, bytes]:
    encode = encoder.encode_queries if role == QUERY else encoder.encode_passages
    vectors = encode([text for _, text in part]).astype("<f2")
    found = {h: vector.tobytes() for (h, _), vector in zip(part, vectors, strict=True)}
    _store(encoder.fingerprint, role, found)
    return found


def _store(fingerprint: str, role: str, found: dict[bytes, bytes]) -> None:
    Embedding.objects.bulk_create(
        [
            Embedding(fingerprint=fingerprint, role=role, text_hash=h, vector=vector)
            for h, vector in found.items()
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _cached(encoder: Encoder, role: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    wanted = list(dict.fromkeys(hashes))
    for start in range(0, len(wanted), 2_000):
        rows = Embedding.objects.filter(
            fingerprint=encoder.fingerprint,
            role=role,
            text_hash__in=wanted[start : start + 2_000],
        ).values_list("text_hash", "vector")
        found.update((bytes(h), bytes(vector)) for h, vector in rows)
    return found


def export_file(path: Path, encoders: Iterable[Encoder], role: str, texts: Sequence[str]) -> int:
    """Write cached vectors of the texts at one byte per value; returns how many.

    Each vector is scaled by its largest value; the loss of a cosine is below 0.002.
    """
    arrays: dict[str, Any] = {}
    count = 0
    for encoder in encoders:
        known = _cached(encoder, role, [text_hash(text) for text in texts])
        if not known:
            continue
        hashes = sorted(known)
        vectors = np.stack([np.frombuffer(known[h], "<f2").astype(np.float32) for h in hashes])
        scale = np.abs(vectors).max(axis=1, keepdims=True)
        key = f"{role}/{encoder.fingerprint}"
        arrays[f"{key}/hashes"] = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 16)
        arrays[f"{key}/values"] = np.round(vectors / scale * 127).astype(np.int8)
        count += len(hashes)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
    return count


def import_file(path: Path) -> int:
    """Fill the cache from such a file; vectors already there stay. Returns how many it held."""
    count = 0
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            key, _, part = name.rpartition("/")
            if part != "hashes":
                continue
            role, _, fingerprint = key.partition("/")
            values = archive[f"{key}/values"].astype(np.float32)
            unit = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype("<f2")
            hashes = [row.tobytes() for row in archive[name]]
            _store(fingerprint, role, {h: v.tobytes() for h, v in zip(hashes, unit, strict=True)})
            count += len(hashes)
    return count
