"""Minimums and maximums for groups of experts on the requests of a round."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from common.errors import MissingFacts
from common.text import clean_line
from consulting.rounds import events
from consulting.rounds.groups import is_known
from consulting.rounds.models import RoundQuota
from consulting.rounds.services import MOST_SEATS, locked


def set_quota(
    round_id: int,
    user: Any,
    *,
    by: str,
    value: str,
    least: int = 0,
    most: int | None = None,
    entry_id: int | None = None,
) -> RoundQuota:
    """Ask for a number of a group's people on one request, or on each (no ``entry_id``).

    A second one for the same group and request takes the place of the first.
    """
    value = clean_line(value)[:160]
    _check(by, value, least, most)
    with locked(round_id, user) as row:
        if entry_id is not None and not row.entries.filter(pk=entry_id).exists():
            raise MissingFacts(
                {"entry": _("이 회차에 없는 요청입니다. 화면을 새로 고쳐 주십시오.")}
            )
        quota, _new = RoundQuota.objects.update_or_create(
            round=row,
            entry_id=entry_id,
            by=by,
            value=value,
            defaults={"least": least, "most": most},
        )
        events.quota_set(quota, user)
    return quota


def _check(by: str, value: str, least: int, most: int | None) -> None:
    problems = {}
    if not value or not is_known(by, value):
        problems["value"] = _("알 수 없는 묶음입니다.")
    for name, number in (("least", least), ("most", most)):
        if number is not None and not 0 <= number <= MOST_SEATS:
            text = _("0에서 %(most)s 사이의 수를 적어 주십시오.")
            problems[name] = text % {"most": MOST_SEATS}
    if least == 0 and most is None:
        problems["least"] = _("최소 인원이나 최대 인원을 적어 주십시오.")
    if not problems and most is not None and least > most:
        problems["most"] = _("최대 인원은 최소 인원보다 적을 수 없습니다.")
    if problems:
        raise MissingFacts(problems)


def remove_quota(round_id: int, quota_id: int, user: Any) -> None:
    """The group's people are counted like everybody else again."""
    with locked(round_id, user) as row:
        quota = row.quotas.get(pk=quota_id)
        events.quota_removed(quota, user)
        quota.delete()
