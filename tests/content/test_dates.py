"""Dates as Korean offices write them, and as English pages write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from content import dates

DAY = date(2026, 11, 22)
MOMENT = datetime(2026, 11, 22, 5, 5, tzinfo=UTC)  # 14:05 in Seoul


def test_dates_in_korean() -> None:
    assert dates.korean_date(DAY) == "2026. 11. 22.(일)"
    assert dates.korean_datetime(MOMENT) == "2026. 11. 22.(일) 14:05"
    assert dates.short_date(date(2026, 3, 2)) == "2026. 3. 2."


def test_dates_in_english() -> None:
    with translation.override("en"):
        assert dates.korean_date(DAY) == "22 November 2026 (Sun)"
        assert dates.korean_datetime(MOMENT) == "22 November 2026 (Sun) 14:05"
        assert dates.month(DAY) == "November 2026"


def test_the_day_is_the_day_in_seoul() -> None:
    assert dates.korean_date(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)) == "2026. 11. 22.(일)"


@pytest.mark.parametrize("nothing", [None, "", 3])
def test_nothing_gives_an_empty_text(nothing: object) -> None:
    assert dates.korean_date(nothing) == ""  # type: ignore[arg-type]
    assert dates.relative(nothing) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2024, 3, 1), date(2025, 2, 1), "2024. 3. ~ 2025. 2."),
        (date(2024, 3, 1), None, "2024. 3. ~ 현재"),
        (None, date(2025, 2, 1), "~ 2025. 2."),
        (None, None, ""),
    ],
)
def test_periods(start: date | None, end: date | None, expected: str) -> None:
    assert dates.period(start, end) == expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (timedelta(seconds=-5), "방금"),
        (timedelta(seconds=30), "곧"),
        (timedelta(minutes=-3), "3분 전"),
        (timedelta(hours=2), "2시간 뒤"),
        (timedelta(days=-3), "3일 전"),
        (timedelta(days=-75), "2개월 전"),
        (timedelta(days=800), "2년 뒤"),
    ],
)
def test_relative_times(gap: timedelta, expected: str) -> None:
    assert dates.relative(MOMENT + gap, MOMENT) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(-1, "어제"), (0, "오늘"), (1, "내일"), (5, "5일 뒤"), (-5, "5일 전")]
)
def test_relative_days(days: int, expected: str) -> None:
    assert dates.relative(DAY + timedelta(days=days), MOMENT) == expected
