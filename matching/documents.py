"""One expert or one request prepared for scoring: token counts, resolved tags, piece vectors.

The same arrays are stored by every engine and scored by the same code, so that any engine gives
the same list.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.analysis import tokens
from matching.evidence import (
    VERIFICATION_CODES,
    EvidencePiece,
    ExpertRecord,
    RequestQuery,
    clean,
)
from matching.language import detect
from matching.taxonomy import label_of, resolve_all

MAX_PIECES = 200
FIELD_TRUST, KEYWORD_TRUST = 1.0, 0.5  # keywords of requests are often missing or wrong


@lru_cache(maxsize=200_000)
def token_id(token: str) -> int:
    """Signed 64-bit number of a token, the same on every machine."""
    return int.from_bytes(
        hashlib.blake2b(token.encode(), digest_size=8).digest(), "big", signed=True
    )


@dataclass(frozen=True)
class TokenCounts:
    """Distinct tokens, ascending, with how often each occurs; ``length`` is their sum."""

    ids: NDArray[np.int64]
    counts: NDArray[np.int32]

    @property
    def length(self) -> int:
        return int(self.counts.sum())

    @classmethod
    def of(cls, words: Iterable[str]) -> TokenCounts:
        counted = sorted(Counter(token_id(word) for word in words).items())
        return cls(
            np.array([i for i, _ in counted], np.int64), np.array([n for _, n in counted], np.int32)
        )

    def of_tokens(self, wanted: NDArray[np.int64]) -> NDArray[np.float64]:
        """Counts of the wanted tokens, zero where absent."""
        if not len(self.ids):
            return np.zeros(len(wanted))
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[at] == wanted, self.counts[at], 0).astype(float)


@dataclass(frozen=True)
class PieceFacts:
    """Arrays over an expert's pieces: language, year (0 = unknown), verification code."""

    languages: tuple[str, ...]
    years: NDArray[np.int16]
    verification: NDArray[np.int8]


@dataclass(frozen=True)
class ExpertDocument:
    """One expert as he is indexed and scored.

    vectors: encoder name → (pieces, dims); rows of pieces in a language that the encoder does not
        know are zero.
    """

    expert_id: int
    language: str
    tags: tuple[str, ...]
    words: TokenCounts
    pieces: PieceFacts
    vectors: dict[str, NDArray[np.float32]]
    facts: tuple[str, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)
    shown_pieces: tuple[dict[str, Any], ...] = ()
    version: str = ""


@dataclass(frozen=True)
class QueryDocument:
    """One request as it is scored.

    vectors: encoder name → (dims,); trust: how much each of ``tags`` counts, same order.
    """

    key: str
    text: str
    language: str
    tags: tuple[str, ...]
    words: TokenCounts
    vectors: dict[str, NDArray[np.float32]]
    year: int | None = None
    trust: tuple[float, ...] = ()


def usable_pieces(record: ExpertRecord) -> list[EvidencePiece]:
    """Pieces with text that nobody rejected."""
    kept = [p for p in record.pieces if p.verification != "rejected" and p.full_text]
    return kept[:MAX_PIECES]


def main_language(pieces: Iterable[EvidencePiece], fallback: str = "ko") -> str:
    """Language of the larger part of an expert's texts."""
    joined = "\n".join(piece.full_text for piece in pieces)
    return detect(joined) if joined.strip() else fallback


def _tag_text(tags: Iterable[str], codes: Iterable[str]) -> str:
    """Tags as words: as written, and both labels of what the taxonomy knows."""
    labels = [label_of(code, language) for code in codes for language in ("ko", "en")]
    return " , ".join(dict.fromkeys([*tags, *labels]))


def expert_document(
    record: ExpertRecord, vectors: Mapping[str, NDArray[np.float32]]
) -> ExpertDocument:
    """Prepare an expert; ``vectors`` has one row per usable piece for each encoder."""
    pieces = usable_pieces(record)
    codes = resolve_all(record.tags, record.fields)
    words = [w for piece in pieces for w in tokens(piece.full_text)]
    words += tokens(_tag_text(record.tags, codes))
    shown = tuple(_shown(piece) for piece in pieces)
    document = ExpertDocument(
        expert_id=record.key,
        language=main_language(pieces),
        tags=codes,
        words=TokenCounts.of(words),
        pieces=PieceFacts(
            tuple(piece.detected_language for piece in pieces),
            np.array([piece.year or 0 for piece in pieces], np.int16),
            np.array([VERIFICATION_CODES[piece.verification] for piece in pieces], np.int8),
        ),
        vectors=dict(vectors),
        facts=record.facts,
        numbers=record.numbers,
        shown_pieces=shown,
    )
    return document


def _shown(piece: EvidencePiece) -> dict[str, Any]:
    return {
        "kind": piece.kind,
        "title": clean(piece.title),
        "text": clean(piece.text),
        "year": piece.year,
        "verification": piece.verification,
        "verified_on": piece.verified_on.isoformat() if piece.verified_on else None,
        "source_ref": piece.source_ref,
        "language": piece.detected_language,
    }


def query_document(
    query: RequestQuery, vectors: Mapping[str, NDArray[np.float32]]
) -> QueryDocument:
    """Prepare a request; ``vectors`` has one vector for each encoder that knows its language."""
    codes = resolve_all(query.tags, query.fields)
    wanted = set(resolve_all((), query.fields))
    words = tokens(query.full_text) + tokens(_tag_text(query.tags, codes))
    return QueryDocument(
        key=query.key,
        text=query.full_text,
        language=query.detected_language,
        tags=codes,
        words=TokenCounts.of(words),
        vectors=dict(vectors),
        year=query.year,
        trust=tuple(FIELD_TRUST if code in wanted else KEYWORD_TRUST for code in codes),
    )
