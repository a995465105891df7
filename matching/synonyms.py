"""Synonym groups: forms that mean the same in Korean and English become one concept token.

``resources/synonyms.txt`` holds one group per line, forms separated by ``|``; ``#`` starts a
comment. Labels and aliases of every taxonomy leaf are a group too, and a site may add a list of its
own (``MATCHING_SYNONYMS``, ``synonym_files``). Forms are compared in normalised lower case. A Latin
form must stand as a word of its own (Korean particles may follow); a Hangul form of two syllables
must start a word, longer ones may stand inside a compound. Spaces inside a Hangul form are optional
in the text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.core.exceptions import ImproperlyConfigured

import experts
from matching.conf import setting
from matching.synonym_files import SiteFile, canonical, read_site_file, without_comment

RESOURCE = Path(__file__).parent / "resources" / "synonyms.txt"
TAXONOMY = Path(experts.__file__).parent / "resources" / "taxonomy.csv"
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
Concepts = dict[str, tuple[str, ...]]


def read_groups(path: Path = RESOURCE) -> list[list[str]]:
    """Groups of the file, each a list of at least two lower-case forms."""
    groups = []
    for line in path.read_text(encoding="utf-8").splitlines():
        forms = [form.strip().lower() for form in without_comment(line).split("|")]
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


class Match(NamedTuple):
    """A form as it stands in a text, the form of the lists, and the concepts that it means."""

    text: str
    form: str
    concepts: tuple[str, ...]


class Synonyms:
    """The shipped groups and those of a site, ready to be found in texts."""

    def __init__(self, site: Sequence[Sequence[str]] = ()) -> None:
        shipped = [*read_groups(), *taxonomy_groups()]
        self.concepts = _joined(_shipped_concepts(shipped), site)
        self._expressions = _expressions(form for group in [*shipped, *site] for form in group)

    def found_in(self, text: str) -> Iterator[Match]:
        """All forms in normalised text, one by one."""
        for expression in self._expressions:
            for match in expression.finditer(text):
                key = canonical(match.group())
                singular = (key, key.removesuffix("s"), key.removesuffix("es"))
                form = next((k for k in singular if k in self.concepts), None)
                if form is not None:
                    yield Match(match.group(), form, self.concepts[form])


def _shipped_concepts(groups: Iterable[Sequence[str]]) -> Concepts:
    """Canonical form → names of the groups that it stands in."""
    found: dict[str, list[str]] = {}
    for group in groups:
        name = "=" + canonical(group[0])
        for form in group:
            found.setdefault(canonical(form), []).append(name)
    return {form: tuple(dict.fromkeys(names)) for form, names in found.items()}


def _joined(concepts: Concepts, site: Iterable[Sequence[str]]) -> Concepts:
    """The concepts with a site's groups added.

    A group with known forms means what all of these have in common; where they have nothing in
    common it joins their groups: every form of them gets all their names. A group without known
    forms is a new concept, named by its first form.
    """
    found = dict(concepts)
    for group in site:
        keys = [canonical(form) for form in group]
        known = [found[key] for key in keys if key in found]
        every = tuple(dict.fromkeys(name for names in known for name in names))
        shared = tuple(name for name in every if all(name in names for names in known))
        names = shared or every or ("=" + keys[0],)
        for key in keys:
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *names)))
        if every and not shared:
            for key, own in found.items():
                if not set(own).isdisjoint(every):
                    found[key] = tuple(dict.fromkeys((*own, *every)))
    return found


def site_file() -> SiteFile:
    """The site's own list as it was when this process first asked; without a setting an empty one.

    Raises ImproperlyConfigured with all mistakes of a file that cannot be used.
    """
    return _site_file(str(setting("MATCHING_SYNONYMS") or ""))


@lru_cache(maxsize=4)
def _site_file(path: str) -> SiteFile:
    found = read_site_file(Path(path)) if path else SiteFile()
    if found.problems:
        raise ImproperlyConfigured("MATCHING_SYNONYMS: " + " ".join(found.problems))
    return found


def site_mark() -> str:
    """Short hash of the site's own groups; empty without any."""
    return site_file().mark


@lru_cache(maxsize=4)
def _synonyms(path: str) -> Synonyms:
    return Synonyms(_site_file(path).groups)


def concepts_in(text: str) -> list[str]:
    """Concept tokens of all forms found in normalised text, one per occurrence."""
    synonyms = _synonyms(str(setting("MATCHING_SYNONYMS") or ""))
    return [concept for match in synonyms.found_in(text) for concept in match.concepts]
