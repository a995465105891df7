"""What stands behind one expert's score: quotes per signal, and what would change it.

Everything here is computed from the documents as they are indexed now, with the same functions that
score; nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.analysis import latin_words, morphemes, normalise
from matching.background import Background
from matching.documents import ExpertDocument, QueryDocument, token_id
from matching.engines.base import Context
from matching.evidence import VERIFICATION_CODES
from matching.explain import counted, sentences
from matching.fusion import shown_score
from matching.language import detect
from matching.needs import concept_of
from matching.pipeline import score
from matching.signals.dense import Asked, Measure, penalties, piece_similarities
from matching.signals.tags import tag_matches
from matching.synonyms import concepts_in
from matching.taxonomy import label_of, terms

Floats = NDArray[np.float64]
PER_SIGNAL = 3
#: a change of the score smaller than this is not worth a line
WORTH = 0.005


@dataclass(frozen=True)
class Quote:
    """A verbatim sentence with its source. words: shared with the request, or the field named."""

    piece: dict[str, Any]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class WhatIf:
    """The score if one thing were different, everything else as it is.

    fields: codes that the expert lacks, where that is the one thing.
    """

    code: str
    score: float
    fused: float
    fields: tuple[str, ...] = ()


def quotes(
    query: QueryDocument, document: ExpertDocument, context: Context
) -> dict[str, list[Quote]]:
    """Signal → its best evidence, at most ``PER_SIGNAL`` sentences each, best first."""
    return {
        "dense": _near(query, document, context),
        "lexical": _sharing(query, document, context.background),
        "tags": _naming(query, document),
    }


def _near(query: QueryDocument, document: ExpertDocument, context: Context) -> list[Quote]:
    """Pieces nearest in meaning, each with its most telling sentence."""
    if not query.vectors or not document.shown_pieces:
        return []
    measure = Measure(context.encoders, context.background, context.scoring)
    asked = Asked(query.language, {name: v[None] for name, v in query.vectors.items()})
    values = piece_similarities(asked, [document], measure)[:, 0]
    values = values - penalties(document, query.year, context.scoring)
    found: list[Quote] = []
    for i in np.argsort(-values, kind="stable")[:PER_SIGNAL].tolist():
        if values[i] <= 0 and found:
            break
        piece = document.shown_pieces[i]
        parts = sentences(piece["text"] or piece["title"])
        if parts:
            shared = [_weight(query, part, context.background) for part in parts]
            found.append(Quote({**piece, "text": parts[int(np.argmax(shared))]}))
    return found


def _weight(query: QueryDocument, text: str, background: Background) -> float:
    present = counted(text).of_tokens(query.words.ids) > 0
    return float(background.idf(query.words.ids) @ present)


def _sharing(query: QueryDocument, document: ExpertDocument, background: Background) -> list[Quote]:
    """Sentences that share most of the request's weight in words, one per piece, with the words."""
    found = []
    for piece in document.shown_pieces:
        parts = sentences(piece["text"] or piece["title"])
        weighed = [(_weight(query, part, background), n, part) for n, part in enumerate(parts)]
        best = max(weighed, key=lambda row: (row[0], -row[1]), default=(0.0, 0, ""))
        words = shared_words(query, best[2], background)
        if words:
            found.append((best[0], Quote({**piece, "text": best[2]}, words)))
    return [quote for _w, quote in sorted(found, key=lambda row: -row[0])[:PER_SIGNAL]]


def shared_words(
    query: QueryDocument, text: str, background: Background, most: int = 4
) -> tuple[str, ...]:
    """Words of a text that the request has too, the rarest first; single letters left out."""
    clean = normalise(text)
    words = [w for w in dict.fromkeys([*latin_words(clean), *morphemes(clean)]) if len(w) > 1]
    asked = set(query.words.ids.tolist())
    kept = [w for w in words if token_id(w) in asked]
    rarity = background.idf(np.array([token_id(w) for w in kept], np.int64)).tolist()
    ordered = sorted(zip(kept, rarity, strict=True), key=lambda pair: -pair[1])
    return tuple(word for word, _rarity in ordered[:most])


def _naming(query: QueryDocument, document: ExpertDocument) -> list[Quote]:
    """For matched fields: sentences of the evidence that name the field."""
    found = []
    for match in sorted(tag_matches(query.tags, document.tags), key=lambda m: -m.weight):
        if match.offered not in terms():
            continue
        quote = _sentence_naming(document, match.offered)
        if quote is not None:
            found.append(quote)
    return found[:PER_SIGNAL]


def _sentence_naming(document: ExpertDocument, code: str) -> Quote | None:
    concept = concept_of(code)
    verified = document.pieces.verification == VERIFICATION_CODES["verified"]
    for i in sorted(range(len(document.shown_pieces)), key=lambda i: not verified[i]):
        piece = document.shown_pieces[i]
        for part in sentences(f"{piece['text']}\n{piece['title']}"):
            if concept in concepts_in(normalise(part)):
                return Quote({**piece, "text": part}, (label_of(code, detect(part)),))
    return None


def what_ifs(query: QueryDocument, document: ExpertDocument, context: Context) -> list[WhatIf]:
    """What holds the score down and how far: largest effect first.

    verified: every piece were verified; fresh: no piece were old; fields: the expert had the wanted
    fields that he lacks; hub: nothing were taken off for being near to everything; words: words
    across languages counted fully.
    """
    cases: list[tuple[str, ExpertDocument, Context, tuple[str, ...]]] = []
    pieces = document.pieces
    if (pieces.verification == VERIFICATION_CODES["declared"]).any():
        full = np.full_like(pieces.verification, VERIFICATION_CODES["verified"])
        cases.append(("verified", _with(document, verification=full), context, ()))
    if query.year and (pieces.years > 0).any():
        cases.append(("fresh", _with(document, years=np.zeros_like(pieces.years)), context, ()))
    lacking = _lacking(query, document)
    if lacking:
        richer = replace(document, tags=(*document.tags, *lacking), version="")
        cases.append(("fields", richer, context, tuple(lacking)))
    scoring = context.scoring
    for code, changed in (
        ("hub", replace(scoring, hub_penalty=0.0)),
        ("words", replace(scoring, cross_words=1.0)),
    ):
        cases.append((code, document, replace(context, scoring=changed), ()))
    now = _fused(query, document, context)
    found = [
        WhatIf(code, shown_score(fused, context.scoring), fused, fields)
        for code, other, measured, fields in cases
        if (fused := _fused(query, other, measured)) > now
    ]
    least = shown_score(now, context.scoring) + WORTH
    return sorted((w for w in found if w.score >= least), key=lambda w: -w.score)


def _with(document: ExpertDocument, **facts: Any) -> ExpertDocument:
    """The same expert with other facts about his pieces; no version, so nothing remembered."""
    return replace(document, pieces=replace(document.pieces, **facts), version="")


def _lacking(query: QueryDocument, document: ExpertDocument) -> Sequence[str]:
    """Wanted fields of the taxonomy that the expert does not have exactly."""
    have = set(document.tags)
    return [code for code in query.tags if code in terms() and code not in have]


def _fused(query: QueryDocument, document: ExpertDocument, context: Context) -> float:
    return float(score(query, [document], context).fused[0])


def lowering(contributions: Iterable[tuple[str, float]]) -> list[str]:
    """Names of the signals that take something off the score, the largest first."""
    taken = [(value, name) for name, value in contributions if value < -WORTH and name != "base"]
    return [name for _value, name in sorted(taken)]
