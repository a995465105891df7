"""What the event log keeps of allocations over a round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.registry import register
from audit.services import record
from matching.events.words import EXPERT, RULE, says

register(
    "allocation.started",
    says(_("%(who)s 회차 %(on)s의 배정 계산 %(run)s번을 시작함"), "run"),
    _("배정 계산 시작"),
)
register(
    "allocation.finished",
    says(_("회차 %(on)s의 배정 계산 %(run)s번이 끝남"), "run"),
    _("배정 계산 완료"),
)
register(
    "allocation.ended",
    says(_("회차 %(on)s의 배정 계산 %(run)s번이 결과 없이 끝남: %(reason)s"), "run", "reason"),
    _("배정 계산 실패"),
)
register(
    "allocation.cancelled",
    says(_("%(who)s 회차 %(on)s의 배정 계산 %(run)s번을 취소함"), "run"),
    _("배정 계산 취소"),
)
register(
    "allocation.pinned",
    says(_("%(who)s 회차 %(on)s의 요청 %(ref)s에서 %(expert)s 전문가를 ‘%(kind)s’(으)로 둠"),
          "ref", "kind", names=["expert"]),
    _("배정 고정과 제외"),
    (),
    RULE,
)  # fmt: skip
register(
    "allocation.applied",
    says(_("%(who)s 회차 %(on)s의 배정안 %(run)s번(%(objective)s)을 적용함: %(chosen)s, "
"사유: %(reason)s"), "run", "objective", "reason", names=["chosen"]),
    _("배정안 적용"),
    ("reason",),
    {"chosen": EXPERT},
)  # fmt: skip
register(
    "allocation.exported",
    says(_("%(who)s 회차 %(on)s의 배정안을 내려받음")),
    _("배정안 내려받기"),
)
register(
    "allocation.conflicts_imported",
    says(_("%(who)s 회차 %(on)s에 이해충돌 %(count)s건을 파일로 넣음"), "count"),
    _("이해충돌 파일로 넣음"),
)


def _on_round(code: str, row: Any, by: Any, **data: Any) -> Event:
    return record(code, by=by, on=row, label=row.name, data=data)


def started(run: Any, by: Any) -> Event:
    """A computation was asked for."""
    facts = {"run": run.number, "parameters": run.parameters, "pins": len(run.pins)}
    return _on_round("allocation.started", run.round, by, **facts)


def finished(run: Any) -> Event:
    """Both plans are stored."""
    return _on_round("allocation.finished", run.round, None, run=run.number)


def ended(run: Any, reason: str) -> Event:
    """A computation failed."""
    return _on_round("allocation.ended", run.round, None, run=run.number, reason=reason)


def cancelled(run: Any, by: Any) -> Event:
    """A computation was stopped."""
    return _on_round("allocation.cancelled", run.round, by, run=run.number)


def pinned(row: Any, ref: str, expert_id: int, kind: str, by: Any) -> Event:
    """A person was fixed on a request, kept off it, or set free again."""
    return _on_round("allocation.pinned", row, by, ref=ref, expert=expert_id, kind=kind)


def applied(plan: Any, by: Any, requests: Sequence[str], chosen: Sequence[int]) -> Event:
    """The people of a plan were named on the shortlists."""
    return _on_round(
        "allocation.applied",
        plan.run.round,
        by,
        run=plan.run.number,
        objective=plan.objective,
        requests=list(requests),
        chosen=list(chosen),
        reason=plan.reason,
    )


def exported(row: Any, by: Any, rows: int) -> Event:
    """A plan was downloaded."""
    return _on_round("allocation.exported", row, by, rows=rows)


def conflicts_imported(row: Any, by: Any, count: int) -> Event:
    """Declared conflicts came from a file."""
    return _on_round("allocation.conflicts_imported", row, by, count=count)
