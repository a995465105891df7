"""How many people each rule about the expert alone keeps off any list.

Counting reads the whole register. A large one is counted once a minute, by the sweep, and a run
uses the last count together with the moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.utils import timezone

from experts.models import Expert
from matching.conf import setting
from matching.eligibility import rows

log = structlog.get_logger(__name__)

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
        with _costs_only_time():
            cache.set(KEY, register, setting("ELIGIBILITY_COUNT_SECONDS") * 2)
    return register


def _kept() -> Register | None:
    with _costs_only_time():
        kept: Register | None = cache.get(KEY)
        return kept
    return None


@contextmanager
def _costs_only_time() -> Iterator[None]:
    """Without a cache the register is counted every time."""
    try:
        yield
    except Exception as error:
        log.warning("register.no_cache", error=type(error).__name__)


def current(day: date) -> Register:
    """The kept count of the day, else a new one."""
    kept = _kept()
    return kept if kept is not None and kept.day == day else count(day)


def refresh() -> bool:
    """Count again if a kept count is getting old; returns whether it was."""
    kept = _kept()
    if kept is None or kept.age < timedelta(seconds=setting("ELIGIBILITY_COUNT_SECONDS")):
        return False
    count(timezone.localdate())
    return True


def alone(day: date, ids: Collection[int]) -> dict[int, str]:
    """First rule about the expert alone, for those of these people who are on the register."""
    found = people().filter(pk__in=ids).order_by().annotate(rule=rows.first_alone(day))
    return dict(found.values_list("pk", "rule")) if ids else {}
