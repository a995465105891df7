"""Is an employer written in free text the organisation that asks? Pure functions on names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_LEGAL_FORMS = re.compile(
    r"주식회사|유한회사|재단법인|사단법인|학교법인|\((?:주|유|재|사|학)\)|㈜|"
    r"\b(?:inc|ltd|co|corp|corporation|limited|llc|gmbh|the)\b\.?"
)
_NOT_LETTERS = re.compile(r"[\W_]+")
_SAME = [(re.compile(r"^서울(?:특별)?시(?=$|.)"), "서울시"), (re.compile(r"구청$"), "구")]


@lru_cache(maxsize=50_000)
def plain_name(name: str) -> str:
    """A name without legal form, spaces, punctuation and case; 서울특별시 and 서울시 are one."""
    text = unicodedata.normalize("NFKC", name.replace("㈜", "(주)")).lower()
    text = _NOT_LETTERS.sub("", _LEGAL_FORMS.sub(" ", text))
    for pattern, replacement in _SAME:
        text = pattern.sub(replacement, text)
    return text


@dataclass(frozen=True)
class OrganisationNames:
    """Names of the institution that asks.

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

    def include(self, employer: str) -> bool:
        """Whether the free text names this institution or one of its departments."""
        text = plain_name(employer)
        if not text or text in self.others:
            return False
        if text in self.own or text in self.unique_parts:
            return True
        return any(self._continues(text, name) for name in self.own)

    def _continues(self, text: str, own: str) -> bool:
        """The institution's name followed by that of one of its departments."""
        rest = text.removeprefix(own)
        return rest != text and any(rest.startswith(part) for part in self.parts)


def plain_person(name: str) -> str:
    """A person's name for comparison: no spaces, no titles, no case."""
    text = unicodedata.normalize("NFKC", name).lower()
    text = re.sub(
        r"(교수님|교수|박사|prof\.?|professor|dr\.?)\s*$|^(prof\.?|professor|dr\.?)\s", "", text
    )
    return _NOT_LETTERS.sub("", text)
