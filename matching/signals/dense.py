"""Meaning: similarity of the request's vector to each piece of evidence.

Raw cosines of a multilingual model prefer texts of the same language, whatever they are about. So
every vector is centred by the mean of its language and side, each cosine is measured from the mean
of this request against a fixed background sample and in units of the spread of this pair of
languages; only then are pieces of different languages compared. An expert's value is
made of its pieces as the setting ``aggregation`` says: half the best piece and half the mean (the
same vectors with the best piece only were clearly worse on reviewer-assignment data).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.background import LANGUAGES, Background
from matching.conf import Scoring
from matching.documents import ExpertDocument
from matching.encoders.base import Encoder, Vectors, unit
from matching.evidence import VERIFICATION_CODES
from matching.signals.stacks import Pieces, Sketch, nothing_known

Floats = NDArray[np.float64]


class Measure(NamedTuple):
    """What similarities are measured with."""

    encoders: tuple[Encoder, ...]
    background: Background
    scoring: Scoring


class Asked(NamedTuple):
    """Requests of one language: encoder name → (n, dims), not centred."""

    language: str
    vectors: Mapping[str, Vectors]


@dataclass(frozen=True)
class DenseDetail:
    """Raw expert values, shape (experts, requests), and each expert's best piece for the first
    request (-1 without any)."""

    raw: Floats
    best_piece: NDArray[np.int64]


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


def penalties(document: ExpertDocument, year: int | None, scoring: Scoring) -> Floats:
    """What is taken off each piece: for its kind, for not being verified, and for its age where a
    year counts."""
    return _penalties([document], year, scoring)


def _penalties(documents: Sequence[ExpertDocument], year: int | None, scoring: Scoring) -> Floats:
    """The same of several experts, one after the other."""
    if not documents:
        return np.zeros(0)
    facts = [d.pieces for d in documents]
    penalty = plain_penalties(
        np.concatenate([f.verification for f in facts]),
        np.concatenate([f.years for f in facts]),
        year,
        scoring,
    )
    if scoring.kind_penalties:
        penalty = penalty + [taken for d in documents for taken in _for_kinds(d, scoring)]
    return penalty


def _for_kinds(document: ExpertDocument, scoring: Scoring) -> list[float]:
    count = len(document.pieces.languages)
    if len(document.shown_pieces) != count:
        return [0.0] * count
    return [scoring.kind_penalties.get(p["kind"], 0.0) for p in document.shown_pieces]


def plain_penalties(
    verification: NDArray[np.int8], years: NDArray[np.int16], year: int | None, scoring: Scoring
) -> Floats:
    """The part of ``penalties`` that does not ask for the kind of a piece."""
    declared = verification == VERIFICATION_CODES["declared"]
    penalty = np.where(declared, scoring.declared_penalty, 0.0)
    if year:
        age = np.where(years > 0, (year - years.astype(int)).clip(0), 0)
        penalty = penalty + np.minimum(age * scoring.yearly_penalty, scoring.oldest_penalty)
    return penalty


def stacked(
    asked: Asked, documents: Sequence[ExpertDocument], measure: Measure, year: int | None = None
) -> Pieces:
    """Pieces of the experts with what is taken off them and the vectors that are asked for."""
    return Pieces(
        counts=np.array([len(d.pieces.languages) for d in documents], np.int64),
        languages=np.array([lang for d in documents for lang in d.pieces.languages], "U2"),
        penalty=_penalties(documents, year, measure.scoring),
        vectors={
            encoder.name: _piece_vectors(documents, encoder)
            for encoder in measure.encoders
            if documents and encoder.name in asked.vectors
        },
    )


def piece_similarities(
    asked: Asked, documents: Sequence[ExpertDocument], measure: Measure
) -> Floats:
    """Normalised similarity of every piece to every request, shape (pieces, requests)."""
    return similarities(asked, stacked(asked, documents, measure), measure)[0]


def similarities(asked: Asked, pieces: Pieces, measure: Measure) -> tuple[Floats, Floats]:
    """Normalised similarity of every piece to every request and to its topic, (pieces, requests).

    A piece whose vector is missing, zero or holds NaN has NaN: nothing is known about it.
    """
    languages = pieces.languages
    count = len(next(iter(asked.vectors.values()))) if asked.vectors else 1
    total = np.zeros((len(languages), 2 * count))
    for encoder in measure.encoders:
        if encoder.name not in asked.vectors:
            continue
        requests = _with_topics(asked, encoder, measure)
        for offered in sorted(encoder.languages):
            rows = languages == offered
            weight = dict(zip(measure.encoders, _shares(asked, offered, measure), strict=True))
            if weight[encoder] and rows.any():
                vectors = pieces.vectors[encoder.name]
                vectors = vectors if rows.all() else vectors[rows]
                values = _normalised(asked.language, requests, encoder, offered, vectors, measure)
                total[rows] += weight[encoder] * values
    return total[:, :count], total[:, count:]


def _shares(asked: Asked, offered: str, measure: Measure) -> Floats:
    return shares(asked.language, offered, measure.encoders, measure.scoring)


def _with_topics(asked: Asked, encoder: Encoder, measure: Measure) -> Vectors:
    """Centred requests, and below them their topics, shape (2 requests, dims).

    A topic is the request drawn towards the evidence of the stored sample that is nearest to it
    (Rocchio 1971): it tells the field of work, where the request tells the task.
    """
    background, scoring = measure.background, measure.scoring
    own = background.centred(encoder.name, "query", asked.language, asked.vectors[encoder.name])
    sample = background.samples(encoder.name)
    if sample is None or not scoring.topic_share:
        return np.concatenate([own, own])
    nearest = min(scoring.topic_nearest, len(sample))
    places = np.argpartition(own @ sample.T, -nearest, axis=1)[:, -nearest:]
    return np.concatenate([own, unit(own + scoring.topic_share * sample[places].mean(axis=1))])


def usable_pieces_of(document: ExpertDocument) -> NDArray[np.bool_]:
    """Which pieces some encoder has a finite vector of, that is not zero."""
    found = np.zeros(len(document.pieces.languages), bool)
    for vectors in document.vectors.values():
        if len(vectors) == len(found):
            found |= np.isfinite(vectors).all(axis=1) & np.any(vectors, axis=1)
    return found


def _piece_vectors(documents: Sequence[ExpertDocument], encoder: Encoder) -> Vectors:
    """Vectors of all pieces, one after the other; NaN where there is no usable one."""
    parts: list[Vectors] = []
    for document in documents:
        expected = (len(document.pieces.languages), encoder.dims)
        found = document.vectors.get(encoder.name)
        if found is None or found.shape != expected:
            found = np.full(expected, np.nan, np.float32)
        parts.append(found)
    return nothing_known(np.concatenate(parts))


def _normalised(
    asked: str,
    requests: Vectors,
    encoder: Encoder,
    offered: str,
    vectors: Vectors | Sketch,
    measure: Measure,
) -> Floats:
    """(cosine - what the request has with anybody) / spread of the language pair.

    In double precision: products of single precision depend on how many rows are multiplied at
    once, and so a score would depend, in its sixth digit, on who else is scored.
    """
    background = measure.background
    exact = requests.T.astype(float)
    if isinstance(vectors, Sketch):
        cosines = vectors.cosines(requests)
    else:
        centred = background.centred(encoder.name, "passage", offered, vectors)
        cosines = centred.astype(float) @ exact
    sample = background.sample(encoder.name, offered)
    middle = _middle(sample.astype(float) @ exact, measure.scoring) if sample is not None else 0.0
    return (cosines - middle) / background.spread(encoder.name, asked, offered)


def _middle(sampled: NDArray[Any], scoring: Scoring) -> NDArray[Any]:
    """Mean of each request over the stored sample, drawn to its mean over the nearest of it.

    A request that is near to many says less about each of them: the request's side of local
    scaling, as ``hubs`` is the expert's (Conneau et al. 2018, arXiv 1710.04087).
    """
    mean = sampled.mean(axis=0)
    nearest = min(scoring.middle_nearest, len(sampled))
    top = np.partition(sampled, -nearest, axis=0)[-nearest:].mean(axis=0)
    return mean + scoring.middle_share * (top - mean)


def language_middle(
    asked: Asked, encoder: Encoder, offered: str, measure: Measure
) -> tuple[float, float]:
    """Spread of a pair of languages by an encoder, and the cosine that the first request has with
    anybody: of request and topic in the parts in which best piece and mean count."""
    background, scoring = measure.background, measure.scoring
    spread = background.spread(encoder.name, asked.language, offered)
    sample = background.sample(encoder.name, offered)
    if sample is None:
        return spread, 0.0
    both = _with_topics(asked, encoder, measure)[:: len(asked.vectors[encoder.name])]
    own, topic = _middle(sample.astype(float) @ both.T.astype(float), scoring).tolist()
    return spread, scoring.best_share * own + (1 - scoring.best_share) * topic


def dense_raw(
    asked: Asked,
    documents: Sequence[ExpertDocument],
    measure: Measure,
    year: int | None = None,
) -> DenseDetail:
    """Best and mean over the pieces of each expert, before the pair of languages is normalised.

    An expert without evidence, or without any usable vector, has NaN.
    """
    return dense_of(asked, stacked(asked, documents, measure, year), measure)


def dense_of(asked: Asked, pieces: Pieces, measure: Measure) -> DenseDetail:
    """``dense_raw`` of experts whose pieces are stacked already."""
    values, topics = similarities(asked, pieces, measure)
    penalty = pieces.penalty[:, None]
    known = ~np.isnan(values).any(axis=1)
    values, topics = (values - penalty)[known], (topics - penalty)[known]
    owner, place = pieces.owner[known], pieces.place[known]
    raw = np.full((len(pieces.counts), values.shape[1]), np.nan)
    best = np.full(len(raw), -1, np.int64)
    filled, starts, counts = np.unique(owner, return_index=True, return_counts=True)
    if len(filled):
        raw[filled] = _aggregated(values, topics, starts, counts, measure.scoring)
        best[filled] = place[_first_highest(values[:, 0], starts, counts)]
    return DenseDetail(raw, best)


def _first_highest(
    values: Floats, starts: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Where each group's highest value stands, the first of equal ones."""
    highest = np.repeat(np.maximum.reduceat(values, starts), counts)
    where = np.flatnonzero(values == highest)
    return where[np.searchsorted(where, starts)]


