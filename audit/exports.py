"""The record as CSV: streamed row by row, readable by spreadsheets."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit.models import AccessLog, Event
from audit.selectors import names_of_subjects, with_names
from common.text import spreadsheet_cell

BATCH = 500


class _Line:
    """Gives each written line back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def csv_response(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download in UTF-8 with the mark that spreadsheets look for."""
    writer = csv.writer(_Line())
    language = translation.get_language() or "ko"

    def lines() -> Iterator[str]:
        translation.activate(language)  # the rows are made after the request's own middleware
        yield "\ufeff" + writer.writerow(head)
        for row in rows:
            yield writer.writerow([spreadsheet_cell(value) for value in row])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def event_rows(events: Iterable[Event]) -> Iterator[Sequence[object]]:
    """Time, kind, sentence, actor, object; in batches, so names cost few queries."""
    for group in _groups(events):
        for event in with_names(group):
            at = timezone.localtime(event.at).isoformat(" ", "seconds")
            key = f"{event.object_type}:{event.object_id}"
            yield (at, event.label, event.sentence, event.who, event.on, key)


def event_head() -> list[str]:
    return [_("일시"), _("종류"), _("내용"), _("행위자"), _("대상"), _("대상 번호")]


def access_rows(rows: Iterable[AccessLog]) -> Iterator[Sequence[object]]:
    """Time, viewer, person concerned, action, count, page, network address, purpose."""
    for group in _groups(rows):
        names = names_of_subjects(group)
        for row in group:
            at = timezone.localtime(row.at).isoformat(" ", "seconds")
            key = f"{row.subject_type}:{row.subject_id}"
            yield (at, row.viewer, names[row.pk], key, row.get_action_display(), row.rows,
                   row.path, row.ip, row.purpose)  # fmt: skip


def access_head() -> list[str]:
    return [
        _("일시"), _("본 사람"), _("대상"), _("대상 번호"), _("수행 업무"), _("건수"), _("화면"),
        _("접속지"), _("사유"),
    ]  # fmt: skip


def _groups(rows: Any) -> Iterator[list[Any]]:
    source = iter(rows.iterator(chunk_size=BATCH) if hasattr(rows, "iterator") else rows)
    while group := list(islice(source, BATCH)):
        yield group
