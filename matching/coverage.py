"""How well each expert answers each need of a request: the coverage matrix, with its evidence.

A cell is 1 - (1 - ½ r (0.6 + 0.4 q)) (1 - t).

r is how nearly one of the expert's fields answers the need (exact 1, parent or child 0.7, sibling
0.4), q the rarity of that field among the experts of the background; a field alone, which everybody
writes himself, so reaches one half at most.

t is what the evidence says: σ(4.3 m/(m+1) + 1.1 h - 2.6), m pieces that name the need (unverified
ones count 0.7), h half the best and half the mean nearness of the pieces to the names of the need,
in spreads of the background sample. The two slopes were fitted on the 120 experts of the
development set (their own fields against all leaves); the constant puts the middle expert who lists
the field at one half.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.analysis import normalise
from matching.background import LANGUAGES, Background
from matching.documents import ExpertDocument
from matching.encoders.base import Encoder, Vectors
from matching.evidence import VERIFICATION_CODES
from matching.explain import sentences
from matching.labels import label_vectors, leaves
from matching.needs import Need, concept_of
from matching.signals.tags import tag_matches
from matching.synonyms import concepts_in

Floats = NDArray[np.float64]
CLAIMED, COMMON, RARE = 0.5, 0.6, 0.4
NAMED, NEAR, MIDDLE = 4.3, 1.1, 2.6
DECLARED_COUNTS = 0.7
#: from where on a cell counts as answered, and partly answered
COVERED, PARTLY = 0.5, 0.25
REMEMBERED = 20_000

_known: OrderedDict[str, list[Counter[str]]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class Cell:
    """One expert and one need. tag and relation: his nearest field; quote: from his evidence."""

    value: float
    tag: str = ""
    relation: str = ""
    named: int = 0
    quote: dict[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """``full``, ``part`` or ``none``."""
        return level_of(self.value)

    def as_json(self) -> dict[str, Any]:
        return {
            "value": round(self.value, 4),
            "tag": self.tag,
            "relation": self.relation,
            "named": self.named,
            "quote": self.quote,
        }


@dataclass(frozen=True)
class Matrix:
    """Coverage of ``needs`` by experts: expert id → one cell per need, in the order of needs."""

    needs: tuple[Need, ...]
    rows: dict[int, tuple[Cell, ...]]

    def values(self, expert_id: int) -> tuple[float, ...]:
        """Zeros for an expert who is not indexed."""
        cells = self.rows.get(expert_id)
        return tuple(c.value for c in cells) if cells else (0.0,) * len(self.needs)


def level_of(value: float) -> str:
    """How a value of the matrix is called."""
    return "full" if value >= COVERED else "part" if value >= PARTLY else "none"


def coverage(
    needs: Sequence[Need],
    documents: Sequence[ExpertDocument],
    encoder: Encoder,
    background: Background,
    *,
    quotes: bool = True,
) -> Matrix:
    """The matrix; ``quotes=False`` leaves out the sentences where only numbers are wanted."""
    if not needs or not documents:
        return Matrix(tuple(needs), {})
    names = _names(needs, encoder, background)
    rows = {d.expert_id: _row(needs, d, names, background, quotes) for d in documents}
    return Matrix(tuple(needs), rows)


class _Names(NamedTuple):
    """Centred vectors of the needs' names, and mean and spread of their nearness per language."""

    encoder: Encoder
    vectors: Vectors
    normal: dict[str, tuple[Floats, Floats]]


def _names(needs: Sequence[Need], encoder: Encoder, background: Background) -> _Names:
    """A heading of the taxonomy has no names of its own: zeros, so nothing is near to it."""
    known = {code: i for i, code in enumerate(leaves())}
    every = label_vectors(encoder)
    rows = np.zeros((len(needs), encoder.dims), np.float32)
    for n, need in enumerate(needs):
        if need.code in known:
            rows[n] = every[known[need.code]]
    vectors = background.centred(encoder.name, "query", "ko", rows)
    vectors[~rows.any(axis=1)] = 0
    normal = {lang: _normal(vectors, encoder, lang, background) for lang in LANGUAGES}
    return _Names(encoder, vectors, normal)


