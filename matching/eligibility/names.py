"""Is an employer written in free text the organisation that asks? Pure functions on names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from experts.links import plain_name, plain_person

__all__ = ["OrganisationNames", "plain_name", "plain_person"]


@dataclass(frozen=True)
class OrganisationNames:
    """Names of the institution that asks, as ``plain_name`` makes them.

    own: of the institution itself; parts: of its departments; unique_parts: of those departments
    whose name no other institution's department bears; others: of all other institutions.
    """

    own: frozenset[str]
    parts: frozenset[str]
    unique_parts: frozenset[str]
    others: frozenset[str]

    @classmethod
    def build(cls, root_id: int, rows: Iterable[tuple[int, int, str, str]]) -> OrganisationNames:
        """From rows (id, root id, Korean name, English name) of all organisations."""
        own: set[str] = set()
        parts: set[str] = set()
        others: set[str] = set()
        foreign_parts: set[str] = set()
        for pk, root, *names in rows:
            plain = {plain_name(name) for name in names if name} - {""}
            if pk == root_id:
                own |= plain
            elif root == root_id:
                parts |= plain
            else:
                (others if pk == root else foreign_parts).update(plain)
        unique = parts - foreign_parts - others
        return cls(frozenset(own), frozenset(parts), frozenset(unique), frozenset(others - own))

    @cached_property
    def whole(self) -> frozenset[str]:
        """Names that mean the institution when they stand alone."""
        return (self.own | self.unique_parts) - self.others

    @cached_property
    def beginnings(self) -> list[str]:
        """The institution's name followed by that of one of its departments, shortest ones only."""
        found: list[str] = []
        for name in sorted(own + part for own in self.own for part in self.parts):
            if not (found and name.startswith(found[-1])):
                found.append(name)
        return found

    @cached_property
    def exceptions(self) -> list[str]:
        """Other institutions whose names begin like this one's."""
        starts = tuple(self.beginnings)
        return sorted(name for name in self.others if starts and name.startswith(starts))

    def include(self, employer: str) -> bool:
        """Whether the free text names this institution or one of its departments."""
        text = plain_name(employer)
        if not text or text in self.others:
            return False
        return text in self.whole or text.startswith(tuple(self.beginnings))
