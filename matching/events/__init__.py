"""What the event log keeps of searches, lists, conflicts and waivers: a typed function per event.

``data`` holds ids, codes and numbers. Reasons and evidence may name people: they are personal
facts and stand apart from the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.registry import register
from audit.services import record
from matching.events.words import EXPERT, RULE, on_run, says

register(
    "match.started",
    says(_("%(who)s %(on)s 요청의 전문가 검색 %(run)s번을 시작함"), "run"),
    _("전문가 검색 시작"),
)
register(
    "match.finished",
    says(
        _("%(on)s 요청의 전문가 검색 %(run)s번이 %(pool)s명 중 적격 "
"%(eligible)s명에서 %(found)s명을 추천함"),
        "run", "pool", "eligible", "found",
    ),
    _("전문가 검색 완료"),
)  # fmt: skip
register(
    "match.ended",
    says(_("%(on)s 요청의 전문가 검색 %(run)s번이 결과 없이 끝남: %(reason)s"), "run", "reason"),
    _("전문가 검색 실패"),
)
register(
    "match.cancelled",
    says(_("%(who)s %(on)s 요청의 전문가 검색 %(run)s번을 취소함"), "run"),
    _("전문가 검색 취소"),
)
register(
    "match.resumed",
    says(
        _("%(on)s 요청의 멈춘 전문가 검색 %(run)s번을 다시 대기열에 넣음 (시도 %(attempts)s회)"),
        "run",
        "attempts",
    ),
    _("전문가 검색 재개"),
)
register(
    "match.candidate_added",
    says(_("%(who)s %(on)s 요청의 추천 목록에 %(expert)s 전문가를 "
"직접 추가함, 사유: %(reason)s"),
          "reason", names=["expert"]),
    _("후보 직접 추가"),
    ("reason",),
    RULE,
)  # fmt: skip
register(
    "match.candidate_marked",
    says(_("%(who)s %(on)s 요청의 후보 %(expert)s 전문가를 "
"‘%(mark)s’(으)로 표시함, 사유: %(reason)s"),
          "mark", "reason", names=["expert"]),
    _("후보 표시"),
    ("reason",),
    RULE,
)  # fmt: skip
register(
    "match.ordered",
    says(_("%(who)s %(on)s 요청의 희망 순서를 %(order)s 순으로 바꿈"), names=["order"]),
    _("희망 순서 변경"),
    (),
    {"order": EXPERT},
)
register(
    "match.decided",
    says(
        _("%(who)s %(on)s 요청의 후보 %(listed)s명 중 "
"%(chosen)s 전문가를 선정함 (추천 순위 %(ranks)s), 사유: %(reasons)s"),
        "listed", "ranks", "reasons", names=["chosen"],
    ),
    _("추천 목록에서 선정"),
    ("reasons",),
    {"chosen": EXPERT, "alternates": EXPERT, "passed_over": EXPERT},
)  # fmt: skip
register(
    "match.exported",
    says(_("%(who)s %(on)s 요청의 추천 목록을 내려받음")),
    _("추천 목록 내려받기"),
)
register(
    "match.conflict_entered",
    says(_("%(who)s %(expert)s 전문가의 이해충돌을 입력함, 근거: %(evidence)s"),
          "evidence", names=["expert"]),
    _("이해충돌 입력"),
    ("evidence",),
    RULE,
)  # fmt: skip
register(
    "match.conflict_ended",
    says(_("%(who)s %(expert)s 전문가의 이해충돌을 해제함, 사유: %(reason)s"),
          "reason", names=["expert"]),
    _("이해충돌 해제"),
    ("reason",),
    RULE,
)  # fmt: skip
register(
    "match.waiver_asked",
    says(_("%(who)s %(on)s 요청에서 %(expert)s 전문가의 "
"‘%(rule)s’ 규칙 예외를 신청함, 사유: %(reason)s"),
          "reason", names=["expert"]),
    _("규칙 예외 신청"),
    ("reason",),
    RULE,
)  # fmt: skip
register(
    "match.waiver_approved",
    says(_("%(who)s %(on)s 요청에서 %(expert)s 전문가의 ‘%(rule)s’ 규칙 예외를 승인함"),
          names=["expert"]),
    _("규칙 예외 승인"),
    (),
    RULE,
)  # fmt: skip
register(
    "match.waiver_refused",
    says(_("%(who)s %(on)s 요청에서 %(expert)s 전문가의 "
"‘%(rule)s’ 규칙 예외를 거절함, 사유: %(reason)s"),
          "reason", names=["expert"]),
    _("규칙 예외 거절"),
    ("reason",),
    RULE,
)  # fmt: skip
register(
    "match.encoders_switched",
    says(_("언어 모델을 %(before)s에서 %(after)s(으)로 바꿈"), "before", "after"),
    _("언어 모델 교체"),
)


def run_started(run: Any, by: Any) -> Event:
    """A search was asked for."""
    return on_run("match.started", run, by, parameters=run.parameters)


def run_finished(run: Any, found: int) -> Event:
    """A shortlist is stored."""
    facts = {"pool": run.pool_size, "eligible": run.eligible_size, "found": found}
    return on_run("match.finished", run, None, **facts)


def run_ended(run: Any, reason: str) -> Event:
    """A search ended without a list: it failed, or nobody was eligible."""
    return on_run("match.ended", run, None, reason=reason)


def run_cancelled(run: Any, by: Any) -> Event:
    """A search was stopped."""
    return on_run("match.cancelled", run, by)


def run_resumed(run: Any) -> Event:
    """A search whose worker died was put back."""
    return on_run("match.resumed", run, None, attempts=run.attempts)


def candidate_added(run: Any, by: Any, expert_id: int, reason: str) -> Event:
    """A person was added by hand."""
    return on_run("match.candidate_added", run, by, expert=expert_id, reason=reason)


def candidate_marked(candidate: Any, by: Any) -> Event:
    """A person was marked as chosen, alternate, declined, or unmarked."""
    return on_run(
        "match.candidate_marked",
        candidate.run,
        by,
        expert=candidate.expert_id,
        rank=candidate.rank,
        mark=candidate.mark or "none",
        reason=candidate.mark_reason,
    )


def ordered(run: Any, by: Any, expert_ids: Sequence[int]) -> Event:
    """The order of preference changed."""
    return on_run("match.ordered", run, by, order=list(expert_ids))


def decided(run: Any, by: Any, named: Sequence[Any], listed: Sequence[Any]) -> Event:
    """A decision, with the ranks shown and who was passed over by it."""
    chosen = [c for c in named if c.mark == "chosen"]
    lowest = max((c.rank or 0 for c in chosen), default=0)
    names = {c.expert_id for c in named}
    passed = [
        c.expert_id for c in listed if c.rank and c.rank < lowest and c.expert_id not in names
    ]
    return on_run(
        "match.decided",
        run,
        by,
        listed=len(listed),
        chosen=[c.expert_id for c in chosen],
        alternates=[c.expert_id for c in named if c.mark == "alternate"],
        ranks=", ".join(str(c.rank) if c.rank else "–" for c in chosen),
        passed_over=passed,
        reasons=" / ".join(c.mark_reason for c in chosen),
    )


def exported(run: Any, by: Any, rows: int) -> Event:
    """The list left the system as a file."""
    return on_run("match.exported", run, by, rows=rows)


def conflict_entered(conflict: Any, by: Any) -> Event:
    """Staff entered a conflict of interest."""
    return record(
        "match.conflict_entered",
        by=by,
        on=conflict,
        data={
            "expert": conflict.expert_id,
            "organisation": conflict.organisation_id,
            "request": conflict.request_id,
            "evidence": conflict.evidence,
        },
    )


def conflict_ended(conflict: Any, by: Any, reason: str) -> Event:
    """A conflict no longer holds."""
    data = {"expert": conflict.expert_id, "reason": reason}
    return record("match.conflict_ended", by=by, on=conflict, data=data)


def _waiver(code: str, waiver: Any, by: Any, **data: Any) -> Event:
    facts = {"expert": waiver.expert_id, "rule": waiver.rule, **data}
    return record(code, by=by, on=waiver, label=waiver.request.ref, data=facts)


def waiver_asked(waiver: Any, by: Any) -> Event:
    """Somebody asks to set a rule aside for one expert."""
    return _waiver("match.waiver_asked", waiver, by, reason=waiver.reason)


def waiver_approved(waiver: Any, by: Any) -> Event:
    """A second person agreed."""
    return _waiver("match.waiver_approved", waiver, by)


def waiver_refused(waiver: Any, by: Any) -> Event:
    """A second person did not agree."""
    return _waiver("match.waiver_refused", waiver, by, reason=waiver.answer)


def encoders_switched(row: Any, before: Sequence[str]) -> Event:
    """Another set of language models took over once all its vectors were there."""
    facts = {"before": ", ".join(before), "after": ", ".join(row.names)}
    return record("match.encoders_switched", by=None, on=row, label=facts["after"], data=facts)
