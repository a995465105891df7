"""How many people each rule about the expert alone keeps off any list.

Counting reads the whole register. A large one is counted once a minute, by the sweep, and a run
uses the last count together with the moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from common.kept import keep, kept
from experts.models import Expert
from matching.conf import setting
from matching.eligibility import rows

STATES = (Expert.State.APPROVED, Expert.State.SUSPENDED, Expert.State.EXPIRED)
KEY = "matching.register"


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
    found = people().order_by().annotate(rule=rows.first_alone(day)).values_list("rule")
    register = Register(day, at, dict(found.annotate(n=Count("pk"))))
    if register.size > setting("ELIGIBILITY_COUNT_EXACT"):
        keep(KEY, register, setting("ELIGIBILITY_COUNT_SECONDS") * 2)
    return register


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
    found = people().filter(pk__in=ids).order_by().annotate(rule=rows.first_alone(day))
    return dict(found.values_list("pk", "rule")) if ids else {}
