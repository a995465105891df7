"""Message catalogues without the gettext tools.

    python -m config.messages update    bring the catalogues up to date with the code
    python -m config.messages check     fail when a sentence lacks its translation

Korean is the language of the source, so every other language translates the Korean sentence.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LEFT_OUT = {".venv", "var", "tests", ".git"}
KEYWORDS: dict[str, Any] = {
    # T: gettext_lazy in the modules where _ is gettext
    **dict.fromkeys(("_", "T", "gettext", "gettext_lazy", "gettext_noop", "translate")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def main(words: list[str]) -> int:
    """Run one of the two commands; returns the exit status."""
    if words == ["update"]:
        for path in catalogue_files():
            update(path)
        return 0
    if words == ["check"]:
        problems = [line for path in catalogue_files() for line in check(path)]
        print("\n".join(problems))
        return 1 if problems else 0
    sys.exit(__doc__)


def catalogue_files() -> list[Path]:
    """The catalogue of every language that the site has besides Korean.

    The Korean one holds sentences of Django itself, in this site's tone, and none of the site.
    """
    found = {LOCALE / "en/LC_MESSAGES/django.po", *LOCALE.glob("*/LC_MESSAGES/django.po")}
    return sorted(found - {LOCALE / "ko/LC_MESSAGES/django.po"})


def sources() -> Iterator[Path]:
    """Python modules and templates of the site itself."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name not in LEFT_OUT]
    for folder in sorted(folders):
        yield from sorted(folder.rglob("*.py"))
        if folder.name == "templates":
            yield from sorted(path for path in folder.rglob("*.*") if path.is_file())


def collect() -> Catalog:
    """Every translatable sentence of the code with the files that use it."""
    catalogue = Catalog(project="seoul-ai-bridge", fuzzy=False)
    for path in sources():
        for line, message, _comments, context in extract("python", _as_python(path), KEYWORDS):
            place = (str(path.relative_to(ROOT)), line)
            catalogue.add(message, None, [place], context=context)
    return catalogue


def _as_python(path: Path) -> io.BytesIO:
    """A module as it is; of a template the calls that its tags stand for."""
    text = path.read_text()
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        text = "\n".join(_calls(templatize(text, origin=str(path))))
    return io.BytesIO(text.encode())


def _calls(templatized: str) -> Iterator[str]:
    """Each gettext call of a templatized text, on the line where it stands."""
    call = re.compile(
        r"\b(?:n?p?gettext|_)\((?:[^()'\"]|u?'(?:\\.|[^'\\])*'|u?\"(?:\\.|[^\"\\])*\")*\)",
        re.DOTALL,
    )
    for line in templatized.split("\n"):
        yield "; ".join(found.group() for found in call.finditer(line))


def update(path: Path) -> None:
    """Add new sentences, drop those that nobody uses; translations stay, nothing is guessed."""
    catalogue = collect()
    known = _read(path)
    for message in catalogue:
        if message.id and (old := known.get(message.id, message.context)):
            message.string = old.string
    catalogue.locale, catalogue.creation_date = known.locale, known.creation_date
    catalogue.header_comment = "# Translations of the site's Korean sentences."
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, no_location=True, omit_header=False)


def check(path: Path) -> Iterator[str]:
    """A line for each sentence without a sound translation."""
    known = _read(path)
    name = path.relative_to(ROOT)
    for message in collect():
        if message.id:
            problem = _problem(message, known.get(message.id, message.context))
            if problem:
                where = message.locations[0][0] if message.locations else "?"
                yield f"{name}: {problem}: {message.id!r} ({where})"


def _problem(wanted: Message, found: Message | None) -> str:
    if found is None:
        return "missing"
    texts = _texts(found.string)
    if not all(texts):
        return "not translated"
    if found.fuzzy:
        return "marked as uncertain"
    ids = _texts(wanted.id)
    allowed = {mark for text in ids for mark in PLACEHOLDER.findall(text)}
    if any(set(PLACEHOLDER.findall(text)) - allowed for text in texts):
        return "unknown placeholder"
    needed = set(PLACEHOLDER.findall(ids[-1]))
    return "" if needed <= set(PLACEHOLDER.findall(texts[-1])) else "placeholder lost"


def _texts(value: object) -> list[str]:
    """The singular, or singular and plural."""
    return [str(text or "") for text in (value if isinstance(value, (tuple, list)) else [value])]


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=path.parent.parent.name)
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
