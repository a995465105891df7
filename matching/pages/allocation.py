"""The board of a round: computations, plans, pins, comparison, application."""

from __future__ import annotations

import csv
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.access import role_required
from audit.services import record_access
from common.forms import errors_in
from common.text import spreadsheet_cell
from consulting.extension import register_round_panel
from consulting.models import Round
from experts.models import Expert
from matching.events import allocation as events
from matching.models import AllocationPlan, AllocationRun, Conflict
from matching.pages.allocation_charts import histogram
from matching.pages.common import find_expert, whole
from matching.pages.forms import ReasonForm
from matching.permissions import DESK, READERS, may_match
from matching.selectors.allocation import Board, board, differences, price, runs_of
from matching.services import allocation as services
from matching.services import allocation_applying as applying
from matching.services.conflict_files import COLUMNS, BadFileError, import_conflicts


def register() -> None:
    """Called once when the site starts."""
    register_round_panel("allocation", round_panel)


def round_panel(row: Round, user: Any, http_request: HttpRequest) -> Any:
    """On the page of a round: start a computation, or the way to its plans."""
    runs = list(runs_of(user, row)[:1])
    context = {
        "round": row,
        "latest": runs[0] if runs else None,
        "may_start": may_match(user) and row.state in ("open", "allocating"),
    }
    return "matching/allocation_panel.html", context


def find(request: HttpRequest, pk: int) -> Round:
    """The round behind the address, or 404 where this person may not see it."""
    row: Round = get_object_or_404(Round.objects.visible_to(request.user), pk=pk)
    return row


def find_plan(request: HttpRequest, row: Round, pk: int) -> AllocationPlan:
    """A plan of the round, or 404."""
    plans = AllocationPlan.objects.select_related("run__requested_by", "applied_by")
    plan: AllocationPlan = get_object_or_404(plans, pk=pk, run__round=row)
    plan.run.round = row
    return plan


def seen(request: HttpRequest, row: Round, rows: int, action: str = "view") -> None:
    """Note in the access log that staff saw a list of people."""
    purpose = _("배정 검토 %(name)s") % {"name": row.name}
    record_access(request, Expert, action, purpose=purpose, rows=rows)


@role_required(*READERS)
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """Every computation of the round with its plans."""
    row = find(request, pk)
    runs = list(runs_of(request.user, row))
    context = {
        "round": row,
        "active": next((run for run in runs if run.is_active), None),
        "rows": [(run, list(run.plans.all()), services.sentence(run.error)) for run in runs],
        "may_work": may_match(request.user) and not row.is_closed,
        "may_start": may_match(request.user) and row.state in ("open", "allocating"),
        **_progress(request, runs[0] if runs else None),
    }
    return render(request, "matching/allocations.html", context)


