"""Experts packed for proposing candidates in memory: vectors, inverted words and tags, facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.engines.base import Filters
from matching.signals.estimate import Estimate, Near

Ints = NDArray[np.int64]
Places = NDArray[np.int32]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
FEW = 0.25  # share of experts below which their vectors are gathered before they are multiplied
NOWHERE = np.zeros(0, np.int32)


class Row(NamedTuple):
    """One expert as he is packed; vectors: encoder → the vector to search by, where known."""

    expert_id: int
    sequence: int
    language: str
    tags: Sequence[str]
    facts: Sequence[str]
    numbers: Mapping[str, int]
    tokens: Ints
    impacts: NDArray[np.float32]
    vectors: Mapping[str, NDArray[np.float32]]


class Hits(NamedTuple):
    """Experts and how well they answer, in any order."""

    ids: Ints
    values: Floats


NOBODY = Hits(np.zeros(0, np.int64), np.zeros(0))


@dataclass(frozen=True)
class Postings:
    """Which experts have a token: places and impacts of token ``i`` stand from ``starts[i]`` on.

    Impacts are positive float32 of nine significant bits, kept as the sixteen bits after the sign.
    """

    tokens: Ints
    starts: Ints
    places: Places
    impacts: NDArray[np.uint16]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Postings:
        sizes = [len(row.tokens) for row in rows]
        tokens = np.concatenate([row.tokens for row in rows] or [np.zeros(0, np.int64)])
        impacts = np.concatenate([row.impacts for row in rows] or [np.zeros(0, np.float32)])
        kept = (impacts.astype(np.float32).view(np.uint32) >> 15).astype(np.uint16)
        order = np.argsort(tokens, kind="stable")
        places = np.repeat(np.arange(len(rows), dtype=np.int32), sizes)[order]
        distinct, starts = np.unique(tokens[order], return_index=True)
        return cls(distinct, np.append(starts, len(tokens)), places, kept[order])

    def totals(self, weights: Mapping[int, float], size: int) -> Floats:
        """Sum of weight times impact for each of ``size`` experts."""
        if not weights or not len(self.tokens):
            return np.zeros(size)
        wanted = np.array(list(weights), np.int64)
        at = np.minimum(np.searchsorted(self.tokens, wanted), len(self.tokens) - 1)
        found = np.flatnonzero(self.tokens[at] == wanted)
        ranges = [slice(self.starts[i], self.starts[i + 1]) for i in at[found]]
        if not ranges:
            return np.zeros(size)
        lengths = [part.stop - part.start for part in ranges]
        share = np.repeat(np.array(list(weights.values()))[found], lengths)
        kept = np.concatenate([self.impacts[part] for part in ranges]).astype(np.uint32) << 15
        places = np.concatenate([self.places[part] for part in ranges])
        totals: Floats = np.bincount(places, kept.view(np.float32) * share, size).astype(float)
        return totals


@dataclass(frozen=True)
class Segment:
    """Some experts, never changed; ``alive`` is false for those whose row was replaced since.

    vectors: encoder → (places, matrix); languages, tags, facts: code → places; numbers: name →
    one each.
    """

    ids: Ints
    sequences: Ints
    alive: Bools
    vectors: Mapping[str, tuple[Places, NDArray[np.float32]]]
    postings: Postings
    languages: Mapping[str, Places]
    tags: Mapping[str, Places]
    facts: Mapping[str, Places]
    numbers: Mapping[str, Ints]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Segment:
        return cls(
            ids=np.array([row.expert_id for row in rows], np.int64),
            sequences=np.array([row.sequence for row in rows], np.int64),
            alive=np.ones(len(rows), bool),
            vectors=_vectors(rows),
            postings=Postings.of(rows),
            languages=_inverted([row.language] for row in rows),
            tags=_inverted(row.tags for row in rows),
            facts=_inverted(row.facts for row in rows),
            numbers=_numbers([row.numbers for row in rows]),
        )

    def only(self, alive: Bools) -> Segment:
        """The same with other experts alive."""
        return replace(self, alive=alive)

    # -- searching ------------------------------------------------------------------------------
    def allowed(self, filters: Filters) -> Bools:
        """Who is alive and passes the filters."""
        found = self.alive.copy()
        for fact in filters.all_of:
            found &= self._those(self.facts.get(fact, NOWHERE))
        for fact in filters.none_of:
            found[self.facts.get(fact, NOWHERE)] = False
        for name, least in filters.at_least.items():
            found &= self.numbers.get(name, np.zeros(len(self.ids), np.int64)) >= least
        if filters.only is not None:
            found &= np.isin(self.ids, np.fromiter(filters.only, np.int64))
        if filters.without:
            found &= ~np.isin(self.ids, np.fromiter(filters.without, np.int64))
        return found

    def _those(self, places: Places) -> Bools:
        mask = np.zeros(len(self.ids), bool)
        mask[places] = True
        return mask

    def products(self, part: Near, allowed: Bools) -> Floats:
        """Product of each expert with the part's vector; zero for whoever is not meant."""
        found = np.zeros(len(self.ids))
        if part.encoder is not None and part.encoder.name in self.vectors:
            places, matrix = self.vectors[part.encoder.name]
            rows = np.flatnonzero((allowed & self._spoken(part))[places])
            few = len(rows) < FEW * len(places)
            found[places[rows]] = (
                matrix[rows] @ part.vector if few else (matrix @ part.vector)[rows]
            )
        return found

    def best(self, wanted: Estimate, allowed: Bools, near: Sequence[Floats], limit: int) -> Hits:
        """The best by the estimate; near: what counts of the products, for each of its parts."""
        values = self.postings.totals(wanted.words, len(self.ids))
        for code, weight in wanted.tags.items():
            values[self.tags.get(code, NOWHERE)] += weight
        covered = np.zeros(len(self.ids), bool)
        for part, products in zip(wanted.near, near, strict=True):
            for language, base in part.bases.items():
                values[self.languages.get(language, NOWHERE)] += base
            values += part.slope * products
            covered |= self._spoken(part)
        chosen = np.flatnonzero(allowed & covered)
        return self._best(chosen, values[chosen], limit)

    def _spoken(self, part: Near) -> Bools:
        """Whose language is one of the part's."""
        found = np.zeros(len(self.ids), bool)
        for language in part.bases:
            found[self.languages.get(language, NOWHERE)] = True
        return found

    def _best(self, places: NDArray[Any], values: Floats, limit: int) -> Hits:
        ids = self.ids[places]
        if len(ids) > limit:
            last = np.partition(values, len(values) - limit)[len(values) - limit]
            kept = values >= last  # all that tie for the last place
            ids, values = ids[kept], values[kept]
        return Hits(ids, values)


