"""The main job in a browser: a request is filed, matched by a real worker, decided, on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from audit.models import Event
from consulting.models import Request
from demo.composer import Composer
from demo.people import load_places
from demo.reading import RESOURCES
from experts.models import Claim, Expert
from experts.services import bulk_load
from matching.embedding import import_file
from matching.indexing import index_experts
from matching.models import MatchRun
from tests.factories.accounts import UserFactory

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.worker,
    pytest.mark.encoder,
    pytest.mark.django_db(transaction=True),
]
SITUATION = "파업 예고가 나오면 상담 전화가 평소의 세 배로 늘고 대기 시간이 20분을 넘습니다."
PROBLEM = "어느 시간대에 어떤 문의가 몰릴지 몰라 인력을 미리 배치하지 못합니다."
ASK = "상담 기록과 교통카드 자료로 문의량을 시간대별로 예측하는 방법을 자문해 주십시오."
REASON = "비슷한 예측을 공공 자료로 해 보신 분입니다."


@pytest.fixture
def pool() -> None:
    """Ninety of the demo experts, indexed; their vectors are brought along."""
    for path in sorted(RESOURCES.glob("embeddings-*.npz")):
        import_file(path)
    _, records = Composer(date(2026, 11, 22)).compose()
    load_places()
    reviewer = UserFactory(reviewer=True)
    index_experts([expert.pk for expert in bulk_load(records[:90], reviewer, "demo")])


def file_request(page: Any) -> Request:
    """The officer's part: kind, text, terms, check, submit."""
    page.goto(reverse("consulting:start"))
    page.get_by_role("button", name="데이터 분석 쓰기").click()
    page.get_by_label("제목").fill("대중교통 파업 때 시민 불편 예측")
    page.get_by_label("현황").fill(SITUATION)
    page.get_by_label("문제").fill(PROBLEM)
    page.get_by_label("요청사항").fill(ASK)
    page.get_by_role("button", name="저장하고 다음").last.click()
    page.get_by_role("button", name="저장하고 다음").last.click()
    page.get_by_role("button", name="다음: 확인").click()
    page.get_by_role("button", name="요청 제출").click()
    page.get_by_text(re.compile(r"\d\d-\d{4}")).first.wait_for()
    return Request.objects.get()


def accept_and_search(page: Any, request: Request, shot: Callable[..., Any]) -> MatchRun:
    """The case manager's first part: accept, find experts, watch, open the list."""
    page.goto(request.get_absolute_url())
    page.get_by_role("button", name="요청 접수").click()
    page.get_by_role("button", name="전문가 찾기").click()
    shot(page, "job-progress")
    page.get_by_role("heading", name="추천 결과").wait_for(timeout=90_000)
    return MatchRun.objects.get()


def check_explanation(page: Any, run: MatchRun) -> None:
    """Every card: parts that add up, and a sentence that stands in the person's own record."""
    assert page.get_by_text("AI 추천").count()
    assert f"{run.pool_size}명 중 {run.eligible_size}명 적격" in page.content()
    for row in run.candidates.select_related("expert"):
        assert row.score == pytest.approx(sum(row.contributions.values()), abs=1e-9)
        quote = row.explanation["evidence"]["text"]
        assert stands_in_record(row.expert, quote)
        assert page.get_by_text(quote[:40]).count(), quote


def stands_in_record(expert: Expert, quote: str) -> bool:
    lines = Claim.objects.filter(expert=expert).values_list("title", "text")
    texts = [expert.bio, expert.headline, *(text for line in lines for text in line)]
    return any(quote in text for text in texts)


def choose_first(page: Any, run: MatchRun) -> Expert:
    """The case manager's second part: a choice, a refusal, reasons, the decision."""
    first, second = (row.expert for row in run.candidates.order_by("rank")[:2])
    page.get_by_role("link", name=re.compile(f"^선정 ?: {first.name}")).click()
    page.locator("textarea").fill(REASON)
    page.get_by_role("button", name="표시").click()
    page.get_by_role("link", name=re.compile(f"^제외 사유 ?: {second.name}")).click()
    page.locator("textarea").fill("같은 시기에 다른 과제를 맡고 계십니다.")
    page.get_by_role("button", name="표시").click()
    page.get_by_role("link", name="1명 선정하기").click()
    page.get_by_role("button", name="1명 선정 확정").click()
    page.wait_for_url(re.compile(r"/requests/"))
    return first


def test_from_a_request_to_a_decision_on_record(
    open_page: Callable[..., Any], as_user: Any, axe: Any, shot: Any, pool: None, workers: Any
) -> None:
    workers.start()
    officer, manager = UserFactory(officer=True), UserFactory(manager=True)
    desk, department, audit = open_page(), open_page(), open_page()
    as_user(department, officer)
    as_user(desk, manager)
    as_user(audit, UserFactory(auditor=True))

    request = file_request(department)
    run = accept_and_search(desk, request, shot)
    assert (run.state, run.candidates.count()) == ("done", run.parameters["limit"])
    axe(desk)
    shot(desk, "job-shortlist")
    check_explanation(desk, run)
    expert = choose_first(desk, run)
    shot(desk, "job-decided")

    request.refresh_from_db()
    chosen = request.selections.get()
    assert (request.state, chosen.expert, chosen.decided_by) == ("decided", expert, manager)
    assert (chosen.rank_shown, REASON in chosen.reason) == (1, True)
    department.goto(request.get_absolute_url())
    assert "선정 완료" in department.content()
    shot(department, "job-department")

    audit.goto(reverse("audit:events"))
    shot(audit, "job-events")
    told = audit.content()
    assert request.number in told and manager.name in told
    happened = set(Event.objects.values_list("type", flat=True))
    steps = ["submitted", "accepted", "shortlisted", "decided"]
    assert not [s for s in steps if not any(s in kind for kind in happened)], happened
