"""Many experts laid one after the other in arrays, so that few operations measure all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matching.encoders.base import Vectors

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LOW = 0xFFFF  # tokens are hashes, so their low bits tell most of them apart


@dataclass(frozen=True)
class Sketch:
    """Centred vectors of length one in eight bits each: ``values`` (pieces, dims) times ``scales``
    (pieces,), which are zero where nothing is known. A cosine is off by less than 0.01."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]

    def __getitem__(self, rows: NDArray[np.bool_]) -> Sketch:
        return Sketch(self.values[rows], self.scales[rows])

    def cosines(self, requests: Vectors) -> Floats:
        """With unit requests (n, dims), shape (pieces, n); NaN where nothing is known."""
        scales = np.where(self.scales > 0, self.scales, np.float32(np.nan))
        products = self.values.astype(np.float32) @ requests.T.astype(np.float32)
        found: Floats = (products * scales[:, None]).astype(float)
        return found


@dataclass(frozen=True)
class Pieces:
    """Pieces of evidence of several experts.

    counts: pieces of each expert; languages, penalty: one entry per piece; vectors: encoder →
        (pieces, dims), rows of NaN where nothing is known, or a sketch of them.
    """

    counts: Ints
    languages: NDArray[np.str_]
    penalty: Floats
    vectors: Mapping[str, Vectors | Sketch]

    @cached_property
    def owner(self) -> Ints:
        """Place of each piece's expert."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def place(self) -> Ints:
        """Place of each piece among those of its expert."""
        starts = np.cumsum(self.counts) - self.counts
        return np.arange(len(self.owner)) - np.repeat(starts, self.counts)


@dataclass(frozen=True)
class Words:
    """Distinct tokens of several experts and how often each occurs; distinct: tokens of each."""

    ids: Ints
    counts: NDArray[np.int32]
    distinct: Ints

    @cached_property
    def owner(self) -> Ints:
        return np.repeat(np.arange(len(self.distinct)), self.distinct)

    @cached_property
    def lengths(self) -> Floats:
        """Tokens of each expert, repeated ones included."""
        totals: Floats = np.bincount(self.owner, self.counts, len(self.distinct)).astype(float)
        return totals

    def shared(self, wanted: Ints) -> tuple[Ints, Ints]:
        """Where a wanted token (ascending ones) stands: places here, and places in ``wanted``."""
        if not len(wanted):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        likely = np.zeros(LOW + 1, bool)
        likely[wanted & LOW] = True
        rows = np.flatnonzero(likely[self.ids & LOW])
        at = np.minimum(np.searchsorted(wanted, self.ids[rows]), len(wanted) - 1)
        same = wanted[at] == self.ids[rows]
        return rows[same], at[same]


@dataclass(frozen=True)
class Outlines:
    """Experts as a first look at many of them needs them, ascending by id.

    Kinds of pieces, quotes and facts are left out: they cost more to read than all the rest.
    """

    ids: Ints
    languages: tuple[str, ...]
    tags: Sequence[Sequence[str]]
    words: Words
    pieces: Pieces


def nothing_known(vectors: Vectors) -> Vectors:
    """Rows of nothing but zeros as NaN."""
    empty: NDArray[np.bool_] = ~np.any(vectors, axis=1)
    return np.where(empty[:, None], np.float32(np.nan), vectors) if empty.any() else vectors
