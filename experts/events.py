"""What the record says about profiles: one typed function per event."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from audit import registry
from audit.models import Event
from audit.services import record
from experts.models import Claim, ClaimKind, Expert

T = gettext_lazy


def _plain(code: str, label: Promise, text: Promise, *personal: str) -> None:
    """An event whose sentence needs the person who acted, the profile and single facts."""

    def sentence(event: Event) -> str:
        facts = {key: event.fact(key) for key in (*personal, "count")}
        kind = str(event.facts.get("kind") or "")
        facts["kind"] = str(dict(ClaimKind.choices).get(kind, kind))
        return str(text) % {"who": event.who, "on": event.on, **facts}

    registry.register(code, sentence, label, personal)


_plain("expert.created", T("전문가 정보 작성 시작"), T("%(who)s: 전문가 %(on)s의 정보를 만듦"))
_plain(
    "expert.imported",
    T("전문가 정보 일괄 등록"),
    T("%(who)s: 전문가 %(on)s의 정보를 일괄로 등록함"),
)
_plain("expert.changed", T("전문가 정보 수정"), T("%(who)s: 전문가 %(on)s의 정보를 고침"))
_plain("expert.fields_changed", T("전문 분야 수정"), T("%(who)s: 전문가 %(on)s의 전문 분야를 고침"))
_plain(
    "expert.availability_changed",
    T("활동 가능 여부 변경"),
    T("%(who)s: 전문가 %(on)s의 활동 가능 여부를 바꿈"),
)
_plain(
    "expert.visibility_changed",
    T("공개 범위 변경"),
    T("%(who)s: 전문가 %(on)s의 공개 범위를 바꿈"),
)
_plain("expert.relation_declared", T("관계 신고"), T("%(who)s: 전문가 %(on)s의 관계를 신고함"))
_plain(
    "expert.relation_ended", T("관계 신고 종료"), T("%(who)s: 전문가 %(on)s의 신고한 관계를 끝냄")
)
_plain("claim.added", T("기재 사항 추가"), T("%(who)s: 전문가 %(on)s의 %(kind)s 한 줄을 더함"))
_plain("claim.changed", T("기재 사항 수정"), T("%(who)s: 전문가 %(on)s의 %(kind)s 한 줄을 고침"))
_plain("claim.removed", T("기재 사항 삭제"), T("%(who)s: 전문가 %(on)s의 %(kind)s 한 줄을 지움"))
_plain("claim.verified", T("기재 사항 확인"), T("%(who)s: 전문가 %(on)s의 %(kind)s 한 줄을 확인함"))
_plain(
    "claim.rejected",
    T("기재 사항 반려"),
    T("%(who)s: 전문가 %(on)s의 %(kind)s 한 줄을 반려함, 사유: %(reason)s"),
    "reason",
)
_plain(
    "claim.unverified",
    T("확인 취소"),
    T("%(who)s: 전문가 %(on)s의 %(kind)s 한 줄을 다시 본인 기재로 돌림"),
)
_plain("expert.submitted", T("전문가 등록 신청"), T("%(who)s: 전문가 %(on)s의 등록을 신청함"))
_plain("expert.review_started", T("검토 시작"), T("%(who)s: 전문가 %(on)s의 검토를 시작함"))
_plain(
    "expert.changes_asked",
    T("보완 요청"),
    T("%(who)s: 전문가 %(on)s에게 보완을 요청함, 내용: %(note)s"),
    "note",
)
_plain("expert.approved", T("전문가 승인"), T("%(who)s: 전문가 %(on)s을(를) 승인함"))
_plain(
    "expert.suspended",
    T("활동 정지"),
    T("%(who)s: 전문가 %(on)s의 활동을 정지함, 사유: %(reason)s"),
    "reason",
)
_plain("expert.resumed", T("활동 재개"), T("%(who)s: 전문가 %(on)s의 활동을 재개함"))
_plain("expert.expired", T("기간 만료"), T("%(who)s: 전문가 %(on)s의 유효 기간이 끝남"))
_plain(
    "expert.withdrawn",
    T("등록 철회"),
    T("%(who)s: 전문가 %(on)s의 등록을 철회함, 사유: %(reason)s"),
    "reason",
)
_plain("expert.reopened", T("다시 작성"), T("%(who)s: 전문가 %(on)s의 정보를 다시 작성하기 시작함"))
_plain(
    "taxonomy.loaded",
    T("분류 불러오기"),
    T("%(who)s: 분류 %(count)s개를 더하거나 고침"),
)


def moved(name: str, expert: Expert, by: Any, **facts: Any) -> None:
    """A move of the state machine; ``name`` is the event's own word, such as ``approved``."""
    record(f"expert.{name}", by=by, on=expert, data=facts)


def profile_changed(expert: Expert, by: Any, what: str, names: list[str]) -> None:
    """A part of the profile was edited; ``names`` are columns, never their contents."""
    record(f"expert.{what}", by=by, on=expert, data={"names": names})


def claim_event(what: str, claim: Claim, by: Any, **facts: Any) -> None:
    """Something happened to one line; recorded on the profile with the line's id and kind."""
    data = {"claim": claim.pk, "kind": claim.kind, **facts}
    record(f"claim.{what}", by=by, on=claim.expert, data=data)


def taxonomy_loaded(node: Any, count: int, by: Any = None) -> None:
    """The vocabulary was brought up to date from its file."""
    record("taxonomy.loaded", by=by, on=node, data={"count": count})
