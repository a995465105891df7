"""The pure rules: dates, names and sentences, without a database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.eligibility import rules
from matching.eligibility.names import OrganisationNames, plain_name, plain_person

TODAY = date(2026, 11, 22)
SEOUL, DISTRICT = 1, 2
ROWS = [
    (SEOUL, SEOUL, "서울특별시", "Seoul Metropolitan Government"),
    (11, SEOUL, "교통실", "Transport Office"),
    (12, SEOUL, "기획조정실", "Planning Office"),
    (DISTRICT, DISTRICT, "서울특별시 강남구청", "Gangnam District"),
    (21, DISTRICT, "기획조정실", "Planning Office"),
    (3, 3, "서울교통공사", "Seoul Metro"),
]


@pytest.mark.parametrize(
    ("employer", "inside"),
    [
        ("서울특별시", True),
        ("서울시", True),
        ("서울시 교통실", True),
        ("서울특별시교통실 교통정보과", True),
        ("교통실", True),
        ("Seoul Metropolitan Government", True),
        ("THE SEOUL METROPOLITAN GOVERNMENT", True),
        ("기획조정실", False),  # another institution has one of that name
        ("서울특별시 강남구청", False),
        ("서울시 강남구", False),
        ("서울교통공사", False),
        ("서울특별시립대학교", False),
        ("", False),
        ("…", False),
    ],
)
def test_employers_of_the_city(employer: str, inside: bool) -> None:
    assert OrganisationNames.build(SEOUL, ROWS).include(employer) is inside


@pytest.mark.parametrize("name", ["(주)다온기술", "㈜ 다온기술", "주식회사 다온기술", "다온 기술"])
def test_legal_forms_do_not_matter(name: str) -> None:
    assert plain_name(name) == "다온기술"


def test_titles_do_not_matter() -> None:
    assert plain_person("김 하늘 교수") == plain_person("김하늘") == "김하늘"
    assert plain_person("Prof. Ada Lovelace") == plain_person("Ada Lovelace")


@given(st.text(max_size=60))
def test_any_text_is_a_name(text: str) -> None:
    names = OrganisationNames.build(SEOUL, ROWS)
    assert isinstance(names.include(text), bool)
    assert plain_name(plain_name(text)) is not None


def test_cap_says_from_when() -> None:
    found = rules.cap_rule(3, 3, TODAY)
    assert found is not None
    assert found.sentence == "월 한도 3건을 모두 사용 중입니다 (2026. 12. 1.(화)부터 가능)."
    assert rules.cap_rule(3, 2, TODAY) is None
    assert rules.cap_rule(0, 0, TODAY).sentence == "월 한도를 0건으로 정해 두었습니다."  # type: ignore[union-attr]


def test_next_month_crosses_the_year() -> None:
    assert rules.next_month(date(2026, 12, 31)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("ends_on", "rule"),
    [
        (None, "same_organisation"),
        (TODAY, "same_organisation"),
        (date(2026, 11, 21), "employer"),
        (date(2024, 11, 23), "employer"),
        (date(2024, 11, 22), None),  # exactly two years ago: free again
    ],
)
def test_employment(ends_on: date | None, rule: str | None) -> None:
    found = rules.employment_rule(
        organisation="서울시",
        starts_on=None,
        ends_on=ends_on,
        source="claim:1",
        today=TODAY,
        years=2,
    )
    assert (found.rule if found else None) == rule
    if rule == "employer":
        assert found is not None and found.until is not None and found.source == "claim:1"


def test_leap_day() -> None:
    assert rules.years_after(date(2024, 2, 29), 2) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("until", "holds"), [(None, True), (TODAY, True), (date(2026, 11, 21), False)]
)
def test_pause(until: date | None, holds: bool) -> None:
    assert (rules.availability_rule("paused", until, TODAY) is not None) is holds
    assert rules.availability_rule("available", until, TODAY) is None


def test_conflict_rules_cannot_be_waived_in_a_statutory_review() -> None:
    for rule in rules.RULES.values():
        allowed = rule.may_be_waived(statutory=False)
        assert rule.may_be_waived(statutory=True) <= allowed
    assert not rules.RULES["state"].may_be_waived(statutory=False)
    assert rules.RULES["relation"].may_be_waived(statutory=False)
    assert not rules.RULES["relation"].may_be_waived(statutory=True)


def test_every_wording_belongs_to_a_rule() -> None:
    assert {wording.split(".")[0] for wording in rules.SENTENCES} == set(rules.RULES)
