"""A site's own synonym file: read as a whole, or refused with the line of every mistake.

The format is that of ``resources/synonyms.txt``: one group per line, forms separated by ``|``,
comments after ``#`` at the beginning of a line or after a space. A form stands in one line only.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matching import stopwords
from matching.plain_text import normalise

MAX_BYTES = 1 << 20
MAX_LINE, MAX_FORM = 1_000, 60  # characters
MAX_PROBLEMS = 20
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_ONE_SYLLABLE = re.compile(r"[\uac00-\ud7a3]")


@dataclass(frozen=True)
class Line:
    """One group: its line in the file, counted from one, and its different forms, normalised."""

    number: int
    forms: tuple[str, ...]


@dataclass(frozen=True)
class SiteFile:
    """What a file says. ``problems``: sentences that name file and line; with any, the file is
    not used at all."""

    lines: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """The forms of each line, in an order that does not depend on the order of lines."""
        return sorted(line.forms for line in self.lines)

    @property
    def mark(self) -> str:
        """Short hash of the groups; comments, spaces and the order of lines do not matter."""
        if not self.lines:
            return ""
        text = json.dumps(self.groups, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:10]


def canonical(form: str) -> str:
    """A form without spaces and hyphens: two forms that agree in it are the same."""
    return re.sub(r"[\s\-]+", "", form)


def without_comment(line: str) -> str:
    return _COMMENT.sub("", line)


def read_site_file(path: Path) -> SiteFile:
    """Read and judge a site's file; whatever is wrong with it stands in ``problems``."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1) if path.is_file() else None
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        return SiteFile(problems=(f"{path}: {reason}.",))
    if data is None:
        return SiteFile(problems=(f"{path}: this is not a file.",))
    if len(data) > MAX_BYTES:
        return SiteFile(problems=(f"{path}: larger than {MAX_BYTES // 1024} KiB.",))
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = f"{path}, line {line}: not UTF-8; save the file in the encoding UTF-8."
        return SiteFile(problems=(problem,))
    return _judged(path, text)


def _judged(path: Path, text: str) -> SiteFile:
    lines: list[Line] = []
    problems: list[str] = []
    first: dict[str, int] = {}  # canonical form → its line
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = Line(number, _forms(raw) if len(raw) <= MAX_LINE else ())
        found = list(_mistakes(raw, line, first))
        problems += [f"{path}, line {number}: {mistake}" for mistake in found]
        for form in line.forms:
            first.setdefault(canonical(form), number)
        if line.forms and not found:
            lines.append(line)
    if len(problems) > MAX_PROBLEMS:
        more = f"{path}: and {len(problems) - MAX_PROBLEMS} further mistakes."
        problems = [*problems[:MAX_PROBLEMS], more]
    return SiteFile(() if problems else tuple(lines), tuple(problems))


def _forms(raw: str) -> tuple[str, ...]:
    """The different forms of a line; two that differ in spaces or hyphens alone are one."""
    forms = (re.sub(r"\s+", " ", form).strip(" -") for form in normalise(_content(raw)).split("|"))
    kept: dict[str, str] = {}
    for form in forms:
        if form:
            kept.setdefault(canonical(form) or form, form)
    return tuple(kept.values())


def _content(raw: str) -> str:
    return without_comment(raw).strip()


def _mistakes(raw: str, line: Line, first: dict[str, int]) -> Iterator[str]:
    """What is wrong with one line, in words."""
    if len(raw) > MAX_LINE:
        yield f"{len(raw):,} characters; a line may have {MAX_LINE:,}."
    elif _content(raw) and len(line.forms) < 2:
        given = f"only {line.forms[0]!r}" if line.forms else "no form"
        yield f"{given}; a line needs at least two different forms, separated by |."
    for form in line.forms:
        key = canonical(form)
        if not any(character.isalnum() for character in form):
            yield f"{form!r} has neither a letter nor a digit."
        elif _ONE_SYLLABLE.fullmatch(key):
            yield f"{form!r} is one syllable; it would be found in words of quite other meaning."
        elif key in stopwords.ENGLISH:
            yield f"{form!r} is a common English word; it would be found in most English texts."
        elif len(form) > MAX_FORM:
            yield f"a form of {len(form)} characters; at most {MAX_FORM} are possible."
        elif key in first:
            yield f"{form!r} stands in line {first[key]} already; join the two lines."
