"""How many people each rule about the expert alone keeps off any list.

Counting reads the whole register. A large one is counted once a minute, by the sweep, and a run
uses the last count together with the moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from common.kept import keep, kept
from experts.models import Expert
from matching.conf import setting
from matching.eligibility import rows

STATES = (Expert.State.APPROVED, Expert.State.SUSPENDED, Expert.State.EXPIRED)
KEY = "matching.register"
_IDS = object()


@dataclass(frozen=True)
class Register:
    """People per first rule about them alone (``""``: none), on a day, counted at a moment."""

    day: date
    at: datetime
    counts: dict[str, int]

    @property
    def size(self) -> int:
        """Everybody on the register."""
        return sum(self.counts.values())

    @property
    def age(self) -> timedelta:
        return timezone.now() - self.at


def people() -> QuerySet[Expert]:
    """Everybody on the register: approved at some time and not withdrawn."""
    return Expert.objects.filter(state__in=STATES)


def count(day: date) -> Register:
    """One statement over the whole register; a large result is kept."""
    at = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(*_counting(day))
        register = Register(day, at, dict(cursor.fetchall()))
    if register.size > setting("ELIGIBILITY_COUNT_EXACT"):
        keep(KEY, register, setting("ELIGIBILITY_COUNT_SECONDS") * 2)
    return register


# Statements are built once a day: that takes longer than asking them about 1,000 people.
@lru_cache(maxsize=2)
def _counting(day: date) -> tuple[str, tuple[Any, ...]]:
    found = people().order_by().annotate(rule=rows.first_alone(day)).values_list("rule")
    sql, values = found.annotate(n=Count("pk")).query.sql_with_params()
    return sql, tuple(values)


@lru_cache(maxsize=2)
def _telling(day: date) -> tuple[str, tuple[Any, ...]]:
    """``_IDS`` among the values stands for the people asked about."""
    asked = RawSQL("SELECT unnest(%s::bigint[])", [_IDS])
    found = people().filter(pk__in=asked).order_by().annotate(rule=rows.first_alone(day))
    sql, values = found.values_list("pk", "rule").query.sql_with_params()
    return sql, tuple(values)


def current(day: date) -> Register:
    """The kept count of the day, else a new one."""
    last: Register | None = kept(KEY)
    return last if last is not None and last.day == day else count(day)


def refresh() -> bool:
    """Count again if a kept count is getting old; returns whether it was."""
    last: Register | None = kept(KEY)
    if last is None or last.age < timedelta(seconds=setting("ELIGIBILITY_COUNT_SECONDS")):
        return False
    count(timezone.localdate())
    return True


def alone(day: date, ids: Collection[int]) -> dict[int, str]:
    """First rule about the expert alone, for those of these people who are on the register."""
    if not ids:
        return {}
    sql, values = _telling(day)
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(ids) if value is _IDS else value for value in values])
        return dict(cursor.fetchall())
