"""기관·부서: the tree and its entries."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Organisation
from accounts.pages import forms
from accounts.pages.access import acting
from accounts.pages.entry import form_page
from accounts.pages.people import administrators, readers
from accounts.permissions import is_administrator
from accounts.services import save_organisation
from common.forms import errors_in


@require_safe
@readers
def index(request: HttpRequest) -> HttpResponse:
    """The whole tree by kind, with the number of people in each place."""
    context = {"kinds": _tree(), "may_change": is_administrator(request.user)}
    return render(request, "accounts/organisations.html", context)


def _tree() -> list[tuple[str, list[dict[str, Any]]]]:
    """(kind, top organisations with nested ``children``) in the order of the kinds."""
    rows = Organisation.objects.annotate(
        people_count=Count("people", filter=Q(people__is_active=True))
    )
    below: dict[int | None, list[Organisation]] = defaultdict(list)
    for row in rows.order_by("name_ko"):
        below[row.parent_id].append(row)

    def node(organisation: Organisation) -> dict[str, Any]:
        children = [node(child) for child in below[organisation.pk]]
        return {"organisation": organisation, "children": children}

    tops: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for top in below[None]:
        tops[top.kind].append(node(top))
    return [(str(label), tops[kind]) for kind, label in Organisation.Kind.choices if tops[kind]]


@form_page
@administrators
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change one place in the tree."""
    row = get_object_or_404(Organisation, pk=pk) if pk else Organisation()
    form = forms.OrganisationForm(request.POST or None, instance=row)
    if form.is_valid():
        with errors_in(form):
            save_organisation(form.save(commit=False), by=acting(request))
    if form.is_bound and form.is_valid():
        messages.success(request, _("저장했습니다."))
        return redirect("accounts:organisations")
    context = {
        "form": form,
        "back": reverse("accounts:organisations"),
        "heading": _("기관·부서 수정") if pk else _("기관·부서 추가"),
        "action": _("저장"),
    }
    status = 400 if form.is_bound else 200
    return render(request, "accounts/form_page.html", context, status=status)
