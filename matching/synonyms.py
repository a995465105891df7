"""Synonym groups: forms that mean the same in Korean and English become one concept token.

``resources/synonyms.txt`` holds one group per line, forms separated by ``|``; ``#`` starts a
comment. Forms are compared in normalised lower case. A Latin form must stand as a word of its own
(Korean particles may follow); a Hangul form of two syllables must start a word, longer ones may
stand inside a compound. Spaces inside a Hangul form are optional in the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

RESOURCE = Path(__file__).parent / "resources" / "synonyms.txt"
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
    for group in read_groups():
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
