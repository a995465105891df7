"""Declared conflicts of a round from a CSV file: all lines or none."""

from __future__ import annotations

import csv
import io
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import MissingFacts
from consulting.models import Round
from experts.models import Expert
from matching.events import allocation as events
from matching.services.conflicts import enter_conflict

COLUMNS = ("request", "expert", "evidence", "reason")
MOST_LINES = 2_000
MOST_BYTES = 2 * 2**20
#: characters that no table of text holds: the file is something else
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class Problem:
    """A line that cannot be used, and why. Line 1 is the heading."""

    line: int
    text: str


class BadFileError(Exception):
    """Nothing was stored; ``problems`` name every failing line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} lines")
        self.problems = problems


def import_conflicts(row: Round, content: bytes, by: Any) -> int:
    """Enter one conflict per line (request, expert, evidence, reason); returns how many.

    ``expert`` is the person's id in addresses or the whole name, where only one bears it. A line
    that repeats a conflict in force adds nothing. Raises ``BadFileError`` with every failing line.
    """
    lines = list(_lines(content))
    entries = {e.request.ref: e.request for e in row.entries.select_related("request")}
    problems: list[Problem] = []
    with transaction.atomic():
        for number, line in lines:
            try:
                _enter(line, entries, row, by)
            except MissingFacts as error:
                problems.append(Problem(number, " ".join(error.messages)))
        if problems:
            raise BadFileError(problems)
        events.conflicts_imported(row, by, len(lines))
    return len(lines)


def _lines(content: bytes) -> Any:
    if len(content) > MOST_BYTES:
        raise BadFileError([Problem(0, _("파일이 너무 큽니다. 나누어 올려 주십시오."))])
    text = _text(content)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise BadFileError(
            [Problem(0, _("CSV 형식을 읽을 수 없습니다. 따옴표를 살펴 주십시오."))]
        ) from None
    if not rows or [cell.strip().lower() for cell in rows[0]] != list(COLUMNS):
        told = _("첫 줄은 %(columns)s이어야 합니다.") % {"columns": ",".join(COLUMNS)}
        raise BadFileError([Problem(1, told)])
    found = [(n, line) for n, line in enumerate(rows[1:], 2) if any(cell.strip() for cell in line)]
    if not found or len(found) > MOST_LINES:
        told = _("1줄에서 %(most)s줄까지 올릴 수 있습니다.") % {"most": f"{MOST_LINES:,}"}
        raise BadFileError([Problem(0, told)])
    return found


def _text(content: bytes) -> str:
    """UTF-8, or what a Korean spreadsheet saves by itself (code page 949)."""
    for encoding in ("utf-8-sig", "cp949"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if not _CONTROL.search(text):
                return text
    raise BadFileError([Problem(0, _("UTF-8로 저장한 CSV 파일을 올려 주십시오."))])


def _enter(line: list[str], entries: dict[str, Any], row: Round, by: Any) -> None:
    if len(line) != len(COLUMNS):
        text = _("칸이 %(wanted)s개여야 하는데 %(found)s개입니다.")
        raise MissingFacts({"line": text % {"wanted": len(COLUMNS), "found": len(line)}})
    ref, who, evidence, reason = (cell.strip() for cell in line)
    request = entries.get(ref)
    if request is None:
        raise MissingFacts({"request": _("이 회차에 없는 요청입니다: %(ref)s") % {"ref": ref[:40]}})
    enter_conflict(_expert(who, by), by, reason=reason, evidence=evidence, request=request)


def _expert(who: str, by: Any) -> Expert:
    visible = Expert.objects.visible_to(by)
    try:
        rows = list(visible.filter(public_id=uuid.UUID(who)))
    except ValueError:
        rows = list(visible.filter(name_ko=who)[:2] or visible.filter(name_en__iexact=who)[:2])
    if not who or not rows:
        raise MissingFacts({"expert": _("이런 전문가가 없습니다: %(who)s") % {"who": who[:60]}})
    if len(rows) > 1:
        text = _("같은 이름이 둘 이상입니다. 이름 대신 식별자를 적어 주십시오: %(who)s")
        raise MissingFacts({"expert": text % {"who": who[:60]}})
    found: Expert = rows[0]
    return found
