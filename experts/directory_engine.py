"""Who answers a search of the directory: this app's own tables, or an engine from an app above.

An engine gets everything that decides about an answer in one ``Question``, rights included, and
gives ids, their number and the counts of all facets. It must find exactly what the tables hold;
what it cannot answer exactly, or not now, it declines with ``Unanswerable``, and the tables answer.

    # matching/apps.py, in ready()
    from experts.directory_engine import offer
    offer(lambda: engine_or_None)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

#: facet → (value → people), as if nothing were chosen in that facet; fields by code of the node
Counts = Mapping[str, Mapping[str, int]]


class Unanswerable(Exception):  # noqa: N818 - named for what it says of the question
    """The engine leaves the question to the database."""


@dataclass(frozen=True)
class Sight:
    """Whom the viewer may see among approved people: all, or some, and always himself."""

    everybody: bool = False
    departments: bool = False
    user_id: int | None = None


@dataclass(frozen=True)
class Words:
    """A word of the query, folded, and the codes of fields that are called so."""

    word: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One search. ``chosen``: facet → values of which one must hold; ``order`` as in the address.

    words: each must occur; whole: codes of fields that the query as a whole names (or instead).
    """

    sight: Sight
    words: tuple[Words, ...] = ()
    whole: tuple[str, ...] = ()
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    order: str = "name"
    start: int = 0
    size: int = 20


@dataclass(frozen=True)
class Answer:
    """Ids of the page in order, everybody found, and counts of the facets."""

    ids: list[int]
    total: int
    facets: Counts


class DirectoryEngine(Protocol):
    def ask(self, question: Question) -> Answer:
        """Raises ``Unanswerable``."""
        ...


_offered: list[Callable[[], DirectoryEngine | None]] = []


def offer(engine: Callable[[], DirectoryEngine | None]) -> None:
    """Let this be asked first; it is called for every search and may answer ``None``."""
    _offered[:] = [engine]


def active() -> DirectoryEngine | None:
    """The engine to ask, if there is one."""
    return _offered[0]() if _offered else None
