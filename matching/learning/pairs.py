"""Judged pairs: what a decided shortlist says about each person who was shown on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matching.learning.curves import Fused
from matching.learning.reasons import ABOUT_FIT, Topic, topics

Floats = NDArray[np.float64]
#: grade from which a person counts as suitable, as in judged sets
SUITABLE = 2.0


class Source(StrEnum):
    """Where a judgement comes from. The last two are taken in once cases record them."""

    JUDGED = "judged"
    CHOSEN = "chosen"
    ALTERNATE = "alternate"
    ADDED = "added"
    DECLINED = "declined"
    PASSED_OVER = "passed_over"
    ACCEPTED = "accepted"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True)
class Shown:
    """One row of a decided list.

    position: where it stood, from 1; None for a person added by hand.
    place: rank that the matcher gave, whatever was shown.
    draw: chance with which a person of an exploration position was drawn; 1 for everyone else.
    chance: the chance of being suitable that was told beside the score.
    """

    expert: int
    position: int | None
    mark: str
    reason: str = ""
    place: int | None = None
    explored: bool = False
    draw: float = 1.0
    signals: Mapping[str, float] = field(default_factory=dict)
    fused: float | None = None
    chance: float | None = None


@dataclass(frozen=True)
class DecidedList:
    """A shortlist on which a decision was made, with what the figures are split by."""

    request: int
    run: int
    kind: str
    language: str
    on: date
    version: str
    rows: tuple[Shown, ...]


@dataclass(frozen=True)
class Pair:
    """One judgement: how well this expert fits this request, 0 (not at all) to 3 (chosen).

    weight: how much it counts; 1 for a judgement that somebody spoke out.
    """

    request: str
    expert: str
    grade: float
    source: Source
    weight: float
    signals: Mapping[str, float]
    position: int | None = None
    explored: bool = False
    draw: float = 1.0
    topics: frozenset[Topic] = frozenset()
    kind: str = ""
    language: str = ""
    on: date | None = None
    run: int | None = None
    version: str = ""


#: how much it counts that somebody stood above the last chosen one and nobody touched him
PASSED_OVER_WEIGHT = 0.3
#: grades of what staff did
GRADES = {Source.CHOSEN: 3.0, Source.ALTERNATE: 2.0, Source.ADDED: 2.0, Source.PASSED_OVER: 1.0}


def pairs_of(listed: DecidedList) -> list[Pair]:
    """The judgements in a decided list.

    Chosen and alternates are suitable, and so is whoever was added by hand. Declined people are
    unsuitable when the reason speaks about fit; a decline for time, conflicts or the way of
    meeting says nothing about it. Who stood untouched above the last chosen one was probably seen
    and left: a weak judgement. Below, nobody may have looked: no judgement.
    """
    named = [row.position for row in listed.rows if row.position and row.mark == "chosen"]
    last = max(named, default=0)
    judged = [(row, _judged(row, last)) for row in listed.rows]
    return [_pair(listed, row, *found) for row, found in judged if found is not None]


def _judged(row: Shown, last: int) -> tuple[Source, float, float] | None:
    """Source, grade and weight of one row."""
    if row.mark == "declined":
        return _declined(row.reason)
    if row.position is None:
        grade = GRADES[Source.CHOSEN] if row.mark == "chosen" else GRADES[Source.ADDED]
        return Source.ADDED, grade, 1.0
    if row.mark in (Source.CHOSEN, Source.ALTERNATE):
        source = Source(row.mark)
        return source, GRADES[source], 1.0
    if not row.mark and row.position < last:
        return Source.PASSED_OVER, GRADES[Source.PASSED_OVER], PASSED_OVER_WEIGHT
    return None


def _declined(reason: str) -> tuple[Source, float, float] | None:
    about = topics(reason) & ABOUT_FIT
    if not about:
        return None
    only_better = about == {Topic.BETTER}  # suitable perhaps, but another one more so
    return Source.DECLINED, 1.0 if only_better else 0.0, 1.0


def _pair(listed: DecidedList, row: Shown, source: Source, grade: float, weight: float) -> Pair:
    return Pair(
        request=str(listed.request),
        expert=str(row.expert),
        grade=grade,
        source=source,
        weight=weight,
        signals=row.signals,
        position=row.position,
        explored=row.explored,
        draw=row.draw,
        topics=topics(row.reason) if row.mark == "declined" else frozenset(),
        kind=listed.kind,
        language=listed.language,
        on=listed.on,
        run=listed.run,
        version=listed.version,
    )


@dataclass(frozen=True)
class Judged:
    """Pairs as arrays of one entry each; ``signals`` is pairs × names."""

    names: tuple[str, ...]
    signals: Floats
    grades: Floats
    weights: Floats
    groups: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.grades)

    def rows(self, wanted: NDArray[np.bool_]) -> Judged:
        """Some of the pairs."""
        return Judged(
            self.names,
            self.signals[wanted],
            self.grades[wanted],
            self.weights[wanted],
            self.groups[wanted],
        )

    def fused(self, weights: Mapping[str, float]) -> Floats:
        """Weighted sum of the signals, one value per pair."""
        return self.signals @ np.array([weights[name] for name in self.names])

    def fused_pairs(self, weights: Mapping[str, float]) -> Fused:
        """The pairs with their fused values, to learn a chance from."""
        return Fused(self.fused(weights), self.suitable, self.groups, self.weights)

    @property
    def suitable(self) -> NDArray[np.bool_]:
        return self.grades >= SUITABLE


def arrays(
    pairs: Sequence[Pair], names: Iterable[str], weights: Floats | None = None
) -> tuple[Judged, list[Pair]]:
    """Pairs with every signal finite as arrays, and those that had to be left out."""
    names = tuple(names)
    factors = np.ones(len(pairs)) if weights is None else weights
    usable = np.array([_is_usable(pair, names) for pair in pairs], bool)
    kept = [pair for pair, good in zip(pairs, usable, strict=True) if good]
    keys = {key: n for n, key in enumerate(dict.fromkeys(pair.request for pair in kept))}
    table = np.array([[pair.signals[name] for name in names] for pair in kept], float)
    judged = Judged(
        names,
        table.reshape(len(kept), len(names)),
        np.array([pair.grade for pair in kept], float),
        np.array([pair.weight for pair in kept], float) * factors[usable],
        np.array([keys[pair.request] for pair in kept], np.int64),
    )
    return judged, [pair for pair, good in zip(pairs, usable, strict=True) if not good]


def _is_usable(pair: Pair, names: tuple[str, ...]) -> bool:
    values = [pair.signals.get(name) for name in names]
    return all(value is not None and np.isfinite(value) for value in values)
