"""One encoder over any SentenceTransformer: bundled, from the hub's local cache, or a folder."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np

from matching.encoders.base import Vectors, by_length, clip, unit, windows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Loader = Callable[[], "tuple[SentenceTransformer, str]"]
BATCH = 32


class TransformerEncoder:
    """Loads its model, and the libraries for it, at the first text; safe to share between threads.

    window_words: longer texts are cut into windows of so many words whose vectors are averaged;
        0 when the model does that itself.
    """

    def __init__(
        self,
        name: str,
        load: Loader,
        languages: frozenset[str],
        fingerprint: str,
        dims: int,
        window_words: int = 0,
        max_characters: int = 8_000,
    ) -> None:
        self.name, self.languages, self.fingerprint, self.dims = name, languages, fingerprint, dims
        self._load, self._window_words, self._limit = load, window_words, max_characters
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "query")

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "passage")

    def _encode(self, texts: Sequence[str], role: str) -> Vectors:
        pieces = [
            windows(clip(text, self._limit), self._window_words or 10**9) or [""] for text in texts
        ]
        flat = [window for each in pieces for window in each]
        vectors = by_length(flat, lambda batch: self._run(batch, role), self.dims)
        owner = np.repeat(np.arange(len(pieces)), [len(each) for each in pieces])
        sums = np.zeros((len(pieces), self.dims), np.float32)
        np.add.at(sums, owner, vectors)
        return unit(sums)

    def _run(self, texts: list[str], role: str) -> Vectors:
        import torch

        with self._lock, torch.inference_mode():
            if self._model is None:
                self._model = self._loaded()
            encode = self._model.encode_query if role == "query" else self._model.encode_document
            return np.asarray(encode(texts, batch_size=BATCH, show_progress_bar=False), np.float32)

    def _loaded(self) -> SentenceTransformer:
        from transformers.utils import logging

        logging.disable_progress_bar()
        model, _ = self._load()
        return model


def folder_fingerprint(name: str) -> str:
    """Hash over names, sizes and first megabytes of a model folder's files, or over a hub name."""
    digest = hashlib.sha256(name.encode())
    root = Path(name)
    for path in sorted(root.rglob("*")) if root.is_dir() else ():
        if path.is_file():
            digest.update(f"{path.relative_to(root)}:{path.stat().st_size}".encode())
            with path.open("rb") as file:
                digest.update(file.read(1 << 20))
    return digest.hexdigest()[:16]
