"""Runs, candidates, conflicts and waivers for tests.

RunFactory()                         done, for a shortlisted request; traits: queued, running,
                                     failed, cancelled, empty
CandidateFactory(run=run)            traits: chosen, alternate, declined, added
shortlist_of(3)                      a shortlisted request with a run and three candidates
ConflictFactory(request=…)           or organisation=…
WaiverFactory(rule="cap")            waiting; trait approved, refused
"""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from matching.models import Conflict, MatchCandidate, MatchRun, Waiver
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory

_now = factory.LazyFunction(timezone.now)
EVIDENCE = {
    "kind": "project",
    "title": "소방차 진입 곤란 구간 분석",
    "text": "소방차 진입 곤란 구간을 격자 단위로 산정했습니다.",
    "year": 2023,
    "verification": "verified",
    "verified_on": "2026-03-02",
    "source_ref": "claim:1",
    "language": "ko",
}
TAG = {
    "code": "T1-01",
    "label_ko": "자연어처리",
    "label_en": "Natural language processing",
    "wanted": "T1-01",
    "wanted_ko": "자연어처리",
    "wanted_en": "Natural language processing",
    "relation": "exact",
    "weight": 1.0,
}


class RunFactory(DjangoModelFactory):
    """A finished run of a shortlisted request."""

    class Meta:
        model = MatchRun

    class Params:
        queued = factory.Trait(
            state="queued",
            request=factory.SubFactory(RequestFactory, matching=True),
            enqueued_at=_now,
            started_at=None,
            finished_at=None,
        )
        running = factory.Trait(
            state="running",
            request=factory.SubFactory(RequestFactory, matching=True),
            attempts=1,
            heartbeat_at=_now,
            finished_at=None,
            step="retrieve",
            progress=40,
        )
        failed = factory.Trait(
            state="failed",
            request=factory.SubFactory(RequestFactory, accepted=True),
            error="unexpected",
        )
        cancelled = factory.Trait(
            state="cancelled", request=factory.SubFactory(RequestFactory, accepted=True)
        )
        empty = factory.Trait(
            state="empty", request=factory.SubFactory(RequestFactory, accepted=True), error="nobody"
        )

    request = factory.SubFactory(RequestFactory, shortlisted=True)
    state = "done"
    requested_by = factory.SubFactory(UserFactory, manager=True)
    request_version = factory.SelfAttribute("request.version")
    parameters = factory.LazyFunction(lambda: {"limit": 20})
    versions = factory.LazyFunction(lambda: {"scoring": {"version": "1"}, "engine": "postgres"})
    timings = factory.LazyFunction(lambda: {"encode": 20.0, "total": 120.0})
    pool_size = 10
    eligible_size = 8
    exclusions = factory.LazyFunction(lambda: {"state": 1, "cap": 1})
    started_at = _now
    finished_at = _now


class CandidateFactory(DjangoModelFactory):
    """A recommended person with evidence and a matched tag."""

    class Meta:
        model = MatchCandidate

    class Params:
        chosen = factory.Trait(
            mark="chosen",
            mark_reason="비슷한 일을 해 보았습니다.",
            marked_by=factory.SelfAttribute("run.requested_by"),
            marked_at=_now,
        )
        alternate = factory.Trait(
            mark="alternate",
            mark_reason="일정이 맞으면 함께합니다.",
            marked_by=factory.SelfAttribute("run.requested_by"),
            marked_at=_now,
        )
        declined = factory.Trait(
            mark="declined",
            mark_reason="분야가 다릅니다.",
            marked_by=factory.SelfAttribute("run.requested_by"),
            marked_at=_now,
        )
        added = factory.Trait(
            origin="added",
            rank=None,
            added_by=factory.SelfAttribute("run.requested_by"),
            added_reason="부서가 부탁했습니다.",
        )

    run = factory.SubFactory(RunFactory)
    expert = factory.SubFactory(ExpertFactory)
    rank = factory.LazyAttribute(lambda o: o.run.candidates.count() + 1)
    score = 0.82
    contributions = factory.LazyFunction(
        lambda: {"base": 0.13, "dense": 0.4, "lexical": 0.2, "tags": 0.09}
    )
    explanation = factory.LazyFunction(
        lambda: {"signals": {"dense": 2.0}, "tags": [TAG], "evidence": EVIDENCE, "fused": 2.4}
    )
    expert_version = factory.SelfAttribute("expert.version")


class ConflictFactory(DjangoModelFactory):
    """A conflict with one request, entered by staff."""

    class Meta:
        model = Conflict

    expert = factory.SubFactory(ExpertFactory)
    reason = "공동 연구를 하고 있습니다."
    evidence = "2025년 공동 연구 협약서"
    entered_by = factory.SubFactory(UserFactory, manager=True)


class WaiverFactory(DjangoModelFactory):
    """A waiver that waits for an answer."""

    class Meta:
        model = Waiver

    class Params:
        approved = factory.Trait(
            approved_by=factory.SubFactory(UserFactory, manager=True), approved_at=_now
        )
        refused = factory.Trait(
            refused_by=factory.SubFactory(UserFactory, manager=True),
            refused_at=_now,
            answer="다른 전문가가 있습니다.",
        )

    request = factory.SubFactory(RequestFactory, shortlisted=True)
    expert = factory.SubFactory(ExpertFactory)
    rule = "cap"
    reason = "이 분야의 유일한 전문가입니다."
    asked_by = factory.SubFactory(UserFactory, manager=True)


def shortlist_of(number: int = 3, **facts: Any) -> MatchRun:
    """A finished run with ``number`` candidates, ranks from 1."""
    run = RunFactory(**facts)
    for place in range(1, number + 1):
        CandidateFactory(run=run, rank=place, score=0.9 - place / 20)
    return run