def merged(parts: Iterable[Hits], limit: int) -> list[int]:
    """Ids of the best of all parts, best first, equal ones by id."""
    found = list(parts)
    ids = np.concatenate([part.ids for part in found] or [NOBODY.ids])
    values = np.concatenate([part.values for part in found] or [NOBODY.values])
    chosen: list[int] = ids[np.lexsort((ids, -values))[:limit]].tolist()
    return chosen


def _vectors(rows: Sequence[Row]) -> dict[str, tuple[Places, NDArray[np.float32]]]:
    found = {}
    for name in sorted({name for row in rows for name in row.vectors}):
        places = [i for i, row in enumerate(rows) if name in row.vectors]
        matrix = np.stack([rows[i].vectors[name] for i in places])
        found[name] = (np.array(places, np.int32), matrix)
    return found


def _inverted(lists: Iterable[Sequence[str]]) -> dict[str, Places]:
    places: dict[str, list[int]] = {}
    for i, values in enumerate(lists):
        for value in dict.fromkeys(values):
            places.setdefault(value, []).append(i)
    return {value: np.array(found, np.int32) for value, found in places.items()}


def _numbers(rows: Sequence[Mapping[str, int]]) -> dict[str, Ints]:
    """A missing number counts as 0."""
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, 0) or 0 for row in rows], np.int64) for name in names}
