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
from collections.abc import Iterable
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


Trie = dict[str, "Trie"]
_END = ""


def _trie(forms: Iterable[str]) -> Trie:
    root: Trie = {}
    for form in forms:
        node = root
        for character in form:
            node = node.setdefault(character, {})
        node[_END] = {}
    return root


def _regex(node: Trie, space: str) -> str:
    """The forms of a trie as one expression that tries the longest first and never rescans."""
    branches = [
        (space if character == " " else re.escape(character)) + _regex(child, space)
        for character, child in sorted(node.items())
        if character != _END
    ]
    if not branches:
        return ""
    joined = f"(?:{'|'.join(branches)})"
    return f"{joined}?" if _END in node else joined


def _expressions(forms: Iterable[str]) -> list[re.Pattern[str]]:
    """Short Hangul forms, long Hangul forms, Latin forms."""
    plain = {re.sub(r"[\s\-]+", " ", form) for form in forms}
    hangul = {form for form in plain if _HANGUL.search(form)}
    short = {form for form in hangul if len(form.replace(" ", "")) <= 2}
    kinds = [
        (short, r"(?<![\uac00-\ud7a3])%s", r"\s*"),
        (hangul - short, "%s", r"[\s\-]*"),
        (plain - hangul, r"(?<![a-z0-9])%s(?:e?s)?(?![a-z0-9])", r"[\s\-]+"),
    ]
    return [
        re.compile(frame % _regex(_trie(found), space)) for found, frame, space in kinds if found
    ]


def _canonical(text: str) -> str:
    return re.sub(r"[\s\-]+", "", text)


@lru_cache(maxsize=1)
def _compiled() -> tuple[list[re.Pattern[str]], dict[str, tuple[str, ...]]]:
    """Expressions that find all forms, and the concepts of every form."""
    concepts: dict[str, list[str]] = {}
    for group in [*read_groups(), *taxonomy_groups()]:
        name = "=" + _canonical(group[0])
        for form in group:
            concepts.setdefault(_canonical(form), []).append(name)
    forms = [form for group in [*read_groups(), *taxonomy_groups()] for form in group]
    return _expressions(forms), {
        form: tuple(dict.fromkeys(names)) for form, names in concepts.items()
    }


def concepts_in(text: str) -> list[str]:
    """Concept tokens of all forms found in normalised text, one per occurrence."""
    expressions, concepts = _compiled()
    found: list[str] = []
    for expression in expressions:
        for match in expression.finditer(text):
            key = _canonical(match.group())
            singular = (key, key.removesuffix("s"), key.removesuffix("es"))
            found.extend(next((concepts[k] for k in singular if k in concepts), ()))
    return found
