"""Working on a shortlist: add, mark, order, decide."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.pages.access import role_required
from common.errors import Conflict
from common.forms import errors_in
from matching import eligibility, services
from matching.models import MatchCandidate
from matching.pages.common import (
    card_of,
    current_or_404,
    find,
    find_candidate,
    find_expert,
    seen,
    shortlist_url,
)
from matching.pages.forms import DecideForm, MarkForm, ReasonForm, SearchForm
from matching.permissions import DESK
from matching.selectors.shortlist import shortlist
from matching.selectors.why_not import experts_by_name, score_of

Mark = MatchCandidate.Mark


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: HttpRequest, ref: str, expert: uuid.UUID, mark: str) -> HttpResponse:
    """Choose, keep as an alternate or decline one person, with a reason."""
    if mark not in Mark.values or not mark:
        raise Http404
    record = find(request, ref)
    card = card_of(current_or_404(record), expert)
    form = MarkForm(mark, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            reason = form.cleaned_data["reason"]
            services.mark(record.pk, card.candidate.pk, mark, reason, request.user)
            label = Mark(mark).label
            text = _("%(name)s 님을 ‘%(mark)s’(으)로 표시했습니다.")
            messages.success(request, text % {"name": card.expert.name, "mark": label})
            return redirect(f"{shortlist_url(record)}#c-{card.candidate.pk}")
    context = {"record": record, "card": card, "form": form, "label": Mark(mark).label}
    context |= {"mark": mark, "back": f"{shortlist_url(record)}#c-{card.candidate.pk}"}
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/mark.html", context, status=status)


@require_POST
@role_required(*DESK)
def unmark(request: HttpRequest, ref: str, expert: uuid.UUID) -> HttpResponse:
    """Take a mark away."""
    record = find(request, ref)
    candidate = find_candidate(current_or_404(record), expert)
    services.mark(record.pk, candidate.pk, "", "", request.user)
    messages.success(
        request, _("%(name)s 님의 표시를 지웠습니다.") % {"name": candidate.expert.name}
    )
    return redirect(f"{shortlist_url(record)}#c-{candidate.pk}")


@require_POST
@role_required(*DESK)
def shift(request: HttpRequest, ref: str, expert: uuid.UUID) -> HttpResponse:
    """Move a named person up or down in the order of preference."""
    record = find(request, ref)
    candidate = find_candidate(current_or_404(record), expert)
    step = -1 if request.POST.get("to") == "up" else 1
    services.shift(record.pk, candidate.pk, step, request.user)
    return redirect(f"{shortlist_url(record)}#named")


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, ref: str) -> HttpResponse:
    """Add a person by name with a reason; whether he is eligible is shown first."""
    record = find(request, ref)
    run = current_or_404(record)
    picked = request.POST.get("expert") or request.GET.get("expert", "")
    if picked:
        return _add_one(request, record, run, find_expert(request, picked))
    form, name = SearchForm.of(request.GET)
    found = experts_by_name(request.user, name)
    barred = eligibility.check_many(record, [expert.pk for expert in found])
    rows = [(expert, barred.get(expert.pk, [])) for expert in found]
    context = {"record": record, "form": form, "name": name, "rows": rows, "more": found.more}
    return render(request, "matching/add.html", context)


def _add_one(request: HttpRequest, record: Any, run: Any, expert: Any) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            row = services.add_candidate(
                record.pk, expert.pk, form.cleaned_data["reason"], request.user
            )
            messages.success(request, _("%(name)s 님을 추가했습니다.") % {"name": expert.name})
            return redirect(f"{shortlist_url(record)}#c-{row.pk}")
    seen(request, expert, record)
    exclusions = eligibility.check(expert, record)
    context = {
        "record": record,
        "expert": expert,
        "form": form,
        "exclusions": exclusions,
        "waivable": eligibility.waivable(exclusions, record),
        "scored": score_of(run, expert.pk) if request.method != "POST" else None,
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/add_one.html", context, status=status)


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, ref: str) -> HttpResponse:
    """Who was marked, what was found about conflicts, what will be seen; then the decision."""
    record = find(request, ref)
    listed = shortlist(record, current_or_404(record))
    if not listed.is_open:
        text = _("지금은 결정할 수 없습니다. 화면을 새로 고쳐 주십시오.")
        raise Conflict(text, state=record.state)
    form = DecideForm(request.POST or None, is_old=listed.is_old)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            services.decide(
                record.pk, request.user, form.cleaned_data["note"], seen=request.POST.get("seen")
            )
            messages.success(request, _("전문가를 선정했습니다. 부서에 알렸습니다."))
            return redirect(record)
    for card in listed.named:
        seen(request, card.expert, record)
    chosen_ranks = [c.candidate.rank for c in listed.chosen if c.candidate.rank]
    lowest = max(chosen_ranks, default=0)
    context = {
        "record": record,
        "list": listed,
        "seen": services.naming(card.candidate for card in listed.named),
        "form": form,
        "passed_over": [
            card
            for card in listed.cards
            if card.candidate.rank and card.candidate.rank < lowest and not card.candidate.is_named
        ],
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/decide.html", context, status=status)