def _normal(
    vectors: Vectors, encoder: Encoder, language: str, background: Background
) -> tuple[Floats, Floats]:
    sample = background.sample(encoder.name, language)
    if sample is None:
        return np.zeros(len(vectors)), np.full(len(vectors), 0.1)
    cosines = (sample @ vectors.T).astype(float)
    return cosines.mean(axis=0), cosines.std(axis=0).clip(1e-3)


def _row(
    needs: Sequence[Need],
    document: ExpertDocument,
    names: _Names,
    background: Background,
    quotes: bool,
) -> tuple[Cell, ...]:
    near = _nearness(document, names, background)
    counted = piece_concepts(document)
    matches = {m.wanted: m for m in tag_matches([need.code for need in needs], document.tags)}
    cells = []
    for n, need in enumerate(needs):
        concept = concept_of(need.code)
        naming = [i for i, counts in enumerate(counted) if counts[concept]]
        match = matches.get(need.code)
        rarity = background.rarity(match.offered) if match else 0.0
        claimed = CLAIMED * match.weight * (COMMON + RARE * rarity) if match else 0.0
        told = _told(document, naming, near[:, n])
        quote = _quote(document, concept, naming, near[:, n]) if quotes else {}
        cells.append(
            Cell(
                1 - (1 - claimed) * (1 - told),
                match.offered if match else "",
                match.relation if match else "",
                len(naming),
                quote,
            )
        )
    return tuple(cells)


def _told(document: ExpertDocument, naming: Sequence[int], near: Floats) -> float:
    """What the evidence alone says about one need, 0 to 1; 0 without any evidence."""
    if not len(near):
        return 0.0
    declared = document.pieces.verification == VERIFICATION_CODES["declared"]
    weight = float(sum(DECLARED_COUNTS if declared[i] else 1.0 for i in naming))
    half = 0.5 * float(near.max()) + 0.5 * float(near.mean())
    return float(1 / (1 + np.exp(MIDDLE - NAMED * weight / (weight + 1) - NEAR * half)))


def _nearness(document: ExpertDocument, names: _Names, background: Background) -> Floats:
    """Spreads of nearness of each piece to each need's names, shape (pieces, needs)."""
    pieces = document.vectors.get(names.encoder.name)
    if pieces is None or not len(pieces):
        return np.zeros((0, len(names.vectors)))
    found = np.zeros((len(pieces), len(names.vectors)))
    languages = np.array(document.pieces.languages)
    for language in LANGUAGES:
        rows = languages == language
        if rows.any():
            offered = background.centred(names.encoder.name, "passage", language, pieces[rows])
            middle, spread = names.normal[language]
            found[rows] = (offered @ names.vectors.T - middle) / spread
    return found


def piece_concepts(document: ExpertDocument) -> list[Counter[str]]:
    """Concepts that each piece names; remembered per version of the document."""
    with _lock:
        known = _known.get(document.version) if document.version else None
    if known is not None:
        return known
    found = [
        Counter(concepts_in(normalise(f"{piece['title']}. {piece['text']}")))
        for piece in document.shown_pieces
    ]
    if document.version:
        with _lock:
            _known[document.version] = found
            while len(_known) > REMEMBERED:
                _known.popitem(last=False)
    return found


def _quote(
    document: ExpertDocument, concept: str, naming: Sequence[int], near: Floats
) -> dict[str, Any]:
    """The piece that speaks most for a need, with the sentence that names it, if one does."""
    if not len(near):
        return {}
    verified = document.pieces.verification == VERIFICATION_CODES["verified"]
    pool = list(naming) or [int(np.argmax(near))]
    best = max(pool, key=lambda i: (float(near[i]) + 0.5 * bool(verified[i]), -i))
    if not naming and near[best] < 1:
        return {}
    shown = document.shown_pieces[best]
    found = sentences(shown["text"] or shown["title"])
    telling = [s for s in found if concept in concepts_in(normalise(s))]
    text = (telling or found or [shown["title"]])[0]
    return {**shown, "text": text}
