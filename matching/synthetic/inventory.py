"""The material of synthetic experts taken apart: pieces with tokens and vectors, and which go
together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experts.services import ClaimRecord, ExpertRecord
from matching.adapters import SILENT_KINDS
from matching.analysis import tokens
from matching.documents import MAX_PIECES, PieceFacts, TokenCounts, expert_document, token_id
from matching.encoders.base import Encoder, Vectors, unit
from matching.evidence import BIO_KIND, EvidencePiece, clean, text_hash
from matching.evidence import ExpertRecord as Record
from matching.taxonomy import label_of, resolve

Ints = NDArray[np.int64]
TITLE_SHARE = 0.35  # of a vector, where title and body come from two texts
TURN = (0.0, 0.2)  # least and most towards a third text, the same for all pieces of a person
OWN, NOISE = 0.06, 0.14  # length of the random part: of the person, of each piece


@dataclass(frozen=True)
class Material:
    """What people are made of: finished profiles, and vectors of their pieces by text hash.

    vectors: encoder name → text hash → vector; pieces without a vector in every encoder that knows
        their language are not used.
    """

    records: Sequence[ExpertRecord]
    vectors: Mapping[str, Mapping[bytes, Vectors]]


@dataclass(frozen=True)
class Rows:
    """Lists in one array: list ``i`` is ``values[starts[i]:starts[i + 1]]``."""

    values: Ints
    starts: Ints

    @classmethod
    def of(cls, lists: Iterable[Sequence[int] | Ints]) -> Rows:
        kept = [np.asarray(each, np.int64) for each in lists]
        starts = np.concatenate([[0], np.cumsum([len(each) for each in kept])])
        return cls(np.concatenate([*kept, np.zeros(0, np.int64)]), starts.astype(np.int64))

    def sizes(self, chosen: Ints) -> Ints:
        return self.starts[chosen + 1] - self.starts[chosen]

    def pick(self, chosen: Ints, chance: NDArray[np.float64]) -> Ints:
        """One value of each chosen list, by numbers in [0, 1)."""
        return self.values[self.starts[chosen] + (chance * self.sizes(chosen)).astype(np.int64)]

    def all(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Every value of the chosen lists, and the position in ``chosen`` that it belongs to."""
        sizes = self.sizes(chosen)
        owner = np.repeat(np.arange(len(chosen)), sizes)
        offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.values[self.starts[chosen][owner] + offset], owner


