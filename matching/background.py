"""The stored, versioned background that every score is measured against.

A raw cosine or BM25 value means nothing by itself: it depends on the language of both texts, on the
encoder and on how common the words are. The background holds what turns raw values into comparable
ones: mean vectors per language, a fixed sample of evidence vectors, word and tag frequencies, and
mean and spread of each signal per pair of languages. It changes only by an explicit rebuild, so a
score never moves because strangers join or leave.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.encoders.base import Encoder, Vectors, unit

LANGUAGES = ("ko", "en")
FORMAT = 1


class BackgroundMismatchError(RuntimeError):
    """The background was made with other encoders than the ones in use."""


class WordSample:
    """Words of a fixed sample of experts, to see what a request scores with anybody.

    ids, rows, counts: one entry per expert and distinct token, ascending by token;
    lengths: tokens of each expert, shape (experts,).
    """

    def __init__(
        self, ids: NDArray[np.int64], counts: NDArray[Any], distinct: NDArray[np.int32]
    ) -> None:
        order = np.argsort(ids, kind="stable")
        rows = np.repeat(np.arange(len(distinct)), distinct)
        self.ids, self.rows = ids[order], rows[order]
        self.counts = counts[order].astype(float)
        self.lengths: NDArray[np.float64] = np.bincount(
            rows, weights=counts, minlength=len(distinct)
        ).astype(float)

    def postings(
        self, ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Where the tokens occur: place in ``ids``, expert, count; one entry per occurrence."""
        low, high = np.searchsorted(self.ids, ids, "left"), np.searchsorted(self.ids, ids, "right")
        found = high - low
        place = np.repeat(np.arange(len(ids)), found)
        at = np.arange(len(place)) + np.repeat(low - (np.cumsum(found) - found), found)
        return place, self.rows[at], self.counts[at]


