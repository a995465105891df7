"""Allocations of a round: start, cancel, rescue, pin.

The work is in ``allocation_work``, applying a plan in ``allocation_applying``.

Locks: the round, then its run (docs/locking.md).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Conflict, MissingFacts, NotPermitted
from common.work import start_on_commit
from consulting.models import Request, Round
from consulting.rounds import services as rounds
from experts.models import Expert
from matching import eligibility
from matching.allocation_moves import move
from matching.conf import setting
from matching.events import allocation as events
from matching.models import AllocationPin, AllocationRun
from matching.permissions import may_match
from matching.selectors.allocation import scores_of
from notifications.services import notify

log = structlog.get_logger(__name__)
ERRORS = {
    "time_limit": gettext_lazy(
        "정해진 시간 안에 끝나지 않았습니다. 요청을 나누어 다시 계산해 주십시오."
    ),
    "attempts": gettext_lazy("작업 처리기가 여러 번 멈추었습니다. 잠시 뒤에 다시 계산해 주십시오."),
    "cancelled": gettext_lazy("담당자가 배정 계산을 취소했습니다."),
    "unexpected": gettext_lazy(
        "예상하지 못한 오류로 끝나지 못했습니다. "
        "다시 계산해 보고, 되풀이되면 관리자에게 알려 주십시오."
    ),
}


def sentence(code: str) -> str:
    """What went wrong, for staff, in the reader's language."""
    return str(ERRORS.get(code, ERRORS["unexpected"])) if code else ""


def _guard(by: Any) -> None:
    if not may_match(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))


def locked(round_id: int, by: Any) -> Round:
    """The round's row, locked; it must not be closed."""
    _guard(by)
    row: Round = Round.objects.select_for_update(of=("self",)).get(pk=round_id)
    if row.is_closed:
        raise Conflict(_("끝난 회차입니다. 다시 연 뒤에 할 수 있습니다."), state=row.state)
    return row


def start_allocation(round_id: int, by: Any, *, again: int | None = None) -> AllocationRun:
    """Compute plans for a round with the pins as they stand now.

    ``again``: a run whose scores are used instead of ranking anew, as long as the round has the
    same requests with the same seats and texts. A round that is being computed gives that
    computation: a second click changes nothing.
    """
    with transaction.atomic():
        row = locked(round_id, by)
        active: AllocationRun | None = row.allocation_runs.active().first()
        if active:
            return active
        if not row.entries.exists():
            raise MissingFacts({"requests": _("요청을 하나 이상 넣어 주십시오.")})
        row = rounds.move(round_id, "allocate", by)
        run = _new_run(row, by, again)
        events.started(run, by)
        _enqueue(run.pk)
    return run


def _new_run(row: Round, by: Any, again: int | None) -> AllocationRun:
    source = _reusable(row, again) if again else None
    last = row.allocation_runs.order_by("-number").first()
    pins = row.pins.values("request_id", "expert_id", "kind")
    run: AllocationRun = AllocationRun.objects.create(
        round=row,
        number=(last.number if last else 0) + 1,
        scores_of=source,
        requested_by=by,
        round_version=row.version,
        parameters={"candidates": setting("ALLOCATION_CANDIDATES")},
        pins=[
            {"request": p["request_id"], "expert": p["expert_id"], "kind": p["kind"]} for p in pins
        ],
        enqueued_at=timezone.now(),
    )
    return run


def _reusable(row: Round, run_id: int) -> AllocationRun | None:
    """The run with the scores behind a finished one, unless the requests have changed since."""
    done: AllocationRun | None = row.allocation_runs.filter(pk=run_id, state="done").first()
    if done is None:
        return None
    facts = row.entries.values_list("request_id", "seats", "request__version")
    stored = scores_of(done).values_list("request_id", "seats", "request_version")
    return (done.scores_of or done) if set(facts) == set(stored) else None


def _enqueue(run_id: int) -> None:
    from matching import tasks

    start_on_commit(tasks.run_allocation, run_id)


def cancel_allocation(run_id: int, by: Any) -> AllocationRun:
    """Stop a computation; the worker finds out at its next step and stores nothing."""
    with move(run_id, "cancel", by) as run:
        run.error, run.finished_at = "cancelled", timezone.now()
        events.cancelled(run, by)
    return run


