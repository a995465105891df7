"""Minimums and maximums for groups of experts on the requests of a round."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from accounts.pages.access import role_required
from common.errors import Conflict
from common.forms import errors_in
from consulting.models import Round
from consulting.pages.quota_forms import QuotaForm
from consulting.pages.rounds import find
from consulting.rounds import quotas as services
from consulting.rounds.selectors import quotas_of


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def quotas(request: HttpRequest, pk: int) -> HttpResponse:
    """The conditions that stand, and a form for one more."""
    row = find(request, pk)
    if row.is_closed and request.method == "POST":
        raise Conflict(_("끝난 회차는 고칠 수 없습니다."), state=row.state)
    form = QuotaForm(request.POST or None, entries=_entries(row))
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            services.set_quota(row.pk, request.user, **form.values())
            messages.success(request, _("인원 조건을 정했습니다."))
            return redirect("consulting:round_quotas", row.pk)
    context = {"round": row, "quotas": quotas_of(row), "form": form}
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "consulting/round_quotas.html", context, status=status)


def _entries(row: Round) -> list[tuple[Any, str]]:
    entries = row.entries.select_related("request")
    return [(entry.pk, f"{entry.request.ref} {entry.request.title}") for entry in entries]


@require_POST
@role_required(Role.MANAGER)
def remove(request: HttpRequest, pk: int, quota: int) -> HttpResponse:
    """Take a condition away."""
    row = find(request, pk)
    found = get_object_or_404(row.quotas, pk=quota)
    services.remove_quota(row.pk, found.pk, request.user)
    messages.success(request, _("인원 조건을 지웠습니다."))
    return redirect("consulting:round_quotas", row.pk)
