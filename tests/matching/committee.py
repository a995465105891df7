"""A pool of indexed experts and a shortlisted request, for tests of committees and explanations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from consulting.models import Request
from experts.models import Expert
from matching.indexing import embed_request, index_experts
from matching.models import MatchRun
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory
from tests.factories.matching import CandidateFactory, RunFactory

SKILLS = {
    "T1-01": "상담 기록을 자연어처리로 분류하고 주제를 찾는 모델을 만들었습니다.",
    "D1-03": "민원 데이터의 유형과 처리 기간을 부서별로 분석했습니다.",
    "A6-01": "민원서비스 창구의 상담 절차를 고치고 안내문을 정리했습니다.",
    "T3-03": "수거 차량의 경로를 최적화하여 운행 거리를 줄였습니다.",
}
EMPLOYERS = ("한빛대학교", "가온연구원", "다온데이터", "라움대학교", "마루공사", "소담기술")
WANTED = ("T1-01", "D1-03", "A6-01")


def pool(number: int = 18, **facts: object) -> list[Expert]:
    """Indexed experts: each has one of the skills, an employer of six, every fifth from abroad."""
    skills = list(SKILLS)
    experts = [
        ExpertFactory(
            fields=[skills[n % 4]],
            keywords=[],
            headline="공공 문제를 자료로 풉니다.",
            bio=SKILLS[skills[n % 4]],
            affiliation=EMPLOYERS[n % 6],
            origin="overseas" if n % 5 == 0 else "domestic",
            **facts,
        )
        for n in range(number)
    ]
    for n, expert in enumerate(experts):
        ClaimFactory(
            expert=expert,
            project=True,
            verified=True,
            document=False,
            title=f"공공 과제 {n % 4}",
            text=SKILLS[skills[n % 4]],
        )
    index_experts([expert.pk for expert in experts])
    return experts


def shortlisted(experts: list[Expert], listed: int = 4, **facts: object) -> MatchRun:
    """A shortlisted request for civil complaints, embedded, with the first experts on its list."""
    request: Request = RequestFactory(
        shortlisted=True,
        title="민원 상담 기록의 자동 분류",
        situation="하루 민원 상담이 3천 건입니다.",
        problem="상담 기록을 사람이 나누어 유형별 통계가 늦습니다.",
        ask="텍스트마이닝으로 유형을 나누고 창구 절차를 고치는 방법을 자문해 주십시오.",
        keywords=[],
        **facts,
    )
    embed_request(request.pk)
    run = RunFactory(request=request)
    for place, expert in enumerate(experts[:listed], 1):
        CandidateFactory(run=run, expert=expert, rank=place, score=0.9 - place / 50)
    return run


@pytest.fixture(scope="module")
def written_once(django_db_setup: Any, django_db_blocker: Any) -> Iterator[int]:
    """The pool and its request, written once for a whole file and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield shortlisted(pool()).pk
        transaction.set_rollback(True)


@pytest.fixture
def run(written_once: int, db: None) -> MatchRun:
    """The shortlist, read anew for each test; what a test writes is taken back after it."""
    return MatchRun.objects.select_related("request", "requested_by").get(pk=written_once)


@pytest.fixture
def experts(run: MatchRun) -> list[Expert]:
    """The people of the pool, in the order in which they were made."""
    return list(Expert.objects.order_by("pk"))
