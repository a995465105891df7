"""Lists of requests: the department's own, everything for staff, the same as CSV."""

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.pages.access import role_required
from common.text import spreadsheet_cell
from consulting import permissions, selectors
from consulting.filters import DEFAULT_SORT, SORTS, RequestFilter
from consulting.models import Request, RequestKind
from consulting.pages.common import next_step
from content.ui import Facet, FacetOption

PER_PAGE = 20
READERS = (Role.OFFICER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)


def listing(request: HttpRequest) -> RequestFilter:
    """The requests that this person sees, filtered and sorted as the address says."""
    rows = Request.objects.visible_to(request.user)
    if permissions.reads_all(request.user):
        rows = rows.filed()
    return RequestFilter(request.GET, queryset=rows, request=request)


@require_safe
@role_required(*READERS)
def my_requests(request: HttpRequest) -> HttpResponse:
    """One line each: title, state, whose turn, next date."""
    found = listing(request)
    page = Paginator(found.qs.for_lists(), PER_PAGE).get_page(request.GET.get("page"))
    for record in page.object_list:
        record.next = next_step(record, request.user)
    context = {
        "page_obj": page,
        "facets": facets(request),
        "chips": chips(request),
        "sorts": [(value, label) for value, (label, _order) in SORTS.items()],
        "sort": request.GET.get("sort", DEFAULT_SORT),
        "q": request.GET.get("q", ""),
        "everything": permissions.reads_all(request.user),
        "may_file": permissions.may_file(request.user),
    }
    return render(request, "consulting/my_requests.html", context)


def facets(request: HttpRequest) -> list[Facet]:
    """States and kinds with the number of requests that each would show."""
    rows = Request.objects.visible_to(request.user)
    rows = rows.filed() if permissions.reads_all(request.user) else rows
    by_state = selectors.counts_by_state(rows)
    by_kind = selectors.counts_by_kind(rows)
    states = [(value, label, by_state.get(value)) for value, label in Request.State.choices]
    kinds = [(kind.code, kind.label, by_kind.get(kind.pk)) for kind in RequestKind.objects.all()]
    return [
        Facet("state", _("상태"), _options(request, "state", states), open=True),
        Facet("kind", _("종류"), _options(request, "kind", kinds)),
        Facet("mine", _("담당"), _options(request, "mine", [("true", _("내 것만"), None)])),
        Facet(
            "overdue",
            _("기한"),
            _options(request, "overdue", [("true", _("기한이 지난 것"), None)]),
        ),
    ]


def _options(request: HttpRequest, name: str, values: Any) -> list[FacetOption]:
    chosen = request.GET.getlist(name)
    shown = [entry for entry in values if entry[2] != 0]
    return [
        FacetOption(value, str(label), count, value in chosen)
        for value, label, count in shown
        if count or value in chosen or name in ("mine", "overdue")
    ]


def chips(request: HttpRequest) -> list[tuple[str, str]]:
    """What the list is filtered by, each with the address without it."""
    found = []
    if request.GET.get("q"):
        found.append((f"“{request.GET['q'][:40]}”", _without(request, "q", request.GET["q"])))
    for facet in facets(request):
        for option in facet.options:
            if option.selected:
                found.append((option.label, _without(request, facet.name, option.value)))
    return found


def _without(request: HttpRequest, name: str, value: str) -> str:
    query = request.GET.copy()
    query.setlist(name, [entry for entry in query.getlist(name) if entry != value])
    query.pop("page", None)
    return f"?{query.urlencode()}"


class _Echo:
    """A file that hands back what is written, so that rows leave as they are made."""

    def write(self, value: str) -> str:
        return value


COLUMNS = (
    "number", "title", "kind", "department", "state", "next_due", "deadline", "submitted_at",
    "decided_at",
)  # fmt: skip


@require_safe
@role_required(*READERS)
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered list as CSV (UTF-8 with a mark that spreadsheets look for)."""
    rows = listing(request).qs.for_lists()
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    name = f"requests-{timezone.localdate():%Y%m%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(rows: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow([Request.label_of(name) for name in COLUMNS])
    for record in rows.iterator(chunk_size=500):
        yield writer.writerow([_cell(record, name) for name in COLUMNS])


def _cell(record: Request, name: str) -> str:
    """Text of a cell."""
    value: Any = record.get_state_display() if name == "state" else getattr(record, name)
    if name.endswith("_at") and value:
        value = f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return spreadsheet_cell(value)


@require_safe
@role_required(Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)
def desk(request: HttpRequest) -> HttpResponse:
    """Columns by state with age and deadline; overdue on top, one's own first."""
    found = RequestFilter(
        request.GET, queryset=Request.objects.visible_to(request.user), request=request
    )
    columns = selectors.desk_columns(found.qs.order_by(), request.user)
    context = {
        "columns": columns,
        "total": sum(column.count for column in columns),
        "overdue": sum(column.overdue for column in columns),
        "kinds": _options(
            request, "kind", [(kind.code, kind.label, None) for kind in RequestKind.objects.all()]
        ),
        "q": request.GET.get("q", ""),
        "mine": request.GET.get("mine") == "true",
        "late": request.GET.get("overdue") == "true",
        "list_url": reverse("consulting:my_requests"),
        "may_take": permissions.is_manager(request.user),
    }
    return render(request, "consulting/desk.html", context)


@require_safe
def answered(request: HttpRequest) -> HttpResponse:
    """Public: how many requests were answered this year by kind, and those that are open."""
    page = Paginator(selectors.disclosed(), PER_PAGE).get_page(request.GET.get("page"))
    kinds = selectors.answered_by_kind()
    context = {"page_obj": page, "kinds": kinds, "total": sum(count for _kind, count in kinds)}
    return render(request, "consulting/answered.html", context)
