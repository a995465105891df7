"""A run's eligibility: the same answers as rule by rule, nobody leaks through a stale index."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consulting.models import Request
from experts.models import Claim, Expert, Relation
from matching import eligibility
from matching.adapters import days_of, records_of
from matching.eligibility import facts, register, rows
from matching.eligibility.names import OrganisationNames, plain_name
from matching.eligibility.scope import Scope
from matching.engines import active_engine
from matching.indexing import index_experts
from matching.models import ExpertIndex
from matching.services import execution
from tests.factories.accounts import DepartmentFactory, OrganisationFactory, UserFactory
from tests.factories.consulting import RequestFactory, SelectionFactory
from tests.factories.experts import ClaimFactory, ExpertFactory, RelationFactory
from tests.factories.matching import ConflictFactory, RunFactory, WaiverFactory

pytestmark = pytest.mark.django_db


def day(offset: int) -> date:
    return timezone.localdate() + timedelta(days=offset)


def asked(state: str = "accepted") -> Request:
    root = OrganisationFactory(name_ko="서울특별시", name_en="Seoul Metropolitan Government")
    department = DepartmentFactory(parent=root, name_ko="교통실", name_en="Transport Office")
    OrganisationFactory(name_ko="서울특별시 강남구청", name_en="Gangnam District")
    OrganisationFactory(name_ko="서울특별시 교통실적관리원", name_en="")
    officer = UserFactory(officer=True, department=department)
    request: Request = RequestFactory(**{state: True}, requester=officer)
    return request


PROFILES: list[dict[str, Any]] = [
    {},
    {"suspended": True},
    {"expires_on": date(2020, 1, 1)},
    {"expires_on": "today"},
    {"unverified": True},
    {"paused": True},
    {"paused": True, "paused_until": "today"},
    {"paused": True, "paused_until": "yesterday"},
    {"monthly_cap": 0},
    {"monthly_cap": 1},
    {"submitted": True},
]
EMPLOYERS = [
    "서울시 교통실",
    "서울특별시",
    "서울시립대학교",
    "교통실",
    "서울특별시교통실 교통정보과",
    "서울시 교통실적관리원",
    "(주)다온기술",
    "Seoul Metropolitan Government Transport Office",
]
THINGS = ("conflict", "relation", "career", "selected", "account", "outdated", "waiver")


def populate(request: Request, seed: int, people: int = 8) -> list[Expert]:
    """A world of experts with rules that apply to some of them, the same for the same seed."""
    chance = random.Random(seed)
    days = {"today": day(0), "yesterday": day(-1)}
    made = []
    for _ in range(people):
        given = dict(chance.choice(PROFILES))
        for name in ("expires_on", "paused_until"):
            if given.get(name) in days:
                given[name] = days[given[name]]
        expert = ExpertFactory(affiliation=chance.choice([*EMPLOYERS[2:], "한빛대학교"]), **given)
        for thing in chance.sample(THINGS, chance.choice([0, 0, 1, 2])):
            add(thing, expert, request, chance)
        made.append(expert)
    return made


def add(thing: str, expert: Expert, request: Request, chance: random.Random) -> None:
    if thing == "conflict":
        ConflictFactory(expert=expert, request=request, ends_on=chance.choice([None, day(0)]))
    elif thing == "relation":
        RelationFactory(expert=expert, organisation_name=chance.choice(EMPLOYERS))
    elif thing == "career":
        ends = chance.choice([None, day(-400), day(-729), day(-731), day(-900)])
        ClaimFactory(expert=expert, career=True, title=chance.choice(EMPLOYERS), ends_on=ends)
    elif thing == "selected":
        SelectionFactory(expert=expert)
    elif thing == "account":
        expert.user.department = request.department
        expert.user.save()
    elif thing == "outdated":
        ClaimFactory(expert=expert, outdated=True)
    else:
        rule = chance.choice(["cap", "conflict", "employer", "state"])
        WaiverFactory(expert=expert, request=request, rule=rule, approved=True)


def passes(expert: Expert, screening: eligibility.Screening) -> bool:
    """Whether the index, were it up to date, would let the person through."""
    given = screening.filters()
    days = days_of(expert)
    enough = all(days[name] >= least for name, least in given.at_least.items())
    return expert.state == "approved" and enough and expert.pk not in given.without


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), statutory=st.booleans())
def test_a_run_sees_what_the_rules_say_one_by_one(seed: int, statutory: bool) -> None:
    with transaction.atomic():
        request = asked()
        request.is_statutory = statutory
        experts = populate(request, seed)
        excluded, pool = eligibility.excluded(request), eligibility.pool_ids()
        screening = eligibility.screen(request)
        counts = eligibility.counts(excluded, pool)
        assert screening.excluded == counts and screening.pool == len(pool)
        assert screening.eligible == len(pool) - sum(counts.values())
        free = {e.pk for e in experts} - set(excluded)
        assert {e.pk for e in experts if passes(e, screening)} | screening.waived == free
        assert screening.barred(e.pk for e in experts) == set(excluded)
        transaction.set_rollback(True)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_evidence_and_ids_come_from_the_same_rows(seed: int) -> None:
    with transaction.atomic():
        request = asked()
        ids = tuple(e.pk for e in populate(request, seed))
        scope = Scope(request, day(0), ids)
        evidence = {pk: {e.rule for e in found} for pk, found in facts.find(scope).items()}
        assert rows.barred(scope).rules == evidence
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    employer=st.builds(
        "".join,
        st.lists(st.sampled_from(["서울시", "서울특별시 ", "교통실", "적관리원", "강남구", "구청",
                                  "(주)", " ", "과", "Seoul Metropolitan Government ", "a"]),
                 min_size=1, max_size=5)))  # fmt: skip
def test_an_index_lookup_finds_the_same_names_as_the_comparison(employer: str) -> None:
    with transaction.atomic():
        scope = Scope(asked(), day(0))
        relation = RelationFactory(organisation_name=employer)
        found = Relation.objects.filter(rows.naming(Relation, scope.names))
        assert found.filter(pk=relation.pk).exists() is scope.names.include(employer)
        transaction.set_rollback(True)


def test_names_of_nobody_match_nothing() -> None:
    RelationFactory(organisation_name="…")
    names = OrganisationNames.build(1, [])
    assert not Relation.objects.filter(rows.naming(Relation, names)).exists()


def test_keys_are_written_with_every_save() -> None:
    claim = ClaimFactory(expert=ExpertFactory(), career=True, title="㈜ 다온기술")
    assert Claim.objects.get(pk=claim.pk).link_key == plain_name("다온기술")
    claim.title = "서울특별시 교통실"
    claim.save()
    assert Claim.objects.get(pk=claim.pk).link_key == "서울시교통실"
    twin = Claim(
        expert=claim.expert, kind="education", title="한빛대", details={"adviser": "박스승 교수"}
    )
    Claim.objects.bulk_create([twin])
    assert Claim.objects.get(pk=twin.pk).link_key == "박스승"
    assert ClaimFactory(expert=claim.expert, paper=True).link_key == ""


def test_an_index_without_the_days_lets_nobody_through() -> None:
    screening = eligibility.screen(asked())
    assert all(least > 0 for least in screening.filters().at_least.values())


def test_a_large_register_is_counted_once_a_minute(settings: Any) -> None:
    settings.ELIGIBILITY_COUNT_EXACT = 0
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    request = asked()
    ExpertFactory.create_batch(2)
    first = eligibility.screen(request)
    ExpertFactory(paused=True)
    again = eligibility.screen(request)
    assert (again.pool, again.counted_at) == (first.pool, first.counted_at) == (2, first.counted_at)
    assert not register.refresh()  # not old yet
    settings.ELIGIBILITY_COUNT_SECONDS = 0
    assert register.refresh()


@pytest.mark.encoder
def test_nobody_leaks_through_an_index_that_lags() -> None:
    """Whatever happens after indexing, a list holds only people who are eligible by the rows."""
    request = asked("matching")
    run = RunFactory(queued=True, request=request)
    experts = [ExpertFactory() for _ in range(14)]
    index_experts(e.pk for e in experts)
    spoil = [
        lambda e: Expert.objects.filter(pk=e.pk).update(state="suspended"),
        lambda e: Expert.objects.filter(pk=e.pk).update(availability="paused"),
        lambda e: Claim.objects.filter(expert=e).update(verification="declared"),
        lambda e: Expert.objects.filter(pk=e.pk).update(expires_on=day(-1)),
        lambda e: ConflictFactory(expert=e, request=request),
        lambda e: ClaimFactory(expert=e, career=True, title="서울시 교통실"),
    ]
    for expert, change in zip(experts, spoil, strict=False):
        change(expert)
    run.parameters = {"limit": 5}
    run.save()
    execution.execute(run.pk)
    run.refresh_from_db()
    listed = set(run.candidates.values_list("expert_id", flat=True))
    assert listed and not listed & set(eligibility.excluded(request))
    assert len(listed) == 5  # the list is full all the same
    assert [c.rank for c in run.candidates.order_by("rank")] == [1, 2, 3, 4, 5]


@pytest.mark.encoder
def test_somebody_with_a_waiver_is_listed_again() -> None:
    request = asked("matching")
    run = RunFactory(queued=True, request=request, parameters={"limit": 5})
    idle, other = ExpertFactory(monthly_cap=0), ExpertFactory(monthly_cap=0)
    WaiverFactory(request=request, expert=idle, rule="cap", approved=True)
    index_experts([idle.pk, other.pk])
    execution.execute(run.pk)
    run.refresh_from_db()
    assert list(run.candidates.values_list("expert_id", flat=True)) == [idle.pk]
    assert (run.pool_size, run.eligible_size, run.exclusions) == (2, 1, {"cap": 1})


@pytest.mark.encoder
def test_the_days_in_the_index_are_those_of_the_rows() -> None:
    experts = populate(asked(), 7, people=6)
    index_experts(e.pk for e in experts)
    stored = dict(ExpertIndex.objects.values_list("expert_id", "numbers"))
    for record in records_of(e.pk for e in experts):
        assert stored[record.key] == record.numbers
    screening = eligibility.screen(asked())
    assert active_engine().count(screening.filters()) <= len(experts)


def test_queries_stay_the_same_for_any_pool(django_assert_num_queries: Any) -> None:
    request = asked()
    populate(request, 3)
    with django_assert_num_queries(4) as few:
        eligibility.screen(request)
    populate(request, 4)
    populate(request, 5)
    with django_assert_num_queries(len(few.captured_queries)):
        eligibility.screen(request)