@require_POST
@role_required(*DESK)
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a computation; with ``again`` on the scores of an earlier one."""
    row = find(request, pk)
    again = whole(request.POST.get("again", "")) or None
    try:
        services.start_allocation(row.pk, request.user, again=again)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(row)
    messages.success(request, _("배정을 계산하기 시작했습니다. 이 화면을 떠나도 계속됩니다."))
    return redirect("matching:allocations", row.pk)


def _progress(request: HttpRequest, run: AllocationRun | None) -> dict[str, Any]:
    if run is None:
        return {"run": None}
    codes = [code for code, _label in AllocationRun.Step.choices]
    return {
        "run": run,
        "current": codes.index(run.step) + 1 if run.step in codes else 1,
        "steps": len(codes),
        "error": services.sentence(run.error),
        "may_match": may_match(request.user),
    }


@role_required(*READERS)
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the computation is: a fragment for polling, else the overview."""
    row = find(request, pk)
    run = runs_of(request.user, row).first()
    if run is None or not getattr(request, "htmx", False):
        return redirect("matching:allocations", row.pk)
    context = {"round": row, **_progress(request, run)}
    response = render(request, "matching/_allocation_progress.html", context)
    if not run.is_active:
        response["HX-Redirect"] = reverse("matching:allocations", args=[row.pk])
    return response


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the computation of this round."""
    row = find(request, pk)
    run = runs_of(request.user, row).first()
    back = reverse("matching:allocations", args=[row.pk])
    if run is None or not run.is_active:
        messages.info(request, _("진행 중인 배정 계산이 없습니다."))
        return redirect(back)
    if request.method == "POST":
        services.cancel_allocation(run.pk, request.user)
        messages.success(request, _("배정 계산을 취소했습니다."))
        return redirect(back)
    context = {
        "heading": _("배정 계산 취소"),
        "text": _("지금까지 계산한 것은 저장되지 않습니다. 언제든 다시 계산할 수 있습니다."),
        "action": _("배정 계산 취소"),
        "danger": True,
        "cancel_url": back,
    }
    return render(request, "confirm.html", context)


@role_required(*READERS)
@require_safe
def board_page(request: HttpRequest, pk: int, plan: int) -> HttpResponse:
    """One plan: requests as rows, who is assigned, who could step in, what is blocked."""
    row = find(request, pk)
    found = find_plan(request, row, plan)
    shown = board(found)
    seen(request, row, rows=shown.filled)
    other = found.run.plans.exclude(pk=found.pk).first()
    context = {
        "round": row,
        "plan": found,
        "board": shown,
        "other": other,
        "chart": histogram(found.loads),
        "price": 100 * price(_total(found, other), found),
        "may_work": may_match(request.user) and not row.is_closed,
        "lines": shown.lines,
        "applied": AllocationPlan.objects.filter(run__round=row, applied_at__isnull=False).first(),
    }
    return render(request, "matching/allocation.html", context)


def _total(plan: AllocationPlan, other: AllocationPlan | None) -> AllocationPlan:
    return plan if other is None or plan.objective == "total" else other


@require_POST
@role_required(*DESK)
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix somebody on a request, keep him off, or set him free again."""
    row = find(request, pk)
    entry = get_object_or_404(
        row.entries.select_related("request"), request_id=whole(request.POST.get("request", ""))
    )
    expert = find_expert(request, request.POST.get("expert", ""))
    kind = request.POST.get("kind", "")
    try:
        services.pin(row.pk, entry.request_id, expert.pk, kind, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("다음 계산에 반영합니다: %(name)s") % {"name": expert.name})
    plan = whole(request.POST.get("plan", ""))
    if AllocationPlan.objects.filter(pk=plan, run__round=row).exists():
        url = reverse("matching:allocation", args=[row.pk, plan])
        return redirect(f"{url}#r-{entry.request_id}")
    return redirect("matching:allocations", row.pk)


@role_required(*READERS)
@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two plans side by side: totals, worst-off request, loads, who differs."""
    row = find(request, pk)
    wanted = [whole(text) for text in request.GET.getlist("plan")][:2]
    rows = AllocationPlan.objects.filter(run__round=row).select_related("run")
    plans = list(rows.filter(pk__in=wanted).order_by("run__number", "-objective"))
    context: dict[str, Any] = {"round": row, "plans": list(rows.order_by("-run__number"))}
    if len(plans) == 2:
        found = differences(*plans)
        seen(request, row, rows=sum(len(a) + len(b) for _request, a, b in found))
        best = max(plans, key=lambda plan: plan.total)
        context |= {
            "sides": [(p, histogram(p.loads), 100 * price(best, p)) for p in plans],
            "differences": found,
        }
    return render(request, "matching/allocation_compare.html", context)


class ApplyForm(ReasonForm):
    """Why this plan, and that what has changed since and what it could not do was seen."""

    confirmed = forms.BooleanField(
        label=gettext_lazy("바뀐 내용을 확인했습니다."),
        required=False,
        widget=forms.CheckboxInput(),
    )

    partial = forms.BooleanField(
        label=gettext_lazy("지키지 못한 고정과 최소 인원 조건을 확인했습니다."),
        required=False,
        widget=forms.CheckboxInput(),
    )

    def __init__(self, *args: Any, shown: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"confirmed": shown.is_old, "partial": shown.plan.is_partial}
        for name, is_wanted in wanted.items():
            if is_wanted:
                self.fields[name].required = True
            else:
                del self.fields[name]


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, pk: int, plan: int) -> HttpResponse:
    """Name the plan's people on the shortlists, with a reason."""
    row = find(request, pk)
    found = find_plan(request, row, plan)
    shown = board(found)
    form = ApplyForm(request.POST or None, shown=shown)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            data = form.cleaned_data
            applying.apply_plan(
                found.pk,
                request.user,
                data["reason"],
                confirmed_old=bool(data.get("confirmed")),
                confirmed_partial=bool(data.get("partial")),
            )
            messages.success(
                request,
                _("배정안을 적용했습니다. 각 요청의 추천 목록에 선정으로 표시했으니 "
                  "요청마다 결정해 주십시오."),
            )  # fmt: skip
            return redirect("matching:allocation", row.pk, found.pk)
    context = {"round": row, "plan": found, "board": shown, "form": form}
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/allocation_apply.html", context, status=status)


