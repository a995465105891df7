"""The event log as sentences and the log of access to personal data; for auditors."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit import exports, selectors
from audit.filters import AccessFilter, EventFilter
from audit.models import AccessLog, Event
from audit.services import record_access
from common.access import role_required

readers = role_required("auditor", "administrator")
PAGE = 40


def _page(request: HttpRequest, rows: Any) -> Any:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


@require_safe
@readers
def events(request: HttpRequest) -> HttpResponse:
    """Who did what and when."""
    chosen = EventFilter(request.GET, selectors.events())
    page = _page(request, chosen.qs)
    page.object_list = selectors.with_names(page.object_list)
    context = {"page_obj": page, "form": chosen.form, "query": request.GET.urlencode()}
    return render(request, "audit/events.html", context)


@require_safe
@readers
def export_events(request: HttpRequest) -> StreamingHttpResponse:
    """The same list as a file; taking it is an access on record."""
    rows = EventFilter(request.GET, selectors.events()).qs
    _note(request, Event, rows.count())
    return exports.csv_response(_name("events"), exports.event_head(), exports.event_rows(rows))


@require_safe
@readers
def accesses(request: HttpRequest) -> HttpResponse:
    """Who saw whose data."""
    chosen = AccessFilter(request.GET, selectors.accesses())
    page = _page(request, chosen.qs)
    names = selectors.names_of_subjects(page.object_list)
    context = {
        "page_obj": page,
        "rows": [(row, names[row.pk]) for row in page.object_list],
        "form": chosen.form,
        "query": request.GET.urlencode(),
    }
    return render(request, "audit/accesses.html", context)


@require_safe
@readers
def export_accesses(request: HttpRequest) -> StreamingHttpResponse:
    """The access log as a file; taking it is itself an access on record."""
    rows = AccessFilter(request.GET, selectors.accesses()).qs
    _note(request, AccessLog, rows.count())
    return exports.csv_response(_name("accesses"), exports.access_head(), exports.access_rows(rows))


def _note(request: HttpRequest, model: Any, rows: int) -> None:
    purpose = _("기록 내려받기: %(filter)s") % {"filter": request.GET.urlencode() or _("전체")}
    record_access(request, model, AccessLog.Action.DOWNLOAD, purpose, rows=rows)


def _name(stem: str) -> str:
    return f"{stem}-{timezone.localdate():%Y%m%d}.csv"
