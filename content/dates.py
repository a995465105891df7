"""Dates, periods and distances in time as people read them; pure functions, no database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

KOREAN_DAYS = "월화수목금토일"
ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def is_english() -> bool:
    """True when the page being written is in English."""
    return (get_language() or "ko").startswith("en")


def local(value: date | datetime) -> date | datetime:
    """The value in the site's time zone; plain dates and naive datetimes stay as they are."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


def korean_date(value: date | datetime | None) -> str:
    """``2026. 11. 22.(일)``; in English ``22 November 2026 (Sun)``; empty for None."""
    if not isinstance(value, date):
        return ""
    day = local(value)
    if is_english():
        month = ENGLISH_MONTHS[day.month - 1]
        return f"{day.day} {month} {day.year} ({ENGLISH_DAYS[day.weekday()]})"
    return f"{day.year}. {day.month}. {day.day}.({KOREAN_DAYS[day.weekday()]})"


def short_date(value: date | datetime | None) -> str:
    """Without the day of the week, for marks: ``2026. 3. 2.``; in English ``2 March 2026``."""
    if not isinstance(value, date):
        return ""
    day = local(value)
    if is_english():
        return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}. {day.month}. {day.day}."


def korean_datetime(value: datetime | None) -> str:
    """The date with hours and minutes: ``2026. 11. 22.(일) 14:05``."""
    if not isinstance(value, datetime):
        return korean_date(value)
    return f"{korean_date(value)} {local(value):%H:%M}"


def month(value: date | None) -> str:
    """``2026. 3.`` or ``March 2026``."""
    if value is None:
        return ""
    if is_english():
        return f"{ENGLISH_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}. {value.month}."


def period(start: date | None, end: date | None) -> str:
    """``2024. 3. ~ 2025. 2.``; an open end gives ``2024. 3. ~ 현재``."""
    if start is None and end is None:
        return ""
    last = month(end) if end else _("현재")
    return f"{month(start)} ~ {last}".strip()


def _distance(seconds: float) -> str:
    """The size of a distance in the largest fitting unit, without direction."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days >= 365:
        return ngettext("%(n)d년", "%(n)d년", days // 365) % {"n": days // 365}
    if days >= 60:
        return ngettext("%(n)d개월", "%(n)d개월", days // 30) % {"n": days // 30}
    if days >= 1:
        return ngettext("%(n)d일", "%(n)d일", days) % {"n": days}
    if hours >= 1:
        return ngettext("%(n)d시간", "%(n)d시간", hours) % {"n": hours}
    return ngettext("%(n)d분", "%(n)d분", minutes) % {"n": minutes}


def _relative_day(value: date, today: date) -> str:
    days = (value - today).days
    if days in (-1, 0, 1):
        return {-1: _("어제"), 0: _("오늘"), 1: _("내일")}[days]
    size = _distance(abs(days) * 86400)
    return _("%(size)s 뒤") % {"size": size} if days > 0 else _("%(size)s 전") % {"size": size}


def relative(value: date | datetime | None, now: datetime | None = None) -> str:
    """How far away a moment is: ``3일 전``, ``2시간 뒤``, ``방금``; dates say 오늘, 어제, 내일."""
    if not isinstance(value, date):
        return ""
    now = now or timezone.now()
    if not isinstance(value, datetime):
        return _relative_day(value, timezone.localdate(now))
    if timezone.is_naive(value):
        value = timezone.make_aware(value)
    gap: timedelta = value - now
    seconds = gap.total_seconds()
    if abs(seconds) < 60:
        return _("방금") if seconds <= 0 else _("곧")
    size = _distance(abs(seconds))
    return _("%(size)s 뒤") % {"size": size} if seconds > 0 else _("%(size)s 전") % {"size": size}
