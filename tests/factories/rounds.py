"""Rounds and their plans for tests.

RoundFactory(entries=3)        an open round with three accepted requests; traits: draft, closed
computed(round, people(4))     a finished computation with both plans, without ranking
plan_of(run), names(plan)      one of its plans, and who has the seats of each request
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from consulting.models import Round, RoundRequest
from experts.models import Expert
from matching.models import AllocationPlan, AllocationRun, AllocationScores
from matching.results import ScoredExpert
from matching.services import allocation_work
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory


class RoundFactory(DjangoModelFactory):
    """An open round of three months; ``entries`` requests with two seats each."""

    class Meta:
        model = Round
        skip_postgeneration_save = True

    class Params:
        draft = factory.Trait(state="draft")
        closed = factory.Trait(state="closed")

    name = factory.Sequence(lambda n: f"2026년 정기 수요조사 {n}")
    starts_on = factory.LazyFunction(timezone.localdate)
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=80))
    state = "open"
    created_by = factory.SubFactory(UserFactory, manager=True)

    @factory.post_generation
    def entries(self: Any, create: bool, extracted: Any, **facts: Any) -> None:
        for _ in range(extracted or 0):
            request = RequestFactory(accepted=True)
            RoundRequest.objects.create(round=self, request=request, seats=facts.get("seats", 2))


def people(count: int, **facts: Any) -> list[Expert]:
    """Approved experts, each with a verified affiliation at an institution of his own."""
    found = [ExpertFactory(**facts) for _ in range(count)]
    for expert in found:
        expert.claims.filter(kind="affiliation").update(title=f"제{expert.pk}연구소")
    return found


def scored(expert: Expert, rank: int, score: float) -> dict[str, Any]:
    parts = {"base": 0.1, "dense": score - 0.1, "lexical": 0.0, "tags": 0.0}
    return ScoredExpert(expert.pk, rank, score, score * 3, parts, {"dense": 1.0}).as_json()


def computed(row: Round, experts: list[Expert], **facts: Any) -> AllocationRun:
    """A finished computation in which every expert is ranked for every request.

    The first request is the easiest: the n-th expert scores a little less everywhere.
    """
    source: AllocationRun = AllocationRun.objects.create(
        round=row,
        number=1,
        state="done",
        requested_by=row.created_by,
        round_version=row.version,
        parameters={"candidates": 60},
    )
    for place, entry in enumerate(row.entries.select_related("request")):
        AllocationScores.objects.create(
            run=source,
            request=entry.request,
            seats=entry.seats,
            request_version=entry.request.version,
            ranking=[
                scored(expert, n, round(0.95 - 0.1 * place - 0.05 * n, 3))
                for n, expert in enumerate(experts, 1)
            ],
        )
    run = AllocationRun.objects.create(
        round=row,
        number=2,
        scores_of=source,
        requested_by=row.created_by,
        round_version=row.version,
        parameters={"candidates": 60},
        **facts,
    )
    allocation_work.execute(run.pk)
    run.refresh_from_db()
    return run


def plan_of(run: AllocationRun, objective: str = "total") -> AllocationPlan:
    """One plan of a computation that is done."""
    assert run.state == "done", run.error
    plan: AllocationPlan = run.plans.get(objective=objective)
    return plan


def names(plan: AllocationPlan) -> dict[int, set[int]]:
    """Request → the experts who have its seats."""
    found: dict[int, set[int]] = {}
    for seat in plan.people.filter(role="assigned"):
        found.setdefault(seat.request_id, set()).add(seat.expert_id)
    return found
