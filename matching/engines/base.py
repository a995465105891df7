"""What every engine does: keep expert documents, propose candidates, hand documents out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from matching.background import Background
from matching.calibration import Calibration
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.embedding import Progress
from matching.encoders.base import Encoder
from matching.signals.stacks import Outlines


@dataclass(frozen=True)
class Filters:
    """Facts about an expert that must hold before anything is ranked; all of them together.

    all_of, none_of: facts he must or must not have (``"approved"``, ``"org:12"``).
    at_least: number → smallest value; a missing number counts as 0.
    only, without: expert ids; ``only=None`` means everyone.
    """

    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    at_least: Mapping[str, int] = field(default_factory=dict)
    only: frozenset[int] | None = None
    without: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Proposal:
    """Ids of candidates, best first.

    notes: what a result must say about the engine beside its name, for example that another one
        stood in (``engine``, ``fallback_for``, ``fallback_reason``, ``fallback_without``).
    """

    ranked: list[int]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        """The same, ascending."""
        return sorted(self.ranked)


@dataclass(frozen=True)
class EngineStatus:
    """ok: searches are answered. ``detail`` says what is wrong, also where another engine stands
    in (then ``stands_in`` names it)."""

    ok: bool
    documents: int
    detail: str = ""
    stands_in: str = ""


@dataclass(frozen=True)
class Comparison:
    """Ids whose searched state is not the stored one; ``waiting`` of them are noted to be sent."""

    missing: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    surplus: tuple[int, ...] = ()
    waiting: int = 0
    documents: int = 0
    ranges: int = 0
    ranges_differing: int = 0

    @property
    def wrong(self) -> list[int]:
        return sorted({*self.missing, *self.stale, *self.surplus})


@dataclass(frozen=True)
class Context:
    """What an engine needs besides the documents: encoders, background, numbers of the score; and
    the calibration that turns the score into a chance, where there is one."""

    encoders: tuple[Encoder, ...]
    background: Background
    scoring: Scoring
    calibration: Calibration | None = None


class Engine(Protocol):
    name: str
    #: candidates that it proposes at most where the size of the pool says how many
    most: int

    def propose(
        self, query: QueryDocument, filters: Filters, limit: int, context: Context
    ) -> Proposal:
        """The best by the estimate of the fused value (``signals.estimate``), at most ``limit``;
        filters are applied inside the search."""
        ...

    def load(self, ids: Sequence[int]) -> list[ExpertDocument]:
        """Documents of these experts, ascending by id; unknown ids are left out."""
        ...

    def outlines(
        self, ids: Sequence[int], encoders: Sequence[Encoder], year: int | None, context: Context
    ) -> Outlines:
        """What a first look at many experts needs; sketches of these encoders' vectors, penalties
        for a request of this year. Unknown ids are left out."""
        ...

    def size(self, most: int) -> int:
        """How many experts are indexed, counted up to ``most``."""
        ...

    def count(self, filters: Filters) -> int:
        """How many indexed experts pass the filters."""
        ...

    def upsert(self, documents: Sequence[ExpertDocument], context: Context) -> None:
        """Write documents, replacing older ones."""
        ...

    def delete(self, ids: Sequence[int]) -> None:
        """Remove documents; unknown ids are no error."""
        ...

    def versions(self) -> dict[int, str]:
        """Version of every indexed document, to compare with the database."""
        ...

    def status(self) -> EngineStatus:
        """Whether it answers; never raises."""
        ...

    def ensure(self, context: Context) -> bool:
        """Make what is searched if there is none for this context and the pool is small; returns
        whether there is one now."""
        ...

    def rebuild(self, context: Context, progress: Progress | None = None) -> int:
        """Make what is searched anew from the stored documents; returns their number.

        Searches go on meanwhile. Nothing is embedded.
        """
        ...

    def catch_up(self, wishes: dict[int, int], context: Context) -> int:
        """Work off noted changes (expert id → number of the wish) that a server outside has not
        confirmed; returns how many succeeded."""
        ...

    def compare(self, context: Context, size: int) -> Comparison:
        """What is searched beside what is stored, by ranges of ``size`` ids."""
        ...

    def repair(self, found: Comparison, context: Context) -> int:
        """Bring what is searched to the stored state where they differ; returns how many."""
        ...
