"""What the event log keeps of rounds: one typed function per event."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from audit.registry import register
from audit.services import record
from consulting.events import EXPERT, _says
from consulting.rounds.groups import label_of

register("round.created", _says(_("%(who)s 회차 %(on)s을(를) 만듦")), _("회차 만듦"))
register("round.revised", _says(_("%(who)s 회차 %(on)s의 조건을 고침")), _("회차 고침"))
register(
    "round.request_added",
    _says(_("%(who)s 회차 %(on)s에 요청 %(ref)s을(를) 넣음 (%(seats)s자리)"), "ref", "seats"),
    _("회차에 요청 넣음"),
)
register(
    "round.request_removed",
    _says(_("%(who)s 회차 %(on)s에서 요청 %(ref)s을(를) 뺌"), "ref"),
    _("회차에서 요청 뺌"),
)
register(
    "round.seats_changed",
    _says(_("%(who)s 회차 %(on)s에서 요청 %(ref)s의 자리를 %(seats)s개로 바꿈"), "ref", "seats"),
    _("자리 수 바꿈"),
)
register(
    "round.limit_set",
    _says(
        _(
            "%(who)s 회차 %(on)s에서 %(expert)s 전문가의 한도를 %(capacity)s건으로 정함, "
            "사유: %(reason)s"
        ),
        "capacity",
        "reason",
        names=["expert"],
    ),
    _("개인 한도 정함"),
    ("reason",),
    {"expert": EXPERT},
)
register(
    "round.limit_removed",
    _says(_("%(who)s 회차 %(on)s에서 %(expert)s 전문가의 개인 한도를 지움"), names=["expert"]),
    _("개인 한도 지움"),
    (),
    {"expert": EXPERT},
)
register(
    "round.quota_set",
    _says(
        _("%(who)s 회차 %(on)s의 인원 조건을 정함: %(group)s, 최소 %(least)s, 최대 %(most)s"),
        "group",
        "least",
        "most",
    ),
    _("인원 조건 정함"),
)
register(
    "round.quota_removed",
    _says(_("%(who)s 회차 %(on)s의 인원 조건을 지움: %(group)s"), "group"),
    _("인원 조건 지움"),
)
register("round.opened", _says(_("%(who)s 회차 %(on)s을(를) 시작함")), _("회차 시작"))
register("round.allocating", _says(_("%(who)s 회차 %(on)s의 배정을 시작함")), _("배정 시작"))
register("round.reopened", _says(_("%(who)s 회차 %(on)s을(를) 다시 엶")), _("회차 다시 엶"))
register("round.closed", _says(_("%(who)s 회차 %(on)s을(를) 끝냄")), _("회차 종료"))


def _record(code: str, row: Any, by: Any, **data: Any) -> Event:
    return record(code, by=by, on=row, label=row.name, data=data)


def created(row: Any, by: Any) -> Event:
    """A round came into being."""
    return _record("round.created", row, by)


def revised(row: Any, by: Any, fields: list[str]) -> Event:
    """Name, period or conditions were changed."""
    return _record("round.revised", row, by, fields=fields)


def request_added(entry: Any, by: Any) -> Event:
    """A request joined the round."""
    facts = {"ref": entry.request.ref, "seats": entry.seats}
    return _record("round.request_added", entry.round, by, **facts)


def request_removed(entry: Any, by: Any) -> Event:
    """A request left the round."""
    return _record("round.request_removed", entry.round, by, ref=entry.request.ref)


def seats_changed(entry: Any, by: Any) -> Event:
    """Another number of seats."""
    facts = {"ref": entry.request.ref, "seats": entry.seats}
    return _record("round.seats_changed", entry.round, by, **facts)


def limit_set(limit: Any, by: Any) -> Event:
    """One expert takes another number of requests."""
    facts = {"expert": limit.expert_id, "capacity": limit.capacity, "reason": limit.reason}
    return _record("round.limit_set", limit.round, by, **facts)


def limit_removed(limit: Any, by: Any) -> Event:
    """One expert is counted like everybody else again."""
    return _record("round.limit_removed", limit.round, by, expert=limit.expert_id)


def quota_set(quota: Any, by: Any) -> Event:
    """So many of a group's people on one request or on each."""
    most = "–" if quota.most is None else quota.most
    facts = {"group": _group(quota), "least": quota.least, "most": most}
    return _record("round.quota_set", quota.round, by, **facts)


def quota_removed(quota: Any, by: Any) -> Event:
    """A group is counted like everybody else again."""
    return _record("round.quota_removed", quota.round, by, group=_group(quota))


def _group(quota: Any) -> str:
    """The group and the request, as the log keeps them: in the house's language."""
    with translation.override(settings.LANGUAGE_CODE):
        label = label_of(quota.by, quota.value)
    return f"{quota.entry.request.ref} {label}" if quota.entry else label


def moved(row: Any, by: Any, code: str) -> Event:
    """The round was opened, is being allocated, was opened again or closed."""
    return _record(code, row, by)
