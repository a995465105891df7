"""Meaning: similarity of the request's vector to each piece of evidence.

Raw cosines of a multilingual model prefer texts of the same language, whatever they are about. So
every vector is centred by the mean of its language and side, each cosine is measured from the mean
of this request against a fixed background sample and in units of the spread of this pair of
languages; only then are pieces of different languages compared. An expert's value is
``best_share`` of the best piece plus the rest of the mean over all pieces (0.5 and 0.5: the same
vectors with the best piece only were clearly worse on reviewer-assignment data).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders.base import Encoder, unit
from matching.evidence import VERIFICATION_CODES

Floats = NDArray[np.float64]
NOTHING_KNOWN = -1.0  # an expert without any evidence lies one spread below a random pair


@dataclass(frozen=True)
class DenseDetail:
    """Raw expert values, and each expert's best piece (-1 without any)."""

    raw: Floats
    best_piece: NDArray[np.int64]


@dataclass(frozen=True)
class _Pieces:
    """All pieces of a batch of experts, one row each."""

    owner: NDArray[np.int64]
    starts: NDArray[np.int64]
    language: NDArray[np.str_]
    penalty: Floats


def _penalties(query: QueryDocument, document: ExpertDocument, scoring: Scoring) -> Floats:
    facts = document.pieces
    declared = facts.verification == VERIFICATION_CODES["declared"]
    penalty = np.where(declared, scoring.declared_penalty, 0.0)
    if query.year:
        age = np.where(facts.years > 0, (query.year - facts.years.astype(int)).clip(0), 0)
        penalty = penalty + np.minimum(age * scoring.yearly_penalty, scoring.oldest_penalty)
    return penalty


def _flatten(
    query: QueryDocument, documents: Sequence[ExpertDocument], scoring: Scoring
) -> _Pieces:
    counts = [len(d.pieces.languages) for d in documents]
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    languages = [language for d in documents for language in d.pieces.languages]
    penalties = [_penalties(query, d, scoring) for d in documents]
    return _Pieces(
        np.repeat(np.arange(len(documents)), counts),
        starts,
        np.array(languages, dtype="U2"),
        np.concatenate(penalties) if penalties else np.zeros(0),
    )


def shares(asked: str, offered: str, encoders: tuple[Encoder, ...], scoring: Scoring) -> Floats:
    """Weight of each encoder for a pair of languages; they add up to one (or all zero).

    An encoder made for fewer languages is the specialist and gets ``specialist_share``.
    """
    known = np.array([asked in e.languages and offered in e.languages for e in encoders])
    special = known & np.array([len(e.languages) < len(LANGUAGES) for e in encoders])
    general = known & ~special
    weights = np.zeros(len(encoders))
    if special.any():
        weights[special] = (scoring.specialist_share if general.any() else 1.0) / special.sum()
    if general.any():
        weights[general] = (1 - weights.sum()) / general.sum()
    return weights


def piece_similarities(
    query: QueryDocument,
    documents: Sequence[ExpertDocument],
    languages: NDArray[np.str_],
    encoders: tuple[Encoder, ...],
    background: Background,
    scoring: Scoring,
) -> Floats:
    """Normalised similarity of every piece, in the order of the experts' pieces."""
    total = np.zeros(len(languages))
    for offered in LANGUAGES:
        rows = languages == offered
        if not rows.any():
            continue
        weights = shares(query.language, offered, encoders, scoring)
        for encoder, weight in zip(encoders, weights, strict=True):
            if not weight or encoder.name not in query.vectors:
                continue
            vectors = np.concatenate([d.vectors[encoder.name] for d in documents])[rows]
            total[rows] += weight * normalised_cosines(
                query, encoder.name, offered, vectors, background
            )
    return total


def normalised_cosines(
    query: QueryDocument,
    encoder: str,
    offered: str,
    vectors: NDArray[np.float32],
    background: Background,
) -> Floats:
    """(cosine - the request's mean over the background sample) / spread of the language pair."""
    asked = background.centred(encoder, "query", query.language, query.vectors[encoder])
    cosines = background.centred(encoder, "passage", offered, vectors) @ asked
    sample = background.sample(encoder, offered)
    middle = float((sample @ asked).mean()) if sample is not None else 0.0
    spread = background.spread(encoder, query.language, offered)
    return (cosines.astype(float) - middle) / spread


def dense_raw(
    query: QueryDocument,
    documents: Sequence[ExpertDocument],
    encoders: tuple[Encoder, ...],
    background: Background,
    scoring: Scoring,
) -> DenseDetail:
    """Best and mean over the pieces of each expert, before the pair of languages is normalised."""
    pieces = _flatten(query, documents, scoring)
    values = piece_similarities(query, documents, pieces.language, encoders, background, scoring)
    values = values - pieces.penalty
    raw = np.full(len(documents), np.nan)
    best = np.full(len(documents), -1, np.int64)
    filled = np.flatnonzero(np.diff(pieces.starts))
    if len(filled):
        starts = pieces.starts[filled]
        counts = np.diff(pieces.starts)[filled]
        highest = np.maximum.reduceat(values, starts)
        mean = np.add.reduceat(values, starts) / counts
        raw[filled] = scoring.best_share * highest + (1 - scoring.best_share) * mean
        for row, start, count in zip(filled, starts, counts, strict=True):
            best[row] = int(np.argmax(values[start : start + count]))
    return DenseDetail(raw, best)


def dense_signal(
    query: QueryDocument,
    documents: Sequence[ExpertDocument],
    encoders: tuple[Encoder, ...],
    background: Background,
    scoring: Scoring,
) -> tuple[Floats, DenseDetail]:
    """Normalised value per expert, and the detail that the explanation needs."""
    detail = dense_raw(query, documents, encoders, background, scoring)
    if not query.vectors or not query.text:
        return np.zeros(len(documents)), detail
    pairs = [background.normal("dense", query.language, d.language) for d in documents]
    means, spreads = np.array(pairs, float).reshape(-1, 2).T
    values = (detail.raw - means) / spreads
    return np.where(np.isnan(values), NOTHING_KNOWN, values), detail


def candidate_vector(
    document: ExpertDocument, encoder: Encoder, background: Background
) -> NDArray[np.float32]:
    """Mean of an expert's centred pieces: what the engine searches by (zeros without any).

    The mean of cosines to unit pieces equals the product with the mean of the pieces, so this is
    the second half of the dense score.
    """
    vectors = document.vectors.get(encoder.name)
    total = np.zeros(encoder.dims, np.float32)
    if vectors is None or not len(vectors):
        return total
    languages = np.array(document.pieces.languages)
    for language in sorted(encoder.languages):
        rows = languages == language
        if rows.any():
            total += background.centred(encoder.name, "passage", language, vectors[rows]).sum(
                axis=0
            )
    return unit(total / len(vectors))
