"""Eligibility from the database: each rule alone, waivers, the whole pool in few queries."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from consulting.models import Request
from experts.models import Expert
from matching import eligibility
from matching.eligibility.rows import month_start
from tests.factories.accounts import DepartmentFactory, OrganisationFactory, UserFactory
from tests.factories.consulting import RequestFactory, SelectionFactory
from tests.factories.experts import ClaimFactory, ExpertFactory, RelationFactory
from tests.factories.matching import ConflictFactory, WaiverFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_() -> Request:
    root = OrganisationFactory(name_ko="서울특별시", name_en="Seoul Metropolitan Government")
    department = DepartmentFactory(parent=root, name_ko="교통실")
    officer = UserFactory(officer=True, department=department)
    return RequestFactory(accepted=True, requester=officer)


def rules_of(expert: Expert, request: Request) -> list[str]:
    return [exclusion.rule for exclusion in eligibility.check(expert, request)]


def day(offset: int) -> date:
    return timezone.localdate() + timedelta(days=offset)


def test_an_ordinary_expert_is_eligible(request_: Request) -> None:
    assert eligibility.check(ExpertFactory(), request_) == []


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"draft": True}, "state"),
        ({"submitted": True}, "state"),
        ({"suspended": True}, "state"),
        ({"expires_on": date(2020, 1, 1)}, "state"),
        ({"unverified": True}, "claims"),
        ({"paused": True}, "availability"),
        ({"monthly_cap": 0}, "cap"),
        ({"affiliation": "서울시 교통실"}, "same_organisation"),
    ],
)
def test_rules_on_the_profile(request_: Request, facts: dict[str, Any], rule: str) -> None:
    expert = ExpertFactory(**facts)
    assert rules_of(expert, request_)[0] == rule
    assert expert.pk in eligibility.excluded(request_)


def test_a_pause_that_is_over_does_not_count(request_: Request) -> None:
    assert rules_of(ExpertFactory(paused=True, paused_until=day(-1)), request_) == []


def test_outdated_verification_tells_when_it_ended(request_: Request) -> None:
    expert = ExpertFactory(unverified=True)
    ClaimFactory(expert=expert, outdated=True)
    found = eligibility.check(expert, request_)
    assert found[0].wording == "claims.outdated" and found[0].facts["ended"] == day(-1)


def test_the_first_three_rules_agree_with_recommendable(request_: Request) -> None:
    for facts in ({}, {"draft": True}, {"unverified": True}, {"paused": True}, {"expired": True}):
        ExpertFactory(**facts)
    ClaimFactory(expert=ExpertFactory(unverified=True), outdated=True)
    free = {e.pk for e in Expert.objects.all()} - set(eligibility.excluded(request_))
    assert free == set(Expert.objects.recommendable().values_list("pk", flat=True))


def test_cap_counts_what_was_decided_this_month(request_: Request) -> None:
    expert = ExpertFactory(monthly_cap=2)
    SelectionFactory(expert=expert)
    SelectionFactory(expert=expert, role="alternate")
    SelectionFactory(expert=expert, decided_at=month_start(timezone.localdate()) - timedelta(1))
    assert rules_of(expert, request_) == []
    SelectionFactory(expert=expert)
    assert rules_of(expert, request_) == ["cap"]


def test_months_begin_at_midnight_in_seoul() -> None:
    start = month_start(date(2026, 11, 22))
    assert start == datetime(2026, 11, 1, tzinfo=ZoneInfo("Asia/Seoul"))
    assert start.astimezone(ZoneInfo("UTC")).day == 31


def test_an_earlier_employer_counts_for_two_years(request_: Request) -> None:
    expert = ExpertFactory()
    claim = ClaimFactory(expert=expert, career=True, title="서울특별시", ends_on=day(-400))
    found = eligibility.check(expert, request_)
    assert [e.rule for e in found] == ["employer"]
    assert found[0].source == f"claim:{claim.pk}" and "서울특별시" in found[0].sentence
    claim.ends_on = day(-800)
    claim.save()
    assert rules_of(expert, request_) == []


def test_a_statute_looks_back_longer(request_: Request) -> None:
    expert = ExpertFactory()
    ClaimFactory(expert=expert, career=True, title="서울특별시", ends_on=day(-800))
    request_.is_statutory = True
    assert rules_of(expert, request_) == ["employer"]


def test_a_rejected_line_is_no_employer(request_: Request) -> None:
    expert = ExpertFactory()
    ClaimFactory(expert=expert, career=True, rejected=True, title="서울특별시")
    assert rules_of(expert, request_) == []


def test_an_account_in_the_institution(request_: Request) -> None:
    colleague = DepartmentFactory(parent=request_.department.root)
    expert = ExpertFactory(user=UserFactory(expert=True, department=colleague))
    assert rules_of(expert, request_) == ["same_organisation"]


def test_who_asks_or_handles_is_never_recommended(request_: Request) -> None:
    handler = ExpertFactory(user=request_.manager)
    asker = ExpertFactory(user=request_.requester)
    assert rules_of(handler, request_) == ["self"]
    assert rules_of(asker, request_)[0] == "self"


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({"organisation_name": "서울특별시 교통실"}, True),
        ({"organisation_name": "서울특별시", "ends_on": date(2020, 1, 1)}, False),
        ({"organisation_name": "서울특별시", "starts_on": date(2090, 1, 1)}, False),
        ({"organisation_name": "다온기술"}, False),
    ],
)
def test_declared_relations(request_: Request, facts: dict[str, Any], holds: bool) -> None:
    expert = ExpertFactory()
    RelationFactory(expert=expert, **facts)
    assert rules_of(expert, request_) == (["relation"] if holds else [])


def test_a_relation_with_another_department_does_not_count(request_: Request) -> None:
    expert = ExpertFactory()
    other = DepartmentFactory(parent=request_.department.root)
    RelationFactory(expert=expert, organisation=other, organisation_name="서울특별시")
    assert rules_of(expert, request_) == []
    RelationFactory(expert=expert, organisation=request_.department.root, organisation_name="시")
    assert rules_of(expert, request_) == ["relation"]


def test_conflicts_that_staff_entered(request_: Request) -> None:
    here, everywhere, over, other = (ExpertFactory() for _ in range(4))
    ConflictFactory(expert=here, request=request_)
    ConflictFactory(expert=everywhere, organisation=request_.department.root)
    ConflictFactory(expert=over, request=request_, ends_on=day(-1))
    ConflictFactory(expert=other, request=RequestFactory(accepted=True))
    found = eligibility.excluded(request_)
    assert {here.pk, everywhere.pk} == set(found)
    assert "협약서" in found[here.pk][0].sentence


def test_teacher_and_student(request_: Request) -> None:
    student = ExpertFactory(user=request_.manager, name_ko="한제자")
    ClaimFactory(expert=student, education=True, details={"adviser": "박스승 교수"})
    teacher = ExpertFactory(name_ko="박스승")
    grandchild = ExpertFactory()
    ClaimFactory(expert=grandchild, education=True, details={"adviser": "한제자"})
    found = eligibility.excluded(request_)
    assert found[teacher.pk][0].wording == "adviser.student"
    assert found[grandchild.pk][0].wording == "adviser.teacher"


def test_only_an_approved_waiver_sets_a_rule_aside(request_: Request) -> None:
    expert = ExpertFactory(monthly_cap=0)
    waiver = WaiverFactory(request=request_, expert=expert, rule="cap")
    assert rules_of(expert, request_) == ["cap"]
    waiver.approved_by, waiver.approved_at = UserFactory(manager=True), timezone.now()
    waiver.save()
    assert rules_of(expert, request_) == []
    assert rules_of(expert, RequestFactory(accepted=True)) == ["cap"]


def test_a_waiver_for_a_rule_without_exceptions_has_no_effect(request_: Request) -> None:
    expert = ExpertFactory(paused=True)
    WaiverFactory(request=request_, expert=expert, rule="availability", approved=True)
    assert rules_of(expert, request_) == ["availability"]


def test_counts_add_up(request_: Request) -> None:
    ExpertFactory.create_batch(2)
    ExpertFactory(suspended=True, paused=True)
    ExpertFactory(paused=True)
    ExpertFactory(draft=True)
    pool, found = eligibility.pool_ids(), eligibility.excluded(request_)
    counted = eligibility.counts(found, pool)
    assert counted == {"state": 1, "availability": 1}
    assert len(pool) - sum(counted.values()) == 2


def test_queries_do_not_grow_with_the_pool(
    request_: Request, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        expert = ExpertFactory(affiliation="서울특별시")
        RelationFactory(expert=expert, organisation_name="서울특별시")
        ConflictFactory(expert=expert, request=request_)
    with django_assert_max_num_queries(16):
        assert len(eligibility.excluded(request_)) == 6
