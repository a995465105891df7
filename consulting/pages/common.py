"""What several pages of requests share."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from consulting import permissions, selectors
from consulting.models import Request
from content.ui import FileItem, Message, TimelineItem


def find(request: HttpRequest, ref: str) -> Request:
    """The request behind the address, or 404 where this person may not see it."""
    record = selectors.request_page(request.user, ref).first()
    if record is None:
        raise Http404
    return record


def next_step(record: Request, user: Any, url: str = "", label: str = "") -> dict[str, Any]:
    """Arguments of the ``next_step`` tag: who has the ball, until when, whether it is you."""
    step = selectors.next_actor(record)
    mine = selectors.is_turn_of(user, record)
    return {
        "what": step.what,
        "until": step.until,
        "done": step.done,
        "mine": mine,
        "url": url if mine else "",
        "label": label,
        "note": after_decision(record, user),
    }


def after_decision(record: Request, user: Any) -> str:
    """Who gets in touch with the chosen experts and what comes next; empty before a decision."""
    if record.state != Request.State.DECIDED:
        return ""
    who = record.manager
    if who is not None and who.pk == user.pk:
        return _(
            "선정된 전문가에게 연락하여 참여 여부와 첫 만남의 날짜를 확인하고, "
            "‘주고받은 글’로 부서에 알려 주십시오."
        )
    if who is None or not who.is_active:
        return _(
            "재단 담당자가 선정된 전문가에게 연락하여 참여 여부와 첫 만남의 날짜를 확인하고, "
            "‘주고받은 글’로 부서에 알립니다."
        )
    return _(
        "%(who)s 담당자가 선정된 전문가에게 연락하여 참여 여부와 첫 만남의 날짜를 확인하고, "
        "‘주고받은 글’로 부서에 알립니다."
    ) % {"who": who}


def talk(record: Request, user: Any) -> list[Message]:
    """The conversation, the oldest first."""
    department = record.department_id
    return [
        Message(
            author=str(message.author),
            role=message.get_kind_display()
            if message.kind != "note"
            else (_("부서") if message.author.department_id == department else _("재단")),
            at=message.at,
            text=message.body,
            mine=message.author_id == user.pk,
        )
        for message in record.messages.all()
    ]


_TONES = {"request.decided": "success", "request.rejected": "danger", "request.returned": "warning"}


def timeline(record: Request) -> list[TimelineItem]:
    """What happened, the newest first."""
    items = [
        TimelineItem(
            at=event.at,
            title=event.label,
            actor=event.who,
            tone=_TONES.get(event.type, ""),
        )
        for event in selectors.history(record)
    ]
    return items[::-1]


def text_facts(record: Request) -> list[tuple[str, str, str]]:
    """(name, label, text) of the boxes that were filled, in the order of the form."""
    names = ("situation", "problem", "expected_effect", "data_held", "ask")
    return [
        (name, Request.label_of(name), getattr(record, name))
        for name in names
        if getattr(record, name)
    ]


def may(record: Request, user: Any) -> dict[str, bool]:
    """What this person may do, for templates."""
    return {
        "edit": permissions.may_edit(user, record),
        "discard": permissions.may_discard(user, record),
        "revise": permissions.may_revise(user, record),
        "assign": permissions.may_assign(user, record),
        "write": permissions.may_write(user, record),
        "desk": permissions.desk(user, record),
        "department": permissions.department(user, record),
    }


__all__ = ["FileItem", "find", "may", "next_step", "talk", "text_facts", "timeline"]