@dataclass(frozen=True)
class Background:
    """See the module. ``arrays`` are named ``kind/encoder/...``; ``facts`` are plain JSON.

    arrays: ``mean/<encoder>/<query|passage>/<language>`` (dims,), ``sample/<encoder>/<language>``
        (n, dims) centred unit vectors of evidence, ``asked/<encoder>/<language>`` (n, dims)
        vectors of requests as encoded, ``words/ids`` ascending int64, ``words/counts``,
        ``words/sample/<language>/<ids|counts|distinct>`` words of a sample of experts one after
        the other, ``asked/words/<language>/<ids|weights|counts>`` words of the requests.
    facts: ``encoders`` name → fingerprint, ``documents``, ``average_length``, ``tags`` code → n,
        ``experts``, ``spread`` "encoder/asked/offered" → float, ``signals`` "signal/asked/offered"
        → [mean, spread], ``tag_spread``, ``note``, and ``analyser`` where the site had synonyms of
        its own.
    """

    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """Short hash over everything in it."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:12]

    # -- vectors ------------------------------------------------------------------------------
    def mean(self, encoder: str, role: str, language: str) -> Vectors | float:
        """Mean vector of a language on one side, or 0 where nothing is known."""
        found = self.arrays.get(f"mean/{encoder}/{role}/{language}")
        return 0.0 if found is None else found.astype(np.float32)

    def centred(self, encoder: str, role: str, language: str, vectors: Vectors) -> Vectors:
        """Vectors less the mean of their language and side, of length one again."""
        return unit(vectors - self.mean(encoder, role, language))

    @cached_property
    def _samples(self) -> dict[str, Vectors]:
        found = {k: v for k, v in self.arrays.items() if k.startswith("sample/") and len(v)}
        return {key: array.astype(np.float32) for key, array in found.items()}

    @cached_property
    def _joined_samples(self) -> dict[str, Vectors]:
        parts: dict[str, list[Vectors]] = {}
        for key in sorted(self._samples):  # the name of an encoder may hold a slash
            encoder = key.removeprefix("sample/").rpartition("/")[0]
            parts.setdefault(encoder, []).append(self._samples[key])
        return {encoder: np.concatenate(found) for encoder, found in parts.items()}

    def sample(self, encoder: str, language: str) -> Vectors | None:
        """Fixed centred evidence vectors of a language that a request is compared with."""
        return self._samples.get(f"sample/{encoder}/{language}")

    def samples(self, encoder: str) -> Vectors | None:
        """The same of all languages, one after the other."""
        return self._joined_samples.get(encoder)

    def asked(self, encoder: str, language: str) -> Vectors | None:
        """Fixed request vectors of a language, to see who is near to everything."""
        found = self.arrays.get(f"asked/{encoder}/{language}")
        return None if found is None or not len(found) else found.astype(np.float32)

    def spread(self, encoder: str, asked: str, offered: str) -> float:
        """Standard deviation around the request's own mean: of centred cosines by encoder, of words
        under the name ``words``."""
        return float(self.facts.get("spread", {}).get(f"{encoder}/{asked}/{offered}", 0.1))

    @cached_property
    def _asked_words(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float32]] | None]:
        return {language: self._words_matrix(language) for language in LANGUAGES}

    def asked_words(self, language: str) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        """Words of the stored requests: ascending ids, and weights of shape (ids, requests)."""
        return self._asked_words.get(language)

    def _words_matrix(self, language: str) -> tuple[NDArray[np.int64], NDArray[np.float32]] | None:
        counts = self.arrays.get(f"asked/words/{language}/counts")
        if counts is None or not len(counts):
            return None
        key = f"asked/words/{language}"
        ids, row = np.unique(self.arrays[f"{key}/ids"], return_inverse=True)
        matrix = np.zeros((max(len(ids), 1), len(counts)), np.float32)
        matrix[row, np.repeat(np.arange(len(counts)), counts)] = self.arrays[f"{key}/weights"]
        return (ids if len(ids) else np.zeros(1, np.int64)), matrix

    @cached_property
    def _word_samples(self) -> dict[str, WordSample]:
        found = {}
        for language in LANGUAGES:
            key = f"words/sample/{language}"
            if len(self.arrays.get(f"{key}/distinct", ())):
                parts = (self.arrays[f"{key}/{name}"] for name in ("ids", "counts", "distinct"))
                found[language] = WordSample(*parts)
        return found

    def word_sample(self, language: str) -> WordSample | None:
        """Words of a fixed sample of experts of a language."""
        return self._word_samples.get(language)

    # -- words and tags -----------------------------------------------------------------------
    @property
    def average_length(self) -> float:
        return float(self.facts.get("average_length", 200.0))

    def idf(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """BM25's inverse document frequency, log(1 + (N - n + ½) / (n + ½))."""
        total, counts = float(self.facts.get("documents", 0)), self._documents_with(ids)
        return np.log(1 + (total - counts + 0.5).clip(0.5) / (counts + 0.5))

    def share(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the counted documents that have each token."""
        total = max(float(self.facts.get("documents", 0)), 1.0)
        return (self._documents_with(ids) / total).clip(0.0, 1.0)

    def _documents_with(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        known = self.arrays.get("words/ids")
        if known is None or not len(known):
            return np.zeros(len(ids))
        at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        found: NDArray[np.float64] = np.where(
            known[at] == ids, self.arrays["words/counts"][at], 0
        ).astype(float)
        return found

    def rarity(self, code: str) -> float:
        """Weight of a wanted tag: about 1 for a rare one, lower the more experts carry it."""
        total = float(self.facts.get("experts", 0))
        count = float(self.facts.get("tags", {}).get(code, 0))
        return float(np.log((total + 2) / (count + 1)) / np.log(total + 2))

    # -- signals ------------------------------------------------------------------------------
    def normal(self, *name: str) -> tuple[float, float]:
        """Mean and spread of a signal's raw values over random pairs, by signal and languages."""
        mean, spread = self.facts.get("signals", {}).get("/".join(name), (0.0, 1.0))
        return float(mean), max(float(spread), 1e-6)

    # -- storing ------------------------------------------------------------------------------
    def check(self, encoders: tuple[Encoder, ...]) -> None:
        """Raise BackgroundMismatchError unless it was made with exactly these encoders."""
        made = dict(self.facts.get("encoders", {}))
        used = {e.name: e.fingerprint for e in encoders}
        if made != used:
            raise BackgroundMismatchError(f"background was made with {made}, in use are {used}")

    def to_bytes(self) -> bytes:
        """Deterministic archive: the same content gives the same bytes."""
        buffer = io.BytesIO()
        text = json.dumps({"format": FORMAT, **self.facts}, sort_keys=True, ensure_ascii=False)
        facts = np.frombuffer(text.encode(), np.uint8)
        content: dict[str, Any] = {"facts": facts, **dict(sorted(self.arrays.items()))}
        np.savez(buffer, **content)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Background:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            facts = json.loads(archive["facts"].tobytes().decode())
            arrays = {name: archive[name] for name in archive.files if name != "facts"}
        if facts.pop("format", None) != FORMAT:
            raise BackgroundMismatchError("background has another format; rebuild it")
        return cls(arrays, facts)
