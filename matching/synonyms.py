"""Synonym groups: forms that mean the same in Korean and English become one concept token.

``resources/synonyms.txt`` holds one group per line, forms separated by ``|``; ``#`` starts a
comment. Labels and aliases of every taxonomy leaf are a group too. Forms are compared in normalised
lower case. A Latin form must stand as a word of its own (Korean particles may follow); a Hangul
form of two syllables must start a word, longer ones may stand inside a compound. Spaces inside a
Hangul form are optional in the text.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

import experts

RESOURCE = Path(__file__).parent / "resources" / "synonyms.txt"
TAXONOMY = Path(experts.__file__).parent / "resources" / "taxonomy.csv"
_HANGUL = re.compile(r"[\uac00-\ud7a3]")


def read_groups(path: Path = RESOURCE) -> list[list[str]]:
    """Groups of the file, each a list of at least two lower-case forms."""
    groups = []
    for line in path.read_text(encoding="utf-8").splitlines():
        forms = [form.strip().lower() for form in line.partition("#")[0].split("|")]
        forms = [form for form in forms if form]
        if len(forms) > 1:
            groups.append(forms)
    return groups


def taxonomy_groups(path: Path = TAXONOMY) -> list[list[str]]:
    """Both labels and the aliases of each leaf of the taxonomy."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["parent"]]
    forms = [[row["ko"], row["en"], *row["aliases"].split("|")] for row in rows]
    return [[form.strip().lower() for form in group if form.strip()] for group in forms]


def _pattern(form: str) -> str:
    if _HANGUL.search(form):
        body = r"\s*".join(re.escape(word) for word in form.split())
        short = len(form.replace(" ", "")) <= 2
        return (r"(?<![\uac00-\ud7a3])" if short else "") + body
    body = r"[\s\-]+".join(re.escape(word) for word in re.split(r"[\s\-]+", form))
    return rf"(?<![a-z0-9]){body}(?:e?s)?(?![a-z0-9])"


def _canonical(text: str) -> str:
    return re.sub(r"[\s\-]+", "", text)


@lru_cache(maxsize=1)
def _compiled() -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """One alternation of all forms (longest first) and the concepts of every form."""
    concepts: dict[str, list[str]] = {}
    for group in [*read_groups(), *taxonomy_groups()]:
        name = "=" + _canonical(group[0])
        for form in group:
            concepts.setdefault(form, []).append(name)
    ordered = sorted(concepts, key=len, reverse=True)
    pattern = "|".join(f"(?:{_pattern(form)})" for form in ordered)
    lookup = {_canonical(form): tuple(names) for form, names in concepts.items()}
    return re.compile(pattern or r"(?!)"), lookup


def concepts_in(text: str) -> list[str]:
    """Concept tokens of all forms found in normalised text, one per occurrence."""
    pattern, lookup = _compiled()
    found: list[str] = []
    for match in pattern.finditer(text):
        key = _canonical(match.group())
        names = (
            lookup.get(key)
            or lookup.get(key.removesuffix("s"))
            or lookup.get(key.removesuffix("es"), ())
        )
        found.extend(names)
    return found
