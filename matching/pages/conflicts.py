"""Conflicts that staff enter, and waivers that one person asks for and another answers."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.access import role_required
from common.forms import errors_in
from matching import eligibility, services
from matching.models import Conflict, Waiver
from matching.pages.common import find, find_expert, seen, shortlist_url
from matching.pages.forms import AnswerForm, ConflictForm, ReasonForm, SearchForm
from matching.permissions import APPROVERS, DESK, READERS, may_answer_waiver, may_match
from matching.selectors.people import conflicts_of, waivers_of
from matching.selectors.why_not import experts_by_name


@role_required(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def conflicts(request: HttpRequest, ref: str) -> HttpResponse:
    """Conflicts that touch this request, and a form for a new one."""
    record = find(request, ref)
    if request.method == "POST" and not may_match(request.user):
        raise PermissionDenied
    picked = request.POST.get("expert") or request.GET.get("expert", "")
    expert = find_expert(request, picked) if picked else None
    form = ConflictForm(request.POST or None, initial={"expert": expert and expert.public_id})
    if request.method == "POST" and form.is_valid() and expert:
        with errors_in(form):
            services.enter_conflict(expert, request.user, **_facts(record, form.cleaned_data))
            messages.success(request, _("이해충돌을 입력했습니다. 다시 찾으면 반영됩니다."))
            return redirect("matching:conflicts", record.ref)
    search, name = SearchForm.of(request.GET)
    rows = list(conflicts_of(request.user, record))
    for row in rows:
        seen(request, row.expert, record)
    context = {
        "record": record,
        "rows": rows,
        "waivers": waivers_of(request.user, record),
        "expert": expert,
        "form": form,
        "search": search,
        "name": name,
        "found": [] if expert else experts_by_name(request.user, name),
        "may_match": may_match(request.user),
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/conflicts.html", context, status=status)


def _facts(record: Any, data: dict[str, Any]) -> dict[str, Any]:
    department = record.department
    about = {
        "request": {"request": record},
        "department": {"organisation": department},
        "institution": {"organisation": department.root or department},
    }[data["scope"]]
    return {**about, **{name: data[name] for name in ("reason", "evidence", "ends_on")}}


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def end_conflict(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """A conflict no longer holds."""
    record = find(request, ref)
    row: Conflict = get_object_or_404(conflicts_of(request.user, record), pk=pk)
    form = ReasonForm(request.POST or None)
    back = reverse("matching:conflicts", args=[record.ref])
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            services.end_conflict(row.pk, request.user, form.cleaned_data["reason"])
            messages.success(request, _("이해충돌을 해제했습니다."))
            return redirect(back)
    context = {
        "heading": _("이해충돌 해제"),
        "text": _("%(name)s 님을 다시 추천할 수 있게 됩니다. 기록은 남습니다.")
        % {"name": row.expert.name},
        "action": _("이해충돌 해제"),
        "form": form,
        "cancel_url": back,
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "confirm.html", context, status=status)


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_waiver(request: HttpRequest, ref: str, expert: uuid.UUID, rule: str) -> HttpResponse:
    """Ask that one rule be set aside for one person on this request."""
    record = find(request, ref)
    person = find_expert(request, expert)
    holding = {e.rule: e for e in eligibility.check(person, record)}
    if rule not in holding or not holding[rule].may_be_waived(statutory=record.is_statutory):
        raise Http404
    form = ReasonForm(request.POST or None)
    back = f"{reverse('matching:why_not', args=[record.ref])}?expert={person.public_id}"
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            reason = form.cleaned_data["reason"]
            services.ask_waiver(record, person, rule, request.user, reason)
            messages.success(request, _("예외를 신청했습니다. 다른 담당자가 승인하면 적용됩니다."))
            return redirect(shortlist_url(record))
    seen(request, person, record)
    context = {
        "heading": _("규칙 예외 신청"),
        "text": _(
            "이 요청에서 이 사람에게만 규칙을 적용하지 않도록 신청합니다. "
            "다른 담당자가 승인해야 합니다."
        ),
        "facts": [
            (_("전문가"), person.name),
            (_("규칙"), holding[rule].label),
            (_("근거"), holding[rule].sentence),
        ],
        "action": _("예외 신청"),
        "form": form,
        "cancel_url": back,
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "confirm.html", context, status=status)


@role_required(*READERS)
@require_safe
def waivers(request: HttpRequest) -> HttpResponse:
    """Waivers that wait for an answer."""
    rows = list(waivers_of(request.user))
    for row in rows:
        seen(request, row.expert, row.request)
    shown = [
        (row, eligibility.RULES[row.rule].label, may_answer_waiver(request.user, row))
        for row in rows
    ]
    return render(request, "matching/waivers.html", {"rows": shown, "form": AnswerForm()})


@require_POST
@role_required(*APPROVERS)
def answer_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse; a refusal needs a sentence."""
    row: Waiver = get_object_or_404(Waiver.objects.visible_to(request.user), pk=pk)
    form = AnswerForm(request.POST)
    approve = request.POST.get("decision") == "approve"
    if form.is_valid():
        with errors_in(form):
            answer = form.cleaned_data["answer"]
            services.answer_waiver(row.pk, request.user, approve=approve, answer=answer)
    if form.is_valid():
        messages.success(
            request, _("예외를 승인했습니다.") if approve else _("예외를 거절했습니다.")
        )
    else:
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
    return redirect("matching:waivers")
