"""Numbers of people per group in the plans of a round."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import Conflict
from consulting.rounds import quotas
from consulting.rounds import services as rounds
from experts.models import ExpertPool
from matching.selectors.allocation import board
from matching.services import allocation, allocation_work
from matching.services import allocation_applying as applying
from tests.factories.rounds import RoundFactory, computed, names, people, plan_of

pytestmark = pytest.mark.django_db


def test_minimums_and_maximums_are_kept_by_both_plans() -> None:
    row = RoundFactory(entries=2, entries__seats=2)
    experts = people(5)
    for expert in experts[3:]:
        expert.origin = "overseas"
        expert.save()
    quotas.set_quota(row.pk, row.created_by, by="origin", value="overseas", least=1, most=1)
    run = computed(row, experts)
    overseas = {expert.pk for expert in experts[3:]}
    for objective in ("total", "fair"):
        plan = plan_of(run, objective)
        assert all(len(found & overseas) == 1 for found in names(plan).values())
        assert not plan.is_partial and board(plan).filled == 4


def test_a_condition_of_one_request_takes_the_place_of_that_of_each() -> None:
    row = RoundFactory(entries=2, entries__seats=1)
    experts = people(4)
    for expert in experts[2:]:
        expert.origin = "overseas"
        expert.save()
    facts = {"by": "origin", "value": "overseas"}
    quotas.set_quota(row.pk, row.created_by, **facts, least=1)
    entry = row.entries.last()
    quotas.set_quota(row.pk, row.created_by, **facts, most=0, entry_id=entry.pk)
    found = names(plan_of(computed(row, experts)))
    overseas = {expert.pk for expert in experts[2:]}
    assert found.pop(entry.request_id) & overseas == set()
    assert all(people_ & overseas for people_ in found.values())


def pool(expert: Any) -> tuple[str, str]:
    found = ExpertPool.objects.create(code="bridge-test", name_ko="가교 풀", name_en="Bridge")
    expert.pools.add(found)
    return "pool", "bridge-test"


def institution(expert: Any) -> tuple[str, str]:
    expert.claims.filter(kind="affiliation").update(title="주식회사 한빛")
    return "institution", "(주)한빛"


def declared_sector(expert: Any) -> tuple[str, str]:
    kind = {"organisation_kind": "university"}
    expert.claims.filter(kind="affiliation").update(title="한빛", details=kind)
    return "sector", "academia"


def named_sector(expert: Any) -> tuple[str, str]:
    expert.claims.filter(kind="affiliation").update(title="주식회사 한빛", details={})
    return "sector", "industry"


@pytest.mark.parametrize("make", [pool, institution, declared_sector, named_sector])
def test_groups_are_found(make: Any) -> None:
    row = RoundFactory(entries=1, entries__seats=1)
    experts = people(3)
    for expert in experts:
        expert.claims.filter(kind="affiliation").update(details={"organisation_kind": "public"})
    by, value = make(experts[2])
    quotas.set_quota(row.pk, row.created_by, by=by, value=value, least=1)
    assert list(names(plan_of(computed(row, experts))).values()) == [{experts[2].pk}]


def test_a_minimum_that_cannot_be_met_makes_a_partial_plan_with_the_way_out() -> None:
    row = RoundFactory(entries=2, entries__seats=1, capacity=1)
    experts = people(3)
    experts[2].origin = "overseas"
    experts[2].save()
    quotas.set_quota(row.pk, row.created_by, by="origin", value="overseas", least=1)
    plan = plan_of(computed(row, experts))
    shown = board(plan)
    assert plan.is_partial and shown.filled == 2 and shown.open == 1
    (text,) = [text for line in shown.lines for text in line.open]
    assert "‘해외 전문가’ 최소 1명 가운데 1명이 모자랍니다" in text
    assert f"{experts[2].name} 님의 한도를 1건 올리면" in text and "0명으로 낮추면" in text
    with pytest.raises(Conflict, match="최소 인원"):
        applying.apply_plan(plan.pk, row.created_by, "배정 회의에서 정했습니다.")
    rounds.set_limit(row.pk, experts[2].pk, 2, "더 맡기로 했습니다.", row.created_by)
    again = allocation.start_allocation(row.pk, row.created_by, again=plan.run.pk)
    allocation_work.execute(again.pk)
    again.refresh_from_db()
    assert not plan_of(again).is_partial  # what was named did help


def test_one_institution_has_so_many_seats_in_the_whole_round() -> None:
    row = RoundFactory(entries=3, entries__seats=1, per_institution_round=2)
    experts = people(4)
    for expert in experts[:3]:
        expert.claims.filter(kind="affiliation").update(title="한빛연구소")
    plan = plan_of(computed(row, experts))
    used = [pk for found in names(plan).values() for pk in found]
    assert len([pk for pk in used if pk in {e.pk for e in experts[:3]}]) == 2 and len(used) == 3
