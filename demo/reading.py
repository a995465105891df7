"""Reads the text files that the demo data is made of; every table is read once."""

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESOURCES = HERE / "resources"
PASSAGES = HERE / "passages"


@lru_cache
def table(name: str) -> list[dict[str, str]]:
    """Rows of ``resources/<name>.csv``."""
    with (RESOURCES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache
def document(name: str) -> Any:
    """Content of ``resources/<name>.json``."""
    return json.loads((RESOURCES / f"{name}.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Passage:
    """A hand-written text of one leaf: a part of a self-description (no title) or evidence."""

    leaf: str
    language: str
    kind: str
    title: str
    text: str

    @property
    def full_text(self) -> str:
        return f"{self.title} {self.text}".strip()


@dataclass(frozen=True)
class Leaf:
    """Everything written about one leaf in one language."""

    code: str
    bios: tuple[Passage, ...]
    evidence: tuple[Passage, ...]
    keywords: tuple[str, ...]


@lru_cache
def library(language: str) -> dict[str, Leaf]:
    """Leaf code → its passages in ``ko`` or ``en``."""
    return {path.stem: _leaf(path, language) for path in sorted(PASSAGES.glob("*.json"))}


def _leaf(path: Path, language: str) -> Leaf:
    given = json.loads(path.read_text(encoding="utf-8"))
    code = given["code"]
    bios = tuple(Passage(code, language, "bio", "", text) for text in given[f"bio_{language}"])
    evidence = tuple(
        Passage(code, language, row["kind"], row["title"], row["text"])
        for row in given[f"evidence_{language}"]
    )
    return Leaf(code, bios, evidence, tuple(given[f"keywords_{language}"]))


@dataclass(frozen=True)
class Affinity:
    """Which other leaves a person of this leaf sensibly has; ``weight`` is how common he is."""

    data: tuple[str, ...]
    domain: tuple[str, ...]
    near: tuple[str, ...]
    weight: float

    @property
    def all(self) -> tuple[str, ...]:
        return self.data + self.domain + self.near


@lru_cache
def affinities() -> dict[str, Affinity]:
    """Leaf code → affinity, with leaves of techniques added to data and fields that name none."""
    rows = {row["leaf"]: row for row in table("affinities")}
    techniques = _techniques(rows)
    return {code: _affinity(row, techniques.get(code, ())) for code, row in rows.items()}


def _techniques(rows: dict[str, dict[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code, row in rows.items():
        for other in _split(row["data"]) + _split(row["domain"]):
            if code.startswith("T"):
                found.setdefault(other, []).append(code)
    return {code: tuple(techniques) for code, techniques in found.items()}


def _affinity(row: dict[str, str], techniques: tuple[str, ...]) -> Affinity:
    return Affinity(
        _split(row["data"]),
        _split(row["domain"]),
        _split(row["near"]) + techniques,
        float(row["weight"]),
    )


def _split(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.split("|") if part)


@lru_cache
def places() -> list[tuple[str, str]]:
    """(word, part of the world) pairs by which an English passage says where it happened."""
    return [(row["word"], row["group"]) for row in table("places")]


def groups_of(text: str) -> frozenset[str]:
    """Parts of the world that a text names."""
    return frozenset(group for word, group in places() if word in text)
