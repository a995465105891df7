"""Committees: fields suggested for a request, a proposed panel with its matrix, adopting it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.pages.access import role_required
from common.forms import errors_in
from consulting.models import Request
from experts.models import Expert
from matching import services
from matching.models import MatchCandidate, Panel
from matching.pages.committee_forms import AdoptForm, CommitteeForm
from matching.pages.common import crumbs_of, current_or_404, find, seen, shortlist_url
from matching.permissions import DESK, READERS, may_match
from matching.selectors.needs import needs_of
from matching.selectors.panels import need_row, panel_view, panels_of
from matching.selectors.shortlist import Shortlist, shortlist

Mark = MatchCandidate.Mark
USUAL_LEAST, USUAL_MOST = 3, 7


@require_POST
@role_required(*DESK)
def field(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a suggested field up, or set it aside."""
    record = find(request, ref)
    state = "accepted" if "accept" in request.POST else "ignored"
    code = request.POST.get("accept") or request.POST.get("ignore", "")
    row = services.decide_field(record.pk, code[:16], state, request.user)
    if state == "accepted":
        text = _("‘%(label)s’ 분야를 더했습니다. 전문가를 다시 찾으면 반영됩니다.")
    else:
        text = _("‘%(label)s’ 제안을 무시했습니다.")
    messages.success(request, text % {"label": row.node.label})
    return redirect(f"{record.get_absolute_url()}#needs")


@role_required(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def committee(request: HttpRequest, ref: str) -> HttpResponse:
    """What is needed, the form, and the newest proposal with its matrix."""
    record = find(request, ref)
    listed = shortlist(record, current_or_404(record))
    may_work = listed.is_open and may_match(request.user)
    if request.method == "POST" and not may_match(request.user):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    panels = panels_of(request.user, record)
    form = CommitteeForm(listed.cards, posted, initial=_initial(record, listed, panels))
    if posted is not None and form.is_valid():
        with errors_in(form):
            panel = services.propose_panel(record.pk, request.user, form.asked())
            messages.success(request, _("위원 구성안을 만들었습니다. 살펴보고 결정해 주십시오."))
            return redirect(f"{_url(record)}?panel={panel.pk}#panel")
    context = {
        "record": record,
        "form": form,
        "needs": [need_row(need) for need in needs_of(record)],
        "panels": panels,
        "view": _shown(request, record, panels),
        "may_work": may_work,
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/committee.html", context, status=status)


def _url(record: Request) -> str:
    return reverse("matching:committee", args=[record.ref])


def _initial(record: Request, listed: Shortlist, panels: list[Panel]) -> dict[str, Any]:
    """What was asked for last; else the marks: chosen people are kept, declined ones stay out."""
    if panels and (asked := panels[0].terms):
        wishes = {f"{trait}_{value}": least for trait, value, least in asked["wishes"]}
        people = {name: list(map(str, asked[name])) for name in ("mandatory", "excluded")}
        sizes = {name: asked[name] for name in ("seats", "alternates", "per_organisation")}
        return {**sizes, **wishes, **people}
    marked = {m: [str(c.expert.pk) for c in listed.cards if c.candidate.mark == m] for m in Mark}
    seats = max(USUAL_LEAST, min(USUAL_MOST, record.experts_wanted))
    return {
        "seats": max(seats, len(marked[Mark.CHOSEN])),
        "mandatory": marked[Mark.CHOSEN],
        "excluded": marked[Mark.DECLINED],
    }


def _shown(request: HttpRequest, record: Request, panels: list[Panel]) -> Any:
    """The proposal that ``?panel=`` names, or the newest one; who reads it is noted."""
    wanted = request.GET.get("panel", "")
    named = [panel for panel in panels if str(panel.pk) == wanted]
    panel = next(iter(named or panels), None)
    if panel is None:
        return None
    view = panel_view(panel, record)
    seen(request, Expert, record, rows=len(view.members) + len(view.alternates))
    return view


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Adopt a proposal with a reason: the members are marked on the shortlist."""
    record = find(request, ref)
    rows = Panel.objects.visible_to(request.user).of(record)
    panel: Panel = get_object_or_404(rows, pk=pk)
    form = AdoptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            services.adopt_panel(panel.pk, request.user, form.cleaned_data["reason"])
            messages.success(
                request, _("구성안대로 추천 목록에 표시했습니다. 이어서 결정해 주십시오.")
            )
            return redirect(f"{shortlist_url(record)}#named")
    view = panel_view(panel, record)
    context = {
        "heading": _("위원 구성안 채택"),
        "text": _(
            "구성안의 위원을 ‘선정’, 예비를 ‘예비’로 추천 목록에 표시합니다. "
            "마지막 결정은 ‘전문가 선정’에서 합니다."
        ),
        "facts": [
            (_("위원"), ", ".join(v.member.expert.name for v in view.members)),
            (_("예비"), ", ".join(v.member.expert.name for v in view.alternates) or "–"),
        ],
        "action": _("구성안 채택"),
        "form": form,
        "cancel_url": _url(record),
        "crumbs": crumbs_of(record, (_("위원 구성"), _url(record))),
    }
    seen(request, Expert, record, rows=len(view.members) + len(view.alternates))
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "confirm.html", context, status=status)
