"""Why an expert stands where he stands: matched tags and the sentence that speaks for him."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np

from matching.analysis import tokens
from matching.background import Background
from matching.documents import ExpertDocument, QueryDocument, TokenCounts
from matching.evidence import BIO_KIND
from matching.signals.tags import tag_matches
from matching.taxonomy import label_of

_SENTENCE_END = re.compile(r"(?<=[.!?。])\s+|\n+")
MAX_SENTENCE = 300


def matched_tags(query: QueryDocument, document: ExpertDocument) -> list[dict[str, Any]]:
    """The wanted tags that the expert answers, best first."""
    found = sorted(tag_matches(query.tags, document.tags), key=lambda m: (-m.weight, m.wanted))
    return [
        {
            "code": match.offered,
            "label_ko": label_of(match.offered, "ko"),
            "label_en": label_of(match.offered, "en"),
            "wanted": match.wanted,
            "wanted_ko": label_of(match.wanted, "ko"),
            "wanted_en": label_of(match.wanted, "en"),
            "relation": match.relation,
            "weight": match.weight,
        }
        for match in found
    ]


def sentences(text: str) -> list[str]:
    """Sentences of a text as they stand, cut at MAX_SENTENCE characters."""
    return [part.strip()[:MAX_SENTENCE] for part in _SENTENCE_END.split(text) if part.strip()]


@lru_cache(maxsize=8_000)
def counted(text: str) -> TokenCounts:
    """Tokens of a sentence or a short text; the same ones are asked about again and again."""
    return TokenCounts.of(tokens(text))


def best_sentence(query: QueryDocument, text: str, background: Background) -> str:
    """The sentence that shares most of the request's weight in words; the first if none does."""
    found = sentences(text)
    if len(found) < 2:
        return found[0] if found else ""
    weights = background.idf(query.words.ids)
    shared = [float(weights @ (counted(s).of_tokens(query.words.ids) > 0)) for s in found]
    return found[int(np.argmax(shared))]


def _telling(
    query: QueryDocument, document: ExpertDocument, piece: int, background: Background
) -> int:
    """The piece itself, unless it is a headline without a sentence and another piece has one.

    Then it is the piece with sentences that shares most of the request's weight in words.
    """
    pieces = document.shown_pieces
    if pieces[piece]["kind"] != BIO_KIND or pieces[piece]["text"]:
        return piece
    weights = background.idf(query.words.ids)
    shared = {
        i: float(weights @ (counted(p["text"]).of_tokens(query.words.ids) > 0))
        for i, p in enumerate(pieces)
        if p["text"]
    }
    return max(shared, key=lambda i: shared[i], default=piece)


def best_evidence(
    query: QueryDocument, document: ExpertDocument, piece: int, background: Background
) -> dict[str, Any]:
    """The best piece with its source, and a verbatim sentence of it; empty without evidence."""
    if piece < 0 or piece >= len(document.shown_pieces):
        return {}
    shown = document.shown_pieces[_telling(query, document, piece, background)]
    quote = best_sentence(query, shown["text"] or shown["title"], background)
    return {**shown, "text": quote or shown["title"]}
