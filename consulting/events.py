"""What the event log keeps of a request: one typed function per event.

Only ids, codes and numbers go into ``data``. Reasons, which may name people, are personal facts
and stand apart from the row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.registry import Sentence, register
from audit.services import record

EXPERT = "experts.Expert"
PERSON = "accounts.User"


def _actor(event: Event) -> str:
    if event.actor is None:
        return gettext("시스템이")
    return gettext("%(who)s 님이") % {"who": event.who}


def _says(text: str | Promise, *keys: str, names: Sequence[str] = ()) -> Sentence:
    """A sentence with ``who``, ``on``, the facts ``keys`` and the names behind ``names``."""

    def sentence(event: Event) -> str:
        facts = {key: event.fact(key) for key in keys}
        facts |= {key: event.name_of(key) for key in names}
        return str(text) % {"who": _actor(event), "on": event.on, **facts}

    return sentence


register("request.created", _says(_("%(who)s 새 요청의 작성을 시작함")), _("작성 시작"))
register("request.discarded", _says(_("%(who)s 작성 중이던 요청을 삭제함")), _("초안 삭제"))
register("request.submitted", _says(_("%(who)s %(on)s 요청을 제출함")), _("제출"))
register(
    "request.resubmitted", _says(_("%(who)s %(on)s 요청을 보완해 다시 제출함")), _("다시 제출")
)
register("request.accepted", _says(_("%(who)s %(on)s 요청을 접수함")), _("접수"))
register(
    "request.returned",
    _says(_("%(who)s %(on)s 요청에 보완을 요청함, 질문: %(question)s"), "question"),
    _("보완 요청"),
    ("question",),
)
register(
    "request.rejected",
    _says(_("%(who)s %(on)s 요청을 반려함, 사유: %(reason)s"), "reason"),
    _("반려"),
    ("reason",),
)
register(
    "request.withdrawn",
    _says(_("%(who)s %(on)s 요청을 철회함, 사유: %(reason)s"), "reason"),
    _("철회"),
    ("reason",),
)
register(
    "request.matching_started",
    _says(_("%(who)s %(on)s 요청의 전문가 찾기를 시작함")),
    _("전문가 찾기 시작"),
)
register("request.shortlisted", _says(_("%(who)s %(on)s 요청의 추천 명단을 만듦")), _("추천 완료"))
register(
    "request.back_to_accepted",
    _says(_("%(who)s %(on)s 요청을 접수 상태로 되돌림, 사유: %(reason)s"), "reason"),
    _("접수 상태로 되돌림"),
    ("reason",),
)
register(
    "request.decided",
    _says(
        _("%(who)s %(on)s 요청에 %(chosen)s 전문가를 선정함, 사유: %(reasons)s"),
        "reasons",
        names=["chosen"],
    ),
    _("전문가 선정"),
    ("reasons",),
    {"chosen": EXPERT, "alternates": EXPERT},
)
register(
    "request.assigned",
    _says(_("%(who)s %(on)s 요청의 담당자를 %(manager)s 님으로 정함"), names=["manager"]),
    _("담당자 지정"),
    (),
    {"manager": PERSON},
)
register(
    "request.revised",
    _says(
        _("%(who)s %(on)s 요청의 내용을 고침 (%(version)s판), 사유: %(reason)s"),
        "version",
        "reason",
    ),
    _("내용 수정"),
    ("reason",),
)
register("request.message", _says(_("%(who)s %(on)s 요청에 글을 남김")), _("글"))


def _record(code: str, request: Any, by: Any, at: datetime | None = None, **data: Any) -> Event:
    return record(code, by=by, on=request, label=request.ref, data=data, at=at)


def created(request: Any, by: Any, at: datetime | None = None) -> Event:
    """A draft came into being."""
    return _record("request.created", request, by, at, kind=request.kind_id)


def discarded(request: Any, by: Any) -> Event:
    """A draft was thrown away before it was ever submitted."""
    return _record("request.discarded", request, by)


def submitted(request: Any, by: Any, at: datetime | None = None) -> Event:
    """The draft was handed in and got its number."""
    return _record("request.submitted", request, by, at, version=request.version)


def resubmitted(request: Any, by: Any, message_id: int, at: datetime | None = None) -> Event:
    """The department answered the question and handed the request in again."""
    facts = {"version": request.version, "message": message_id}
    return _record("request.resubmitted", request, by, at, **facts)


def accepted(request: Any, by: Any, at: datetime | None = None) -> Event:
    """Staff took the request on."""
    return _record("request.accepted", request, by, at, version=request.version)


def returned(request: Any, by: Any, message: Any, at: datetime | None = None) -> Event:
    """Staff sent the request back with a question."""
    return _record("request.returned", request, by, at, message=message.pk, question=message.body)


def rejected(request: Any, by: Any, reason: str, at: datetime | None = None) -> Event:
    """Staff turned the request down."""
    return _record("request.rejected", request, by, at, reason=reason)


def withdrawn(request: Any, by: Any, reason: str, at: datetime | None = None) -> Event:
    """The department took the request back."""
    return _record("request.withdrawn", request, by, at, reason=reason)


def matching_started(request: Any, by: Any, at: datetime | None = None) -> Event:
    """A search for experts began."""
    return _record("request.matching_started", request, by, at, version=request.version)


def shortlisted(request: Any, by: Any, at: datetime | None = None) -> Event:
    """A list of recommended people is there."""
    return _record("request.shortlisted", request, by, at)


def back_to_accepted(request: Any, by: Any, reason: str, at: datetime | None = None) -> Event:
    """A search failed, was cancelled or found nobody."""
    return _record("request.back_to_accepted", request, by, at, reason=reason)


def decided(request: Any, by: Any, selections: Sequence[Any], at: datetime | None = None) -> Event:
    """People were named. Keeps the rank shown beside the choice, also where it was overruled."""
    chosen = [row for row in selections if row.role == "chosen"]
    return _record(
        "request.decided",
        request,
        by,
        at,
        chosen=[row.expert_id for row in chosen],
        alternates=[row.expert_id for row in selections if row.role == "alternate"],
        ranks={str(row.expert_id): row.rank_shown for row in selections},
        reasons=" / ".join(row.reason for row in chosen),
    )


def assigned(request: Any, by: Any, at: datetime | None = None) -> Event:
    """A case manager was named."""
    return _record("request.assigned", request, by, at, manager=request.manager_id)


def revised(request: Any, by: Any, fields: Sequence[str], reason: str) -> Event:
    """Staff corrected the text after submission."""
    facts = {"fields": list(fields), "version": request.version, "reason": reason}
    return _record("request.revised", request, by, **facts)


def message_added(request: Any, by: Any, message_id: int, at: datetime | None = None) -> Event:
    """Somebody wrote on the request without moving it."""
    return _record("request.message", request, by, at, message=message_id)
