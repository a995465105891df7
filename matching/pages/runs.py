"""Starting, following and cancelling a run."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages.access import role_required
from matching import services
from matching.models import MatchRun
from matching.pages.common import find, shortlist_url
from matching.pages.forms import StartForm
from matching.permissions import DESK, READERS, may_match
from matching.selectors.people import runs_of
from matching.selectors.shortlist import latest_run
from matching.services.runs import sentence


@require_POST
@role_required(*DESK)
def start(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin a search; a second click finds the first one running."""
    record = find(request, ref)
    form = StartForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("추천 인원을 확인해 주십시오."))
        return redirect(record)
    services.start_run(record.pk, request.user, {"limit": form.cleaned_data["limit"]})
    messages.success(request, _("전문가를 찾기 시작했습니다. 이 화면을 떠나도 계속됩니다."))
    return redirect(f"{record.get_absolute_url()}#matching")


def progress_context(run: MatchRun, user: Any) -> dict[str, Any]:
    """What the progress section shows."""
    steps = list(MatchRun.Step.choices)
    codes = [code for code, _label in steps]
    return {
        "run": run,
        "record": run.request,
        "steps": [label for _code, label in steps],
        "current": codes.index(run.step) + 1 if run.step in codes else 1,
        "error": sentence(run.error),
        "may_match": may_match(user),
    }


@role_required(*READERS)
@require_safe
def progress(request: HttpRequest, ref: str) -> HttpResponse:
    """How far the search is: a fragment for polling, a page of its own without JavaScript."""
    record = find(request, ref)
    run = latest_run(record)
    if run is None:
        return redirect(record)
    context = progress_context(run, request.user)
    if not getattr(request, "htmx", False):
        if not run.is_active:
            return redirect(shortlist_url(record) if run.state == "done" else record)
        return render(request, "matching/progress_page.html", context)
    response = render(request, "matching/_progress.html", context)
    if run.state == MatchRun.State.DONE:
        response["HX-Redirect"] = shortlist_url(record)
    elif not run.is_active:
        response["HX-Redirect"] = record.get_absolute_url()
    return response


@role_required(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Stop the search that runs for this request."""
    record = find(request, ref)
    run = latest_run(record)
    if run is None or not run.is_active:
        messages.info(request, _("진행 중인 전문가 찾기가 없습니다."))
        return redirect(record)
    if request.method == "POST":
        services.cancel_run(run.pk, request.user)
        messages.success(request, _("전문가 찾기를 취소했습니다. 요청은 접수 상태로 돌아갔습니다."))
        return redirect(record)
    context = {
        "heading": _("전문가 찾기 취소"),
        "text": _("지금까지 계산한 것은 저장되지 않습니다. 언제든 다시 찾을 수 있습니다."),
        "action": _("전문가 찾기 취소"),
        "danger": True,
        "cancel_url": record.get_absolute_url(),
    }
    return render(request, "confirm.html", context)


@role_required(*READERS)
@require_safe
def history(request: HttpRequest, ref: str) -> HttpResponse:
    """Every run of a request with what it rested on."""
    record = find(request, ref)
    rows = [(run, sentence(run.error)) for run in runs_of(request.user, record)]
    context = {"record": record, "rows": rows}
    return render(request, "matching/runs.html", context)
