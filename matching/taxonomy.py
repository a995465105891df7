"""Labels and keywords to codes of the three-axis taxonomy, and how near two codes are."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import experts
from matching.analysis import normalise
from matching.evidence import Field, clean

RESOURCE = Path(experts.__file__).parent / "resources" / "taxonomy.csv"
EXACT, PARENT, SIBLING = 1.0, 0.7, 0.4
KEYWORD = "k:"


@dataclass(frozen=True)
class Term:
    code: str
    parent: str
    axis: str
    ko: str
    en: str
    aliases: tuple[str, ...]


@lru_cache(maxsize=1)
def terms() -> dict[str, Term]:
    """All terms of the file by code."""
    with RESOURCE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Term(
                row["code"],
                row["parent"],
                row["axis"],
                row["ko"],
                row["en"],
                tuple(alias for alias in row["aliases"].split("|") if alias.strip()),
            )
            for row in csv.DictReader(file)
        }


def canonical(label: str) -> str:
    """A label without spaces, hyphens, middle dots and case."""
    return re.sub(r"[\s\-·ㆍ_/]+", "", normalise(clean(label)))


@lru_cache(maxsize=1)
def _codes_by_label() -> dict[str, str]:
    """Labels first, then aliases, so that an alias never hides another term's label."""
    found: dict[str, str] = {}
    for group in (lambda t: (t.ko, t.en, t.code), lambda t: t.aliases):
        for term in terms().values():
            for label in group(term):
                found.setdefault(canonical(label), term.code)
    return found


def resolve(label: str) -> str:
    """Code of a label, alias or code; otherwise a keyword of its own (``k:…``); empty stays empty.

    ``기술/영상분석`` is read by its last part: the axis in front is only a heading.
    """
    text = label.rpartition("/")[2] if label.count("/") == 1 else label
    known = _codes_by_label().get(canonical(text)) or _codes_by_label().get(canonical(label))
    if known:
        return known
    plain = canonical(text)[:60]
    return f"{KEYWORD}{plain}" if plain else ""


def resolve_all(tags: Iterable[str], fields: Iterable[Field]) -> tuple[str, ...]:
    """Distinct codes and keywords of free tags and fields, in the order given."""
    found = [f.code if f.code in terms() else resolve(f.label) for f in fields]
    found += [resolve(tag) for tag in tags]
    return tuple(dict.fromkeys(code for code in found if code))


@lru_cache(maxsize=100_000)
def relation(wanted: str, offered: str) -> tuple[str, float]:
    """How an offered code answers a wanted one: name of the relation and its weight."""
    if wanted == offered:
        return "exact", EXACT
    known = terms()
    if wanted not in known or offered not in known:
        return "", 0.0
    above, beside = known[wanted].parent, known[offered].parent
    if wanted == beside or offered == above:
        return "parent", PARENT
    if above and above == beside:
        return "sibling", SIBLING
    return "", 0.0


@lru_cache(maxsize=4096)
def neighbours(code: str) -> dict[str, float]:
    """Every code that answers ``code``, with its weight (the code itself included)."""
    related = {other: relation(code, other)[1] for other in terms()}
    return {code: EXACT, **{other: weight for other, weight in related.items() if weight}}


def label_of(code: str, language: str = "ko") -> str:
    """Label to show for a code or keyword."""
    term = terms().get(code)
    if term is None:
        return code.removeprefix(KEYWORD)
    return term.en if language == "en" else term.ko
