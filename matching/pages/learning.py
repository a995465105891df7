"""How well recommendations serve, the weights they rest on, and putting other weights into use."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.pages.access import role_required
from audit.services import record_access
from common.forms import errors_in
from common.work import start
from experts.models import Expert
from matching import tasks
from matching.conf import Scoring
from matching.evaluation.intervals import FEW
from matching.learning.use import WINDOW
from matching.models import Evaluation, WeightSet
from matching.pages import charts
from matching.pages.forms import ReasonForm
from matching.permissions import APPROVERS, READERS, may_match, may_set_weights
from matching.selectors import evaluation as read
from matching.services import evaluations, exploration, learning

#: periods shown in the chart and its table
PERIODS = 26
PER_PAGE = 50
SET_COLUMNS = {
    "ndcg@10": gettext_lazy("순서의 정확도 (nDCG@10)"),
    "pair_loss": gettext_lazy("순서가 뒤바뀐 짝의 비율"),
    "ndcg@10 own language": gettext_lazy("요청과 같은 언어의 전문가"),
    "ndcg@10 other language": gettext_lazy("요청과 다른 언어의 전문가"),
}
LINES = ("top_5", "precision")
BETTER = gettext_lazy("남겨 둔 요청에서 쓰던 가중치보다 나았습니다.")
NOT_BETTER = gettext_lazy(
    "남겨 둔 요청에서 쓰던 가중치보다 뚜렷하게 낫지 않았습니다. 그래도 쓰려면 사유를 적어 주십시오."
)


@role_required(*READERS)
@require_safe
def evaluation(request: HttpRequest) -> HttpResponse:
    """Figures of use over time, per kind and language, calibration, weights, exploration."""
    rows = Evaluation.objects.visible_to(request.user)
    periods = list(rows.of_use().reverse()[:PERIODS])[::-1]
    latest = periods[-1] if periods else None
    sets = WeightSet.objects.visible_to(request.user).select_related("activated_by")
    judged = list(rows.of_sets()[:10])
    curves = _curves(latest, judged[:1])
    split = read.split_rows(latest) if latest else []
    context = {
        "few": FEW,
        "latest": latest,
        "cells": read.cells(latest.figures.get("all", {})) if latest else [],
        "is_few": latest is not None and latest.requests < FEW,
        "periods": [
            (row, read.cells(row.figures.get("all", {})), row.requests < FEW)
            for row in reversed(periods)
        ],
        "over_time": _over_time(periods),
        "split": split,
        "split_chart": _split_chart(split),
        "split_line": str(read.METRICS[LINES[0]][0]),
        "curve_chart": charts.reliability(curves),
        "curves": curves,
        "judged_sets": _judged_sets(judged),
        "set_columns": list(SET_COLUMNS.values()),
        "in_force": read.in_force(sets.active().first()),
        "sets": sets[:20],
        "stock": read.stock(latest),
        "sources": read.sources(latest.pairs) if latest else [],
        "exploration": exploration.share(),
        "window": WINDOW // 7,
        "may_evaluate": may_match(request.user) or may_set_weights(request.user),
        "may_set": may_set_weights(request.user),
    }
    return render(request, "matching/evaluation.html", context)


def _curves(
    latest: Evaluation | None, judged: list[Evaluation]
) -> list[tuple[str, list[read.Bin]]]:
    """What was told against what was found: in use, and on the newest judged set."""
    found = [(_told(latest), latest.curve)] if latest else []
    named = [*found, *((row.name, row.curve) for row in judged)]
    return [(name, read.bins(curve)) for name, curve in named if curve]


def _told(row: Evaluation) -> str:
    if row.versions.get("told") == "chance":
        return _("선정 결과의 적합 가능성")
    return _("선정 결과의 적합도")


def _over_time(periods: list[Evaluation]) -> charts.Chart | None:
    if not periods:
        return None
    lines = []
    for name in LINES:
        shown = [read.cells(row.figures.get("all", {}), [name])[0] for row in periods]
        lines.append((shown[0].label, [asdict(cell) for cell in shown]))
    labels = [date_format(row.ends_on, "m. d.") if row.ends_on else "" for row in periods]
    return charts.over_time(labels, lines)


def _split_chart(split: list[read.Group]) -> charts.Groups:
    """The first line's share for each language and kind of request."""
    found = [
        (group.label, cell.value, cell.low or 0.0, cell.high or 0.0, cell.count)
        for group in split
        for cell in group.cells
        if cell.name == LINES[0] and cell.value is not None
    ]
    return charts.groups(found)