def fail(run_id: int, code: str, *, token: int | None = None) -> AllocationRun:
    """End a computation without plans, with a sentence for staff."""
    with move(run_id, "fail", token=token) as run:
        run.error, run.finished_at = code, timezone.now()
        with translation.override(settings.LANGUAGE_CODE):
            events.ended(run, sentence(code))
        _tell(run, lambda: _("배정 계산이 끝나지 못했습니다: %(name)s"))
    return run


def tell_finished(run: AllocationRun) -> None:
    """A notice for whoever asked."""
    _tell(run, lambda: _("배정안이 나왔습니다: %(name)s"))


def _tell(run: AllocationRun, text: Any) -> None:
    notify(
        run.requested_by,
        "match.allocation",
        lambda: text() % {"name": run.round.name},
        lambda: _("배정 화면에서 두 안을 견주어 보십시오."),
        lambda: reverse("matching:allocations", args=[run.round_id]),
    )


def sweep_allocations() -> dict[str, int]:
    """Rescue computations: nobody took them, their worker fell silent, or they run too long."""
    late = timezone.now() - timedelta(seconds=setting("ALLOCATION_RUN_SECONDS") + 30)
    overdue = AllocationRun.objects.filter(state="running", started_at__lt=late)
    silent = AllocationRun.objects.silent(setting("MATCHING_SILENT_SECONDS"))
    untaken = AllocationRun.objects.untaken(setting("MATCHING_UNTAKEN_SECONDS"))
    return {
        "overdue": sum(_end(pk, "time_limit") for pk in list(overdue.values_list("pk", flat=True))),
        "resumed": sum(_resume(pk) for pk in list(silent.values_list("pk", flat=True))),
        "untaken": sum(_tell_again(pk) for pk in list(untaken.values_list("pk", flat=True))),
    }


def _end(run_id: int, code: str) -> bool:
    try:
        fail(run_id, code)
    except Conflict:
        return False
    return True


def _resume(run_id: int) -> bool:
    run = AllocationRun.objects.get(pk=run_id)
    if run.attempts >= setting("MATCHING_RUN_ATTEMPTS"):
        return _end(run_id, "attempts")
    try:
        with move(run_id, "requeue") as row:
            silent = AllocationRun.objects.silent(setting("MATCHING_SILENT_SECONDS"))
            if not silent.filter(pk=run_id).exists():
                raise Conflict("")  # it has beaten since
            row.enqueued_at, row.step, row.progress = timezone.now(), "", 0
            _enqueue(run_id)
    except Conflict:
        return False
    log.warning("allocation.resumed", run=run_id)
    return True


def _tell_again(run_id: int) -> bool:
    with transaction.atomic():
        rows = AllocationRun.objects.filter(pk=run_id, state="queued")
        told = rows.update(enqueued_at=timezone.now())
        if told:
            _enqueue(run_id)
    return bool(told)


def pin(round_id: int, request_id: int, expert_id: int, kind: str, by: Any) -> None:
    """Fix a person on a request (``force``), keep him off it (``forbid``), or neither (``""``).

    It counts at the next computation. Raises ``Conflict`` for a request outside the round and for
    a person whom a rule excludes from it.
    """
    if kind and kind not in AllocationPin.Kind.values:
        raise MissingFacts({"kind": _("알 수 없는 표시입니다.")})
    with transaction.atomic():
        row = locked(round_id, by)
        entry = row.entries.select_related("request__department").filter(request_id=request_id)
        found = entry.first()
        if found is None:
            raise Conflict(_("이 회차에 없는 요청입니다. 화면을 새로 고쳐 주십시오."))
        expert = Expert.objects.get(pk=expert_id)
        if kind == "force":
            refuse_excluded(found.request, [expert])
        if kind:
            AllocationPin.objects.update_or_create(
                round=row, request_id=request_id, expert=expert, defaults={"kind": kind, "by": by}
            )
        else:
            row.pins.filter(request_id=request_id, expert=expert).delete()
        label = str(AllocationPin.Kind(kind).label) if kind else _("해제")
        events.pinned(row, found.request.ref, expert_id, label, by)


def refuse_excluded(request: Request, experts: list[Expert]) -> None:
    """Raises ``Conflict`` that names everybody whom a rule keeps off the request."""
    found = eligibility.check_many(request, [expert.pk for expert in experts])
    told = [f"{request.ref} {e.name}: {found[e.pk][0].sentence}" for e in experts if e.pk in found]
    if told:
        raise Conflict(" / ".join(told), state="excluded")
