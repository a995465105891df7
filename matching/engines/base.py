"""What every engine does: keep expert documents, propose candidates, hand documents out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from matching.background import Background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders.base import Encoder


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
    """Candidate ids per signal, best first.

    notes: what a result must say about the engine beside its name, for example that another one
        stood in (``engine``, ``fallback_for``, ``fallback_reason``, ``fallback_without``).
    """

    by_signal: dict[str, list[int]]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        """All candidates once, ascending."""
        return sorted({i for found in self.by_signal.values() for i in found})


@dataclass(frozen=True)
class EngineStatus:
    """ok: searches are answered. ``detail`` says what is wrong, also where another engine stands
    in (then ``stands_in`` names it)."""

    ok: bool
    documents: int
    detail: str = ""
    stands_in: str = ""


@dataclass(frozen=True)
class Context:
    """What an engine needs besides the documents: encoders, background, numbers of the score."""

    encoders: tuple[Encoder, ...]
    background: Background
    scoring: Scoring


class Engine(Protocol):
    name: str

    def propose(
        self, query: QueryDocument, filters: Filters, per_signal: int, context: Context
    ) -> Proposal:
        """At most ``per_signal`` experts for each signal, filters applied inside the search."""
        ...

    def load(self, ids: Sequence[int]) -> list[ExpertDocument]:
        """Documents of these experts, ascending by id; unknown ids are left out."""
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