def _judged_sets(rows: Any) -> list[tuple[Evaluation, list[tuple[str, dict[str, Any]]], bool]]:
    """(set, (label, estimate) of each column, whether it has few requests)."""
    return [
        (
            row,
            [
                (str(label), _estimate(n, row.figures["all"].get(n) or {}))
                for n, label in SET_COLUMNS.items()
            ],
            row.requests < FEW,
        )
        for row in rows
    ]


def _estimate(name: str, found: dict[str, Any]) -> dict[str, Any]:
    low, high = read.ends(name, found)
    return {"value": found.get("value"), "low": low, "high": high}


@require_POST
@role_required(*APPROVERS)
def evaluate(request: HttpRequest) -> HttpResponse:
    """Take today's figures; the weeks that have none yet are filled in in the background."""
    start(tasks.evaluate_use)
    if evaluations.evaluate_use() is None:
        text = _("최근 %(weeks)s주 동안 선정된 요청이 없어 평가할 것이 없습니다.")
        messages.info(request, text % {"weeks": WINDOW // 7})
    else:
        messages.success(request, _("오늘까지의 선정 결과로 평가했습니다."))
    return redirect("matching:evaluation")


@role_required(*READERS)
@require_safe
def decided(request: HttpRequest) -> HttpResponse:
    """The decided requests behind the figures, with where the chosen person stood."""
    rows = read.decided_rows(request.user)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    record_access(request, Expert, "view", purpose=_("추천 평가"), rows=len(page))
    context = {"page": page, "count": len(rows), "window": WINDOW // 7}
    return render(request, "matching/evaluation_decided.html", context)


@role_required(*READERS)
@require_safe
def weights(request: HttpRequest, number: int) -> HttpResponse:
    """The report of a weight set: what it rests on, before and after, curves, history."""
    row = _find(request, number)
    before, after = row.report["before"], row.report["after"]
    sides = [(_("쓰던 가중치"), before), (_("새 가중치"), after)]
    curves = [(name, read.bins(side["curve"])) for name, side in sides]
    context = {
        "row": row,
        "weights": read.weight_rows(row),
        "measures": read.measures(row),
        "sources": read.sources(row.trained_on.get("sources", {})),
        "few": FEW,
        "curve_chart": charts.reliability(curves),
        "curves": curves,
        "fold_chart": charts.folds([(name, side["folds"]) for name, side in sides]),
        "folds": list(zip(before["folds"], after["folds"], strict=True)),
        "is_usable": row.base == Scoring().version,
        "may_set": may_set_weights(request.user),
    }
    return render(request, "matching/learning_report.html", context)


def _find(request: HttpRequest, number: int) -> WeightSet:
    found: WeightSet = get_object_or_404(
        WeightSet.objects.visible_to(request.user).select_related("activated_by", "created_by"),
        number=number,
    )
    return found


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, number: int) -> HttpResponse:
    """Put a set into use after a reason was given."""
    row = _find(request, number)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            learning.activate(number, form.cleaned_data["reason"], request.user)
            text = _("가중치 %(version)s을(를) 쓰기 시작했습니다. 다음 검색부터 적용됩니다.")
            messages.success(request, text % {"version": row.version})
            return redirect("matching:evaluation")
    changes = read.weight_rows(row)
    return _confirm(request, form, {
        "heading": _("가중치 %(version)s 쓰기") % {"version": row.version},
        "text": BETTER if row.is_recommended else NOT_BETTER,
        "danger": not row.is_recommended,
        "action": _("이 가중치 쓰기"),
        "facts": [(name, f"{old:.3f} → {new:.3f}") for name, old, new, *_rest in changes],
        "cancel_url": reverse("matching:weights", args=[number]),
    })  # fmt: skip


@role_required(Role.ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def use_defaults(request: HttpRequest) -> HttpResponse:
    """Go back to the built-in weights after a reason was given."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            learning.use_defaults(form.cleaned_data["reason"], request.user)
            messages.success(request, _("기본 가중치로 되돌렸습니다. 다음 검색부터 적용됩니다."))
            return redirect("matching:evaluation")
    return _confirm(request, form, {
        "heading": _("기본 가중치로 되돌리기"),
        "text": _("다음 검색부터 기본 가중치를 씁니다. 이미 만든 추천 목록은 그대로 남습니다."),
        "danger": True,
        "action": _("기본 가중치로 되돌리기"),
        "cancel_url": reverse("matching:evaluation"),
    })  # fmt: skip


def _confirm(request: HttpRequest, form: Any, context: dict[str, Any]) -> HttpResponse:
    status = 400 if form.is_bound and not form.is_valid() else 200
    return render(request, "confirm.html", {**context, "form": form}, status=status)
