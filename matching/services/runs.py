"""Starting, cancelling and rescuing runs. The work itself stands in ``execution``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Conflict, MissingFacts, NotPermitted
from common.work import start_on_commit
from consulting import transitions as consulting
from consulting.models import Request
from matching import events
from matching.conf import setting
from matching.models import MatchRun
from matching.permissions import may_match
from matching.transitions import lock_request, move

log = structlog.get_logger(__name__)

#: code stored in ``MatchRun.error`` → sentence for staff
ERRORS = {
    "time_limit": gettext_lazy("정해진 시간 안에 끝나지 않았습니다. 잠시 뒤에 다시 찾아 주십시오."),
    "attempts": gettext_lazy("작업 처리기가 여러 번 멈추었습니다. 잠시 뒤에 다시 찾아 주십시오."),
    "encoder": gettext_lazy("언어 모델을 불러오지 못했습니다. 관리자에게 알려 주십시오."),
    "engine": gettext_lazy("검색 엔진이 응답하지 않았습니다. 잠시 뒤에 다시 찾아 주십시오."),
    "nobody": gettext_lazy(
        "조건에 맞고 적격인 전문가가 없습니다. 조건을 넓히거나 직접 추가해 주십시오."
    ),
    "cancelled": gettext_lazy("담당자가 전문가 찾기를 취소했습니다."),
    "unexpected": gettext_lazy(
        "예상하지 못한 오류로 끝나지 못했습니다. "
        "다시 찾아 보고, 되풀이되면 관리자에게 알려 주십시오."
    ),
}
FACTS = ("pool", "origin", "language", "mode")


def sentence(code: str) -> str:
    """What went wrong, for staff, in the reader's language."""
    return str(ERRORS.get(code, ERRORS["unexpected"])) if code else ""


def start_run(request_id: int, by: Any, parameters: Mapping[str, Any] | None = None) -> MatchRun:
    """Begin a search: the request moves to *matching*, a run is queued, its task starts on commit.

    A request that already has an active run gets that one: a second click changes nothing.
    Raises ``Request.DoesNotExist``, ``Conflict``, ``NotPermitted``, ``MissingFacts``.
    """
    if not may_match(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    wanted = checked_parameters(parameters or {})
    with transaction.atomic():
        request = lock_request(request_id)
        active = MatchRun.objects.active().filter(request=request).first()
        if active:
            return active
        consulting.start_matching(request_id, by)
        now = timezone.now()
        run = MatchRun.objects.create(
            request=request,
            requested_by=by,
            request_version=request.version,
            parameters=wanted,
            enqueued_at=now,
        )
        events.run_started(run, by)
        _enqueue(run.pk)
    return run


def checked_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Limit and filters of a run. Raises ``MissingFacts`` for values that make no sense."""
    most = setting("MATCHING_SHORTLIST_MOST")
    try:
        limit = int(given.get("limit") or setting("MATCHING_SHORTLIST"))
    except (TypeError, ValueError):
        raise MissingFacts({"limit": _("숫자를 적어 주십시오.")}) from None
    if not 1 <= limit <= most:
        raise MissingFacts(
            {"limit": _("1에서 %(most)s 사이의 수를 적어 주십시오.") % {"most": most}}
        )
    facts = {name: str(given[name])[:40] for name in FACTS if given.get(name)}
    return {"limit": limit, **facts}


def _enqueue(run_id: int) -> None:
    from matching import tasks

    start_on_commit(tasks.run_match, run_id)


def cancel_run(run_id: int, by: Any) -> MatchRun:
    """Stop a run at any time. The worker finds out at its next step and stores nothing."""
    with move(run_id, "cancel", by) as run:
        _close(run, "cancelled")
        events.run_cancelled(run, by)
        _put_back(run, "cancelled", by)
    return run


def drop_runs(request_id: int) -> int:
    """The request was closed: stop what runs for it. Returns how many were stopped."""
    ids = MatchRun.objects.active().filter(request_id=request_id).values_list("pk", flat=True)
    dropped = 0
    for pk in list(ids):
        try:
            with move(pk, "drop") as run:
                _close(run, "cancelled")
                events.run_cancelled(run, None)
            dropped += 1
        except Conflict:
            continue
    return dropped


def fail(run_id: int, code: str, *, token: int | None = None) -> MatchRun:
    """End a run without a list and put the request back, with a sentence for staff."""
    with move(run_id, "fail", token=token) as run:
        _close(run, code)
        end_without_list(run, code)
    return run


def end_without_list(run: MatchRun, code: str) -> None:
    """Event and notice of a run that gave no list; inside its move."""
    with translation.override(settings.LANGUAGE_CODE):
        events.run_ended(run, sentence(code))
    _put_back(run, code)


def _close(run: MatchRun, code: str) -> None:
    run.error = code
    run.finished_at = timezone.now()


def _put_back(run: MatchRun, code: str, by: Any = None) -> None:
    if run.request.state == Request.State.MATCHING:
        with translation.override(settings.LANGUAGE_CODE):
            consulting.back_to_accepted(run.request_id, sentence(code), by)


def sweep_runs() -> dict[str, int]:
    """Rescue runs: nobody took them, their worker fell silent, or they run too long."""
    late = timezone.now() - timedelta(seconds=setting("MATCHING_RUN_SECONDS") + 30)
    overdue = MatchRun.objects.filter(state="running", started_at__lt=late)
    silent = MatchRun.objects.silent(setting("MATCHING_SILENT_SECONDS"))
    untaken = MatchRun.objects.untaken(setting("MATCHING_UNTAKEN_SECONDS"))
    return {
        "overdue": sum(_give_up(pk) for pk in list(overdue.values_list("pk", flat=True))),
        "resumed": sum(resume(pk) for pk in list(silent.values_list("pk", flat=True))),
        "untaken": sum(_tell_again(pk) for pk in list(untaken.values_list("pk", flat=True))),
    }


def _give_up(run_id: int) -> bool:
    try:
        fail(run_id, "time_limit")
    except Conflict:
        return False
    return True


def resume(run_id: int) -> bool:
    """Put a silent run back to the queue, or end it after the last attempt."""
    try:
        with move(run_id, "requeue") as run:
            if not MatchRun.objects.silent(setting("MATCHING_SILENT_SECONDS")).filter(pk=run_id):
                raise Conflict("")  # it has beaten since
            if run.attempts >= setting("MATCHING_RUN_ATTEMPTS"):
                raise _LastAttemptError
            run.enqueued_at = timezone.now()
            run.step, run.progress = "", 0
            events.run_resumed(run)
            _enqueue(run_id)
    except _LastAttemptError:
        fail(run_id, "attempts")
    except Conflict:
        return False
    log.warning("run.resumed", run=run_id)
    return True


class _LastAttemptError(Exception):
    """The run has been tried often enough."""


def _tell_again(run_id: int) -> bool:
    """Hand a queued run to the broker once more."""
    with transaction.atomic():
        told = MatchRun.objects.filter(pk=run_id, state="queued").update(enqueued_at=timezone.now())
        if told:
            _enqueue(run_id)
    return bool(told)
