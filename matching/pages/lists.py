"""Reading a shortlist: the list, one person, side by side, who is missing, as a file."""

from __future__ import annotations

import csv
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.pages.access import role_required
from audit.services import record_access
from common.text import spreadsheet_cell
from content.ui import Column, Row
from experts.models import Expert
from matching import eligibility, events
from matching.pages.common import (
    card_of,
    current_or_404,
    find,
    find_expert,
    find_run,
    seen,
    shortlist_url,
)
from matching.pages.forms import SearchForm
from matching.permissions import READERS, may_match
from matching.selectors.cards import MEANINGS, SIGNALS, Card, cards_of, rows_of
from matching.selectors.committee import matrix_of
from matching.selectors.compare import MOST, compare_groups, coverage_rows
from matching.selectors.needs import needs_of
from matching.selectors.panels import coverage_now
from matching.selectors.people import conflicts_of, waivers_of
from matching.selectors.shortlist import TESTS, Shortlist, facets, filtered, latest_run, shortlist
from matching.selectors.why import why_of
from matching.selectors.why_not import experts_by_name, why_not


@role_required(*READERS)
@require_safe
def shortlist_page(request: HttpRequest, ref: str) -> HttpResponse:
    """The list with evidence for each name; without one, where the request stands."""
    record = find(request, ref)
    if latest_run(record) is None:
        return redirect(record)
    listed = shortlist(record, find_run(request, record))
    wanted = {name: request.GET.getlist(name) for name in TESTS}
    shown = filtered(listed.cards, wanted)
    seen(request, Expert, record, rows=len(shown))
    context = {
        "record": record,
        "list": listed,
        "shown": shown,
        "is_filtered": len(shown) != len(listed.cards),
        "facets": facets(listed.cards, wanted),
        "may_work": listed.is_open and may_match(request.user),
        "may_match": may_match(request.user),
        "conflicts": conflicts_of(request.user, record),
        "waivers": waivers_of(request.user, record),
        "search": SearchForm(),
        "latest": latest_run(record),
    }
    return render(request, "matching/shortlist.html", context)


@role_required(*READERS)
@require_safe
def why(request: HttpRequest, ref: str, expert: uuid.UUID) -> HttpResponse:
    """Everything that speaks for one person on the list."""
    record = find(request, ref)
    run = find_run(request, record)
    listed = shortlist(record, run)
    card = card_of(run, expert)
    seen(request, card.expert, record)
    context = {
        "record": record,
        "list": listed,
        "card": card,
        "why": why_of(run, card),
        "signals": _signals(card),
        "may_work": listed.is_open and may_match(request.user),
    }
    return render(request, "matching/why.html", context)


def _signals(card: Card) -> list[tuple[str, str, float, float | None]]:
    """(label, what it looks at, contribution, normalised signal) of each part of the score."""
    raw = card.candidate.explanation.get("signals", {})
    names = {str(label): name for name, label in SIGNALS.items()}
    return [
        (label, str(MEANINGS[names[label]]), value, raw.get(names[label]))
        for label, value in card.parts
    ]


@role_required(*READERS)
@require_safe
def compare(request: HttpRequest, ref: str) -> HttpResponse:
    """Up to four people side by side."""
    record = find(request, ref)
    run = find_run(request, record)
    wanted = request.GET.getlist("c")
    rows = [row for row in rows_of(run) if str(row.expert.public_id) in wanted][:MOST]
    cards = cards_of(run, rows)
    for card in cards:
        seen(request, card.expert, record)
    context = {
        "record": record,
        "columns": [_column(record, card) for card in cards],
        "groups": compare_groups(cards, _covering(record, cards)),
        "cards": cards,
        "may_work": may_match(request.user) and shortlist(record, run).is_open,
        "too_few": len(cards) < 2,
        "too_many": len(wanted) > MOST,
        "most": MOST,
    }
    return render(request, "matching/compare.html", context)


def _covering(record: Any, cards: list[Card]) -> list[Row]:
    """What each of them answers of what the request needs; only where all are indexed."""
    matrix = matrix_of(needs_of(record), [card.expert.pk for card in cards], quotes=False)
    if len(matrix.rows) < len(cards):
        return []
    return coverage_rows(coverage_now(matrix, [card.expert for card in cards]))


def _column(record: Any, card: Card) -> Column:
    url = reverse("matching:why", args=[record.ref, card.expert.public_id])
    return Column(card.expert.name, url, card.affiliation)


@role_required(*READERS)
@require_safe
def why_not_page(request: HttpRequest, ref: str) -> HttpResponse:
    """ "왜 이 사람은 없나요?": by name, then the answer for the person picked."""
    record = find(request, ref)
    run = current_or_404(record)
    form, name = SearchForm.of(request.GET)
    found = experts_by_name(request.user, name)
    picked = request.GET.get("expert", "")
    only = found.people[0] if len(found) == 1 else None
    expert = find_expert(request, picked) if picked else only
    answer = None
    if expert is not None:
        seen(request, expert, record)
        answer = why_not(run, expert)
    context = {
        "record": record,
        "form": form,
        "name": name,
        "found": found,
        "answer": answer,
        "waivable": eligibility.waivable(answer.exclusions if answer else [], record),
        "may_match": may_match(request.user),
    }
    return render(request, "matching/why_not.html", context)


@role_required(*READERS)
@require_safe
def export(request: HttpRequest, ref: str) -> HttpResponse:
    """The list as a file for the desk; the download is logged."""
    record = find(request, ref)
    run = find_run(request, record)
    listed = shortlist(record, run)
    record_access(request, Expert, "download", purpose=record.ref, rows=len(listed.cards))
    events.exported(run, request.user, len(listed.cards))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="shortlist-{record.ref}.csv"'
    response.write("\ufeff")
    write_csv(response, listed)
    return response


def write_csv(target: Any, listed: Shortlist) -> None:
    """One line per candidate; cells that a spreadsheet would calculate are defused."""
    writer = csv.writer(target)
    writer.writerow(
        [
            _("순위"),
            _("이름"),
            _("소속"),
            _("적합도"),
            _("근거"),
            _("연도"),
            pgettext("column", "확인"),
            _("일치한 분류"),
            _("이번 달"),
            _("표시"),
            _("사유"),
        ]
    )
    for card in listed.cards:
        writer.writerow([spreadsheet_cell(cell) for cell in _line(card)])


def _line(card: Card) -> list[Any]:
    row, evidence = card.candidate, card.evidence
    return [
        row.rank or _("직접 추가"),
        card.expert.name,
        card.affiliation,
        "" if row.score is None else f"{row.score:.3f}",
        evidence.text if evidence else "",
        evidence.year if evidence else "",
        evidence.verification if evidence else "",
        ", ".join(tag.label for tag in card.tags),
        f"'{card.decided}/{card.expert.monthly_cap}",
        row.get_mark_display(),
        row.mark_reason,
    ]


__all__ = ["compare", "export", "shortlist_page", "shortlist_url", "why", "why_not_page"]