@role_required(*READERS)
@require_safe
def export(request: HttpRequest, pk: int, plan: int) -> HttpResponse:
    """The plan as CSV; the download is logged."""
    row = find(request, pk)
    shown = board(find_plan(request, row, plan))
    seen(request, row, rows=shown.filled, action="download")
    events.exported(row, request.user, shown.filled)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"allocation-{row.pk}-{shown.plan.run.number}-{shown.plan.objective}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")
    write_csv(response, shown)
    return response


def write_csv(target: Any, shown: Board) -> None:
    """One line per person; cells that a spreadsheet would calculate are defused."""
    writer = csv.writer(target)
    writer.writerow(
        [_("번호"), _("제목"), _("자리"), _("구분"), _("이름"), _("적합도"), _("추천 순위"),
         _("고정")]
    )  # fmt: skip
    for line in shown.lines:
        facts = [line.request.ref, line.request.title, line.seats]
        people = [*line.assigned, *line.alternates]
        told = [*line.open, *(f"{pin.expert.name}: {pin.text}" for pin in line.dropped)]
        rows = [
            [*facts, seat.get_role_display(), seat.expert.name, f"{seat.score:.3f}",
             seat.rank or "", "O" if seat.pinned else ""]
            for seat in people
        ] or [[*facts, line.blocked or _("배정 없음"), "", "", "", ""]]  # fmt: skip
        rows += [[*facts, text, "", "", "", ""] for text in told]
        writer.writerows([[spreadsheet_cell(cell) for cell in cells] for cells in rows])


class FileForm(forms.Form):
    """A CSV file of declared conflicts."""

    file = forms.FileField(label=gettext_lazy("CSV 파일"))


@role_required(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def conflicts(request: HttpRequest, pk: int) -> HttpResponse:
    """The declared conflicts of the round's requests, expert by request, and a file of more."""
    row = find(request, pk)
    if request.method == "POST" and not may_match(request.user):
        raise PermissionDenied
    form = FileForm(request.POST or None, request.FILES or None)
    problems: Any = []
    if request.method == "POST" and form.is_valid():
        try:
            count = import_conflicts(row, form.cleaned_data["file"].read(), request.user)
        except BadFileError as error:
            problems = error.problems
        else:
            messages.success(request, _("이해충돌 %(n)s건을 넣었습니다.") % {"n": count})
            return redirect("matching:round_conflicts", row.pk)
    requests = {entry.request_id: entry.request for entry in _entries(row)}
    rows = list(_conflicts(request, requests))
    seen(request, row, rows=len(rows))
    context = {
        "round": row,
        "rows": rows,
        "form": form,
        "problems": problems,
        "columns": ",".join(COLUMNS),
        "may_work": may_match(request.user) and not row.is_closed,
    }
    status = 400 if problems or (form.is_bound and not form.is_valid()) else 200
    return render(request, "matching/allocation_conflicts.html", context, status=status)


def _entries(row: Round) -> Any:
    return row.entries.select_related("request__department__root")


def _conflicts(request: HttpRequest, requests: dict[int, Any]) -> Any:
    """With one of the requests, or with the department or institution of one."""
    places = {r.department_id for r in requests.values()}
    places |= {r.department.root_id for r in requests.values()}
    rows = Conflict.objects.visible_to(request.user).in_force()
    touched = Q(request_id__in=requests) | Q(organisation_id__in=places)
    return rows.filter(touched).select_related("expert", "request", "organisation", "entered_by")