class Inventory:
    """The material taken apart: pieces with tokens and vectors, and which go together."""

    def __init__(self, material: Material, encoders: Sequence[Encoder]) -> None:
        self.encoders = tuple(encoders)
        self.cores: list[ExpertRecord] = []
        self.pieces: list[EvidencePiece] = []
        self.lines: list[ClaimRecord | None] = []
        self._place: dict[str, int] = {}
        bios, own = self._collect(material)
        self.bios = np.array(bios, np.int64)
        self.shown, self.facts = _prepared(self.pieces)
        self.languages = np.array([p.detected_language for p in self.pieces])
        self.vectors = {e.name: self._matrix(e, material.vectors) for e in self.encoders}
        self.candidates = self._candidates(own)
        self.bodies, self.same_language = self._partners(own)

    def _collect(self, material: Material) -> tuple[list[int], list[list[int]]]:
        bios, own = [], []
        for record in material.records:
            bio = EvidencePiece(BIO_KIND, record.headline, record.bio)
            first = self._add(bio, None, material) if bio.full_text else -1
            rest = [self._add(_piece(line), line, material) for line in _telling(record.claims)]
            kept = [piece for piece in rest if piece >= 0]
            if first >= 0 or kept:
                self.cores.append(record)
                bios.append(first)
                own.append(kept or [first])
        return bios, own

    def _add(self, piece: EvidencePiece, line: ClaimRecord | None, material: Material) -> int:
        """Number of the piece; -1 when a vector is missing."""
        text = piece.full_text
        if text in self._place:
            return self._place[text]
        key, language = text_hash(text), piece.detected_language
        needed = [e.name for e in self.encoders if language in e.languages]
        if not text or any(key not in material.vectors.get(name, {}) for name in needed):
            return -1
        self._place[text] = len(self.pieces)
        self.pieces.append(piece)
        self.lines.append(line)
        return self._place[text]

    def _matrix(self, encoder: Encoder, vectors: Mapping[str, Mapping[bytes, Vectors]]) -> Vectors:
        """One row per piece; zeros in a language that the encoder does not know."""
        known = vectors.get(encoder.name, {})
        zero = np.zeros(encoder.dims, np.float32)
        return np.stack([known.get(text_hash(p.full_text), zero) for p in self.pieces])

    def _candidates(self, own: list[list[int]]) -> Rows:
        """Evidence that suits each core: his own and that of people of the same first field."""
        groups: dict[tuple[str, str], list[int]] = {}
        for core, pieces in zip(self.cores, own, strict=True):
            groups.setdefault(_subject(core), []).extend(p for p in pieces if self.lines[p])
        chosen = []
        for core, pieces in zip(self.cores, own, strict=True):
            language = _subject(core)[0]
            near = [groups.get((language, code), []) for code in core.fields]
            chosen.append([*pieces, *pieces, *(p for group in near for p in group)])
        return Rows.of(chosen)

    def _partners(self, own: list[list[int]]) -> tuple[Rows, Rows]:
        """Per piece: pieces of its subject and kind, and pieces of its language."""
        subject = {p: _subject(c) for c, each in zip(self.cores, own, strict=True) for p in each}
        alike: dict[tuple[Any, ...], list[int]] = {}
        keys = [
            (subject.get(i, ""), piece.kind, self.languages[i])
            for i, piece in enumerate(self.pieces)
        ]
        for i, key in enumerate(keys):
            alike.setdefault(key, []).append(i)
        everyone = {lang: np.flatnonzero(self.languages == lang) for lang in set(self.languages)}
        codes = sorted(everyone)
        self.language_row = np.array([codes.index(lang) for lang in self.languages], np.int64)
        return (
            Rows.of(alike[key] for key in keys),
            Rows.of([everyone[code].tolist() for code in codes]),
        )

    # -- words ----------------------------------------------------------------------------------
    @cached_property
    def tags(self) -> list[tuple[str, ...]]:
        """Codes of each core: fields first, then keywords."""
        found = []
        for core in self.cores:
            codes = [*core.fields, *(resolve(word) for word in core.keywords)]
            found.append(tuple(dict.fromkeys(code for code in codes if code)))
        return found

    @cached_property
    def vocabulary(self) -> tuple[Ints, Rows, Rows, Rows]:
        """Ascending ids of all tokens; places in them per title, per body and per core's tags."""
        titles = [_ids(clean(p.title)) for p in self.pieces]
        bodies = [_ids(clean(p.text)) for p in self.pieces]
        tags = [_ids(self._tag_text(i)) for i in range(len(self.cores))]
        every = np.unique(np.concatenate([*titles, *bodies, *tags]))
        return every, _placed(titles, every), _placed(bodies, every), _placed(tags, every)

    def _tag_text(self, core: int) -> str:
        labels = [label_of(c, lang) for c in self.tags[core] for lang in ("ko", "en")]
        return " , ".join(dict.fromkeys([*self.cores[core].keywords, *labels]))

    def words(self, cores: Ints, pairs: Ints, owner: Ints) -> list[TokenCounts]:
        """Token counts of people with these cores and (title, body) pairs of these owners."""
        every, titles, bodies, tags = self.vocabulary
        people = np.arange(len(cores))
        asked = ((titles, pairs[:, 0], owner), (bodies, pairs[:, 1], owner), (tags, cores, people))
        keys = []
        for lists, chosen, owners in asked:
            values, place = lists.all(chosen)
            keys.append(owners[place] * len(every) + values)
        distinct, found = np.unique(np.concatenate(keys), return_counts=True)
        ends = np.searchsorted(distinct, np.arange(len(cores) + 1) * len(every))
        ids, counts = every[distinct % len(every)], found.astype(np.int32)
        return [TokenCounts(ids[a:b], counts[a:b]) for a, b in pairwise(ends)]

    # -- vectors ----------------------------------------------------------------------------------
    def mixed(self, encoder: str, pairs: Ints, owner: Ints, random: np.random.Generator) -> Vectors:
        """A vector per (title, body) pair, rounded as stored vectors are.

        What a person's pieces have in common beyond their texts is a turn towards one more text
        and a part of the random deviation. Zeros where the encoder does not know the body.
        """
        known, (titles, bodies) = self.vectors[encoder], pairs.T
        people, first = np.unique(owner, return_index=True)
        place = np.searchsorted(people, owner)
        chance = random.random((2, len(people)))
        third = self.same_language.pick(self.language_row[bodies[first]], chance[0])[place]
        turn = (TURN[0] + (TURN[1] - TURN[0]) * chance[1]).astype(np.float32)[place, None]
        share = np.where(titles == bodies, 0.0, TITLE_SHARE).astype(np.float32)[:, None]
        result = (1 - share) * known[bodies] + share * known[titles]
        result += turn * (known[third] - result)
        dims = known.shape[1]
        result += random.standard_normal((len(people), dims), np.float32)[place] * _length(
            OWN, dims
        )
        result += random.standard_normal(result.shape, np.float32) * _length(NOISE, dims)
        result[~known[bodies].any(axis=1)] = 0
        return unit(result).astype("<f2").astype(np.float32)


def _length(length: float, dims: int) -> np.float32:
    """Spread of each value, so that a random vector has about this length."""
    return np.float32(length / np.sqrt(dims))


def _telling(lines: Iterable[ClaimRecord]) -> Iterator[ClaimRecord]:
    """Lines that say something about a subject, as the adapter of the site picks them."""
    return (line for line in lines if line.text.strip() or line.kind not in SILENT_KINDS)


def _piece(line: ClaimRecord) -> EvidencePiece:
    context = ", ".join(part for part in (line.organisation, line.role) if part)
    return EvidencePiece(str(line.kind), line.title, line.text or context)


def _subject(core: ExpertRecord) -> tuple[str, str]:
    return core.language, core.fields[0] if core.fields else ""


def _ids(text: str) -> Ints:
    return np.array([token_id(word) for word in tokens(text)] if text else [], np.int64)


def _placed(lists: Sequence[Ints], every: Ints) -> Rows:
    return Rows.of([np.searchsorted(every, each) for each in lists])


def _prepared(pieces: Sequence[EvidencePiece]) -> tuple[list[dict[str, Any]], PieceFacts]:
    """What documents hold of each piece, by the code that prepares real experts."""
    shown: list[dict[str, Any]] = []
    facts: list[PieceFacts] = []
    for start in range(0, len(pieces), MAX_PIECES):
        part = expert_document(Record(0, pieces=tuple(pieces[start : start + MAX_PIECES])), {})
        shown += part.shown_pieces
        facts.append(part.pieces)
    return shown, _joined(facts)


def _joined(parts: Sequence[PieceFacts]) -> PieceFacts:
    values: dict[str, Any] = {}
    for each in fields(PieceFacts):
        given = [getattr(part, each.name) for part in parts]
        tuples = isinstance(given[0], tuple)
        values[each.name] = tuple(v for p in given for v in p) if tuples else np.concatenate(given)
    return PieceFacts(**values)