def _aggregated(
    values: Floats,
    topics: Floats,
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    scoring: Scoring,
) -> Floats:
    """One row per expert from his pieces' rows, as the setting says.

    The best piece answers the request itself; several pieces together answer its topic. A single
    piece is no body of work: it is asked for the request alone.
    """
    name = scoring.aggregation.get("dense", "half")
    if name == "sum":
        return np.add.reduceat(values, starts)
    highest = np.maximum.reduceat(values, starts)
    mean = np.where(counts[:, None] > 1, np.add.reduceat(topics, starts) / counts[:, None], highest)
    share = {"best": 1.0, "mean": 0.0}.get(name, scoring.best_share)
    return share * highest + (1 - share) * mean


def language_normal(
    raw: Floats, asked: str, languages: Sequence[str], background: Background
) -> Floats:
    """Raw values of experts of these languages, measured from random pairs of both languages."""
    pairs = {each: background.normal("dense", asked, each) for each in set(languages)}
    means, spreads = np.array([pairs[each] for each in languages], float).reshape(-1, 2).T
    return (raw - means[:, None]) / spreads[:, None]


def candidate_vector(
    document: ExpertDocument, encoder: Encoder, background: Background
) -> NDArray[np.float32]:
    """Mean of an expert's centred pieces: what the engine searches by (zeros without any).

    The mean of cosines to unit pieces equals the product with the mean of the pieces, so this is
    the second half of the dense score.
    """
    return mean_of(centred_pieces(document, encoder, background))


def mean_of(centred: Vectors) -> NDArray[np.float32]:
    """Mean of centred pieces (pieces, dims), of length one; zeros where all are."""
    if not len(centred):
        return np.zeros(centred.shape[1], np.float32)
    return unit(centred.sum(axis=0) / np.float32(len(centred)))


def centred_pieces(document: ExpertDocument, encoder: Encoder, background: Background) -> Vectors:
    """Every piece's vector less the mean of its language, of length one, (pieces, dims); zeros
    where there is no usable one."""
    vectors = _piece_vectors([document], encoder)
    return centred_rows(vectors, np.array(document.pieces.languages), encoder, background)


def centred_rows(
    vectors: Vectors, languages: NDArray[np.str_], encoder: Encoder, background: Background
) -> Vectors:
    """The same of vectors (n, dims) whose languages are known."""
    found = np.zeros(vectors.shape, np.float32)
    known = np.isfinite(vectors).all(axis=1)
    for language in sorted(encoder.languages):
        rows = (languages == language) & known
        if rows.any():
            found[rows] = background.centred(encoder.name, "passage", language, vectors[rows])
    return found
