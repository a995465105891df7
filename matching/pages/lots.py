"""The draw by lot: the list, sealing, drawing, who declines, and the certificate for anyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages.access import role_required
from common.forms import errors_in
from consulting.models import Request
from experts.models import Axis, Expert
from matching import services
from matching.models import Lot
from matching.pages.committee_forms import CodeForm, DrawForm, LotForm
from matching.pages.common import crumbs_of, current_or_404, find, seen, whole
from matching.pages.forms import ReasonForm
from matching.panels.lot import SNIPPET
from matching.permissions import DESK, READERS, may_match, may_see_runs
from matching.selectors.lots import certificate_json, entries_of, lot_by_code, lots_of, outcome
from matching.selectors.shortlist import shortlist

State = Lot.State


@role_required(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def lots(request: HttpRequest, ref: str) -> HttpResponse:
    """Draws of a request, and a form for a new list."""
    record = find(request, ref)
    listed = shortlist(record, current_or_404(record))
    if request.method == "POST" and not may_match(request.user):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form = LotForm(listed.cards, posted)
    if posted is not None and form.is_valid():
        with errors_in(form):
            lot = services.make_lot(record.pk, request.user, form.asked())
            messages.success(request, _("추첨 명부를 만들었습니다. 살펴보고 봉인해 주십시오."))
            return redirect("matching:lot", record.ref, lot.pk)
    found = lots_of(request.user, record)
    context = {
        "record": record,
        "form": form,
        "lots": found,
        "may_make": listed.is_open
        and may_match(request.user)
        and not any(lot.state in (State.OPEN, State.SEALED) for lot in found),
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "matching/lots.html", context, status=status)


def _find(request: HttpRequest, record: Request, pk: int) -> Lot:
    rows = Lot.objects.visible_to(request.user).filter(request=record)
    found: Lot = get_object_or_404(rows.select_related("made_by", "sealed_by", "drawn_by"), pk=pk)
    return found


@role_required(*READERS)
@require_safe
def lot(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """One list with names, for staff: each person's reason, then the draw's result."""
    record = find(request, ref)
    found = _find(request, record, pk)
    entries = entries_of(found, record)
    seen(request, Expert, record, rows=len(entries))
    context = {
        "record": record,
        "lot": found,
        "entries": entries,
        "seated": [v for v in entries if v.state == "seated"],
        "quotas": _quotas(found),
        "may_work": may_match(request.user),
        "is_open_list": shortlist(record, current_or_404(record)).is_open,
    }
    return render(request, "matching/lot.html", context)


def _quotas(found: Lot) -> list[tuple[str, int]]:
    return [(str(Axis(axis).label), n) for axis, n in found.quotas.items() if n]


@dataclass(frozen=True)
class Page:
    """How a move is asked for: in which states, words, form, and what it calls."""

    states: tuple[str, ...]
    heading: str | Promise
    text: str | Promise
    action: str | Promise
    done: str | Promise
    call: Callable[[HttpRequest, Lot, dict[str, Any]], Any]
    form: type[forms.Form] | None = None
    danger: bool = False


def _number(request: HttpRequest) -> int:
    return whole(request.POST.get("number") or request.GET.get("number", ""))


PAGES = {
    "seal": Page(
        (State.OPEN,),
        gettext_lazy("추첨 명부 봉인"),
        gettext_lazy(
            "봉인하면 명부를 고칠 수 없습니다. 명부의 해시와 시스템이 정한 값의 해시가 먼저 "
            "공개되고, 추첨은 그다음에 합니다."
        ),
        gettext_lazy("명부 봉인"),
        gettext_lazy("명부를 봉인했습니다. 확인 번호를 알리고 추첨해 주십시오."),
        lambda request, lot, data: services.seal(lot.pk, request.user),
    ),
    "draw": Page(
        (State.SEALED,),
        gettext_lazy("추첨"),
        gettext_lazy(
            "참관인 앞에서 정한 값을 그대로 적어 주십시오. 한 번 추첨하면 바꿀 수 없습니다."
        ),
        gettext_lazy("추첨하기"),
        gettext_lazy("추첨했습니다. 증명서를 내려받을 수 있습니다."),
        lambda request, lot, data: services.draw(lot.pk, request.user, data["operator_seed"]),
        DrawForm,
    ),
    "decline": Page(
        (State.DRAWN,),
        gettext_lazy("추첨된 사람의 사퇴 기록"),
        gettext_lazy(
            "같은 순서의 다음 사람이 자리를 맡습니다. 다른 사람의 자리는 바뀌지 않습니다."
        ),
        gettext_lazy("사퇴 기록"),
        gettext_lazy("사퇴를 기록했습니다. 다음 순서의 사람이 자리를 맡습니다."),
        lambda request, lot, data: services.decline(
            lot.pk, _number(request), request.user, data["reason"]
        ),
        ReasonForm,
    ),
    "remove": Page(
        (State.OPEN,),
        gettext_lazy("명부에서 빼기"),
        gettext_lazy("뺀 사람과 사유는 기록에 남습니다."),
        gettext_lazy("명부에서 빼기"),
        gettext_lazy("명부에서 뺐습니다."),
        lambda request, lot, data: services.remove_entry(
            lot.pk, _number(request), request.user, data["reason"]
        ),
        ReasonForm,
        danger=True,
    ),
    "adopt": Page(
        (State.DRAWN,),
        gettext_lazy("추첨 결과 반영"),
        gettext_lazy(
            "뽑힌 사람을 ‘선정’, 다음 순서의 사람을 ‘예비’로 추천 목록에 표시합니다. "
            "마지막 결정은 ‘전문가 선정’에서 합니다."
        ),
        gettext_lazy("목록에 반영"),
        gettext_lazy("추첨 결과를 추천 목록에 표시했습니다."),
        lambda request, lot, data: services.adopt_lot(lot.pk, request.user),
    ),
    "void": Page(
        (State.OPEN, State.SEALED, State.DRAWN),
        gettext_lazy("추첨 무효"),
        gettext_lazy("명부와 결과는 무효라는 표시와 사유와 함께 남습니다."),
        gettext_lazy("추첨 무효로 하기"),
        gettext_lazy("추첨을 무효로 했습니다."),
        lambda request, lot, data: services.void_lot(lot.pk, request.user, data["reason"]),
        ReasonForm,
        danger=True,
    ),
}


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def lot_move(request: HttpRequest, ref: str, pk: int, move: str) -> HttpResponse:
    """Ask for a move of a lot, with its facts, and make it."""
    if move not in PAGES:
        raise Http404
    record = find(request, ref)
    found, page = _find(request, record, pk), PAGES[move]
    back = reverse("matching:lot", args=[record.ref, found.pk])
    form = (page.form or forms.Form)(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            page.call(request, found, form.cleaned_data)
            messages.success(request, str(page.done))
            return redirect(back)
    context = {
        "heading": page.heading,
        "text": page.text,
        "facts": _facts(request, found),
        "action": page.action,
        "form": form,
        "danger": page.danger,
        "cancel_url": back,
        "crumbs": crumbs_of(record, (found.code, back)),
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "confirm.html", context, status=status)


def _facts(request: HttpRequest, found: Lot) -> list[tuple[Any, Any]]:
    facts: list[tuple[Any, Any]] = [(_("확인 번호"), found.code)]
    number = _number(request)
    key = "pk" if found.state == State.OPEN else "number"
    entry = found.entries.select_related("expert").filter(**{key: number}).first()
    if number and entry:
        facts.append((_("전문가"), entry.expert.name))
    return facts


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Anyone looks a draw up by the number on its certificate."""
    form = CodeForm({"code": request.GET["code"]} if "code" in request.GET else None)
    if form.is_valid():
        found = lot_by_code(form.cleaned_data["code"])
        if found is not None:
            return redirect("matching:certificate", found.code)
        form.add_error("code", _("이 번호의 추첨이 없습니다. 번호를 다시 확인해 주십시오."))
    status = 404 if form.is_bound else 200
    return render(request, "matching/lot_check.html", {"form": form}, status=status)


def _public(code: str) -> Lot:
    found = lot_by_code(code)
    if found is None:
        raise Http404
    return found


@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """What was sealed and drawn, by numbers; staff who may see the request get a link to names."""
    found = _public(code)
    facts = certificate_json(found)
    result = outcome(found)
    context = {
        "lot": found,
        "facts": facts,
        "axes": {axis.value: axis.label for axis in Axis},
        "rows": [
            (row["number"], str(Axis(row["axis"]).label), row["seal"]) for row in facts["list"]
        ],
        "waiting": result.waiting,
        "quotas": _quotas(found),
        "snippet": SNIPPET,
        "is_staff_view": may_see_runs(request.user),
    }
    return render(request, "matching/certificate.html", context)


@require_safe
def certificate_file(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate as a file that the snippet recomputes."""
    found = _public(code)
    response = JsonResponse(
        certificate_json(found), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    response["Content-Disposition"] = f'attachment; filename="lot-{found.code}.json"'
    return response
