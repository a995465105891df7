"""Rounds: the list, one round, its requests, its conditions."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.pages.access import role_required
from accounts.permissions import is_manager
from common.errors import Conflict
from common.forms import errors_in
from consulting import extension
from consulting.models import Request, Round
from consulting.pages.round_forms import FindForm, LimitForm, RoundForm, SeatsForm
from consulting.rounds import selectors, services
from experts.models import Expert

READERS = (Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)
PER_PAGE = 30


def find(request: HttpRequest, pk: int) -> Round:
    """The round behind the address, or 404 where this person may not see it."""
    row: Round = get_object_or_404(Round.objects.visible_to(request.user), pk=pk)
    return row


@role_required(*READERS)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every round with its period, state, requests and seats."""
    page = Paginator(selectors.rounds(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "may_work": is_manager(request.user)}
    return render(request, "consulting/rounds.html", context)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a round."""
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            row = services.create(request.user, form.values())
            messages.success(request, _("회차를 만들었습니다. 이제 요청을 넣어 주십시오."))
            return redirect("consulting:round_requests", row.pk)
    return _form_page(request, form, None)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name, period or conditions."""
    row = find(request, pk)
    if row.is_closed:
        raise Conflict(_("끝난 회차는 고칠 수 없습니다."), state=row.state)
    form = RoundForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            services.revise(row.pk, request.user, form.values())
            messages.success(request, _("회차의 조건을 고쳤습니다."))
            return redirect(row)
    return _form_page(request, form, find(request, pk))


def _form_page(request: HttpRequest, form: RoundForm, row: Round | None) -> HttpResponse:
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(
        request, "consulting/round_form.html", {"form": form, "round": row}, status=status
    )


@role_required(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: its requests with seats in one form, conditions, and what other apps add."""
    row = find(request, pk)
    if request.method == "POST" and not is_manager(request.user):
        raise PermissionDenied
    entries = list(row.entries.select_related("request__kind", "request__department__root"))
    form = SeatsForm(entries, request.POST.dict() if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with errors_in(form):
            _save_entries(request, row, form)
            return redirect(f"{row.get_absolute_url()}#requests")
    sections = extension.round_sections(row, request.user, request)
    context = {
        "round": row,
        "entries": entries,
        "form": form,
        "seats": sum(entry.seats for entry in entries),
        "limits": list(row.limits.select_related("expert")),
        "quotas": selectors.quotas_of(row),
        "moves": services.MOVES.available(row, request.user),
        "may_work": is_manager(request.user) and not row.is_closed,
        "months": selectors.months(row),
        "panels": [render_to_string(name, given, request) for name, given in sections],
    }
    status = 400 if form.is_bound else 200
    return render(request, "consulting/round.html", context, status=status)


def _save_entries(request: HttpRequest, row: Round, form: SeatsForm) -> None:
    """Seats and removals at once, told in one sentence."""
    seats, removed = form.changes()
    if not seats and not removed:
        messages.info(request, _("바꾼 것이 없습니다."))
        return
    changed, out = services.change_entries(row.pk, seats, removed, request.user)
    told = []
    if changed:
        told.append(_("요청 %(n)s건의 자리를 고쳤습니다.") % {"n": changed})
    if out:
        told.append(_("요청 %(n)s건을 뺐습니다.") % {"n": out})
    messages.success(request, " ".join(told))


#: move → what its confirm page says
WORDS = {
    "open": gettext_lazy("요청을 모두 넣었으면 시작합니다. 시작한 뒤에도 고칠 수 있습니다."),
    "reopen": gettext_lazy("요청과 조건을 다시 고칠 수 있습니다."),
    "close": gettext_lazy("끝난 회차의 요청과 조건은 고칠 수 없습니다. 다시 열 수는 있습니다."),
}


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Open, reopen or close a round."""
    row = find(request, pk)
    if name not in WORDS:
        raise Http404
    if request.method == "POST":
        try:
            services.move(row.pk, name, request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("회차의 상태를 바꾸었습니다."))
        return redirect(row)
    services.MOVES.check(name, row, request.user)
    context = {
        "heading": str(services.MOVES[name].label),
        "text": WORDS[name],
        "action": str(services.MOVES[name].label),
        "danger": name == "close",
        "cancel_url": row.get_absolute_url(),
    }
    return render(request, "confirm.html", context)


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def requests(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for requests by number, words or track, and put the ticked ones into the round."""
    row = find(request, pk)
    if request.method == "POST":
        _add(request, row)
        back = reverse("consulting:round_requests", args=[row.pk])
        return redirect(f"{back}?{request.GET.urlencode()}" if request.GET else back)
    form = FindForm(request.GET or None)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = selectors.addable(request.user, row, wanted.get("q", ""), wanted.get("track", ""))
    context = {
        "round": row,
        "form": form,
        "page_obj": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "entries": row.entries.count(),
    }
    return render(request, "consulting/round_requests.html", context)


def _add(request: HttpRequest, row: Round) -> None:
    """Each ticked request on its own: one that cannot join does not keep the others out."""
    refs = request.POST.getlist("ref")[:PER_PAGE]
    rows = Request.objects.visible_to(request.user).filter(number__in=refs).order_by("number")
    added = 0
    for record in rows:
        try:
            services.add_request(row.pk, record.pk, request.user)
            added += 1
        except Conflict as error:
            messages.error(request, error.message)
    if added:
        messages.success(request, _("요청 %(n)s건을 넣었습니다.") % {"n": added})
    elif not refs:
        messages.error(request, _("넣을 요청을 골라 주십시오."))


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest, pk: int) -> HttpResponse:
    """Limits of single experts: find somebody by name, then say how many and why."""
    row = find(request, pk)
    picked = request.POST.get("expert") or request.GET.get("expert", "")
    expert = _expert(request, picked) if picked else None
    form = LimitForm(request.POST or None, initial={"expert": picked})
    if request.method == "POST" and expert and form.is_valid():
        with errors_in(form):
            data = form.cleaned_data
            services.set_limit(row.pk, expert.pk, data["capacity"], data["reason"], request.user)
            messages.success(request, _("%(name)s 님의 한도를 정했습니다.") % {"name": expert.name})
            return redirect("consulting:round_limits", row.pk)
    name = request.GET.get("name", "").strip()[:60]
    context = {
        "round": row,
        "limits": list(row.limits.select_related("expert")),
        "expert": expert,
        "form": form,
        "name": name,
        "found": _named(request, name) if name and not expert else [],
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "consulting/round_limits.html", context, status=status)


def _named(request: HttpRequest, name: str) -> list[Expert]:
    rows = Expert.objects.visible_to(request.user)
    return list(rows.filter(Q(name_ko__icontains=name) | Q(name_en__icontains=name))[:20])


def _expert(request: HttpRequest, public_id: str) -> Expert:
    try:
        row: Expert = get_object_or_404(
            Expert.objects.visible_to(request.user), public_id=public_id
        )
    except ValidationError:
        raise Http404 from None
    return row


@require_POST
@role_required(Role.MANAGER)
def remove_limit(request: HttpRequest, pk: int, limit: int) -> HttpResponse:
    """Count somebody like everybody else again."""
    row = find(request, pk)
    found = get_object_or_404(row.limits, pk=limit)
    services.remove_limit(row.pk, found.pk, request.user)
    messages.success(request, _("개인 한도를 지웠습니다."))
    return redirect("consulting:round_limits", row.pk)
