"""What the event log keeps of committees: suggested fields, panels, lots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.registry import register
from audit.services import record
from matching.events.words import EXPERT, RULE, on_run, says

register(
    "match.field_decided",
    says(_("%(who)s %(on)s 요청에 제안된 분야 %(field)s을(를) ‘%(decision)s’(으)로 처리함"),
          "field", "decision"),
    _("제안된 분야 처리"),
)  # fmt: skip
register(
    "match.panel_proposed",
    says(
        _("%(who)s %(on)s 요청의 위원 구성안 %(panel)s번(%(seats)s명)을 만듦: %(members)s"),
        "panel", "seats", names=["members"],
    ),
    _("위원 구성안 작성"),
    (),
    {"members": EXPERT, "alternates": EXPERT},
)  # fmt: skip
register(
    "match.panel_adopted",
    says(
        _("%(who)s %(on)s 요청의 위원 구성안 %(panel)s번을 채택함: %(members)s, 사유: %(reason)s"),
        "panel", "reason", names=["members"],
    ),
    _("위원 구성안 채택"),
    ("reason",),
    {"members": EXPERT, "alternates": EXPERT},
)  # fmt: skip
register(
    "match.lot_made",
    says(_("%(who)s %(on)s 요청의 추첨 명부 %(lot)s을(를) 만듦 (%(seats)s자리, "
"후보 %(count)s명), 사유: %(reason)s"), "lot", "seats", "count", "reason"),
    _("추첨 명부 작성"),
    ("reason",),
)  # fmt: skip
register(
    "match.lot_entry_removed",
    says(_("%(who)s 추첨 명부 %(code)s에서 %(expert)s 전문가를 뺌, 사유: %(reason)s"),
          "code", "reason", names=["expert"]),
    _("추첨 명부에서 뺌"),
    ("reason",),
    RULE,
)  # fmt: skip
register(
    "match.lot_sealed",
    says(_("%(who)s 추첨 명부 %(code)s을(를) 봉인함 (후보 %(count)s명, 명부 해시 %(hash)s)"),
          "code", "count", "hash"),
    _("추첨 명부 봉인"),
)  # fmt: skip
register(
    "match.lot_drawn",
    says(_("%(who)s %(code)s 추첨을 함, 뽑힌 번호 %(numbers)s, 현장에서 정한 값 %(seed)s"),
          "code", "numbers", "seed"),
    _("추첨"),
)  # fmt: skip
register(
    "match.lot_declined",
    says(_("%(who)s %(code)s 추첨의 %(number)s번이 물러났음을 기록함, 다음 번호 %(next)s, "
"사유: %(reason)s"), "code", "number", "next", "reason"),
    _("추첨된 사람의 사퇴"),
    ("reason",),
)  # fmt: skip
register(
    "match.lot_void",
    says(_("%(who)s 추첨 %(code)s을(를) 무효로 함, 사유: %(reason)s"), "code", "reason"),
    _("추첨 무효"),
    ("reason",),
)
register(
    "match.lot_adopted",
    says(_("%(who)s 추첨 %(code)s의 결과를 추천 목록에 반영함: %(members)s"),
          "code", names=["members"]),
    _("추첨 결과 반영"),
    (),
    {"members": EXPERT},
)  # fmt: skip


def field_decided(request: Any, by: Any, node: Any, decision: str) -> Event:
    """Staff took a suggested field up or set it aside."""
    data = {"field": node.code, "decision": decision}
    return record("match.field_decided", by=by, on=request, label=request.ref, data=data)


def panel_proposed(panel: Any, by: Any, members: Sequence[int], others: Sequence[int]) -> Event:
    """A committee was proposed."""
    facts = {"panel": panel.pk, "seats": panel.terms["seats"], "members": list(members)}
    return on_run("match.panel_proposed", panel.run, by, **facts, alternates=list(others))


def panel_adopted(panel: Any, by: Any, members: Sequence[int], others: Sequence[int]) -> Event:
    """A person adopted a proposed committee."""
    facts = {"panel": panel.pk, "members": list(members), "alternates": list(others)}
    return on_run("match.panel_adopted", panel.run, by, **facts, reason=panel.reason)


def _on_lot(code: str, lot: Any, by: Any, **data: Any) -> Event:
    return record(code, by=by, on=lot, label=lot.code, data={"code": lot.code, **data})


def lot_made(lot: Any, by: Any, count: int) -> Event:
    """A list to draw from was made."""
    return on_run(
        "match.lot_made",
        lot.run,
        by,
        lot=lot.code,
        seats=lot.seats,
        count=count,
        reason=lot.reason,
    )


def lot_entry_removed(lot: Any, by: Any, expert_id: int, reason: str) -> Event:
    """Somebody was taken off an open list."""
    return _on_lot("match.lot_entry_removed", lot, by, expert=expert_id, reason=reason)


def lot_sealed(lot: Any, by: Any, count: int) -> Event:
    """The list can no longer change; its hash is on record before the draw."""
    return _on_lot(
        "match.lot_sealed", lot, by, count=count, hash=lot.list_hash, commitment=lot.commitment
    )


def lot_drawn(lot: Any, by: Any, numbers: Sequence[int]) -> Event:
    """The draw, with the seed and the numbers."""
    shown = ", ".join(str(n) for n in numbers)
    return _on_lot("match.lot_drawn", lot, by, numbers=shown, seed=lot.operator_seed)


def lot_declined(lot: Any, by: Any, number: int, following: int | None, reason: str) -> Event:
    """A drawn person stepped back; the next one by the same order takes the seat."""
    facts = {"number": number, "next": following or "–"}
    return _on_lot("match.lot_declined", lot, by, **facts, reason=reason)


def lot_void(lot: Any, by: Any) -> Event:
    """The list or the draw no longer counts."""
    return _on_lot("match.lot_void", lot, by, reason=lot.void_reason)


def lot_adopted(lot: Any, by: Any, members: Sequence[int]) -> Event:
    """The drawn people were marked on the shortlist."""
    return _on_lot("match.lot_adopted", lot, by, members=list(members))
