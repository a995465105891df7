"""Until when the one who has the ball should act; pure functions on days."""

from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone

from consulting import conf


def add_working_days(start: date, days: int, holidays: Collection[str] = ()) -> date:
    """The day ``days`` working days after ``start``; weekends and ISO ``holidays`` don't count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day.isoformat() not in holidays:
            days -= 1
    return day


def due_in_state(state: str, since: date | None = None) -> date | None:
    """The next date of a request that came into ``state`` on ``since``; none once it is over."""
    days = conf.due_days().get(state)
    if days is None:
        return None
    return add_working_days(since or timezone.localdate(), days, conf.holidays())
