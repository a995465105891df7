"""Filing and handling a request in a real browser, wide and narrow, with and without scripts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consulting.models import Request
from experts.models import TaxonomyNode
from tests.factories.accounts import UserFactory
from tests.factories.consulting import MessageFactory, RequestFactory, kind, scene

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
ADD = re.compile("더하기.*시계열예측")
SITUATION = "파업이 알려지면 120 상담 전화가 하루 만 건을 넘습니다."


def url(name: str, *args: object) -> str:
    return reverse(f"consulting:{name}", args=args)


def several(manager) -> None:
    """Requests in all columns of the desk, one late, one's own."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for state in ("submitted", "returned", "accepted", "matching", "shortlisted", "decided"):
        RequestFactory(**{state: True})
    RequestFactory(accepted=True, title="화재취약지역 보이는 소화기 설치", next_due=yesterday)
    RequestFactory(shortlisted=True, title="영유아 보육행정 AI 업무매뉴얼", manager=manager)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_an_officer_files_a_request(scripts, open_page, as_user, axe, shot, trouble) -> None:
    trouble.expected.append("status of 400")  # the step with a budget that is no number
    officer = UserFactory(officer=True)
    page = open_page(1280, scripts=scripts)
    as_user(page, officer)
    page.goto(url("start"))
    if scripts:
        axe(page)
        shot(page, "requests-start")
    page.get_by_role("button", name="데이터 분석 쓰기").click()
    page.get_by_label("제목").fill("대중교통 파업 때 시민 불편 예측")
    page.get_by_label("현황").fill(SITUATION)
    page.get_by_label("문제").fill("상담 기록 텍스트를 사람이 읽어 LLM 없이 분류합니다.")
    page.get_by_label("요청사항").fill("시계열예측으로 문의량을 미리 알고 싶습니다.")
    if scripts:
        page.get_by_role("button", name=ADD).wait_for()
        axe(page)
        shot(page, "requests-edit")
    page.get_by_role("button", name="저장하고 다음").last.click()
    page.get_by_role("button", name=ADD).click()
    page.get_by_label("예산").fill("많이")
    page.get_by_role("button", name="저장하고 다음").last.click()
    assert page.get_by_label("예산").input_value() == "많이"
    if scripts:
        axe(page)
        shot(page, "requests-terms-error")
    page.get_by_label("예산").fill("15,000,000")
    page.get_by_role("button", name="저장하고 다음").last.click()
    page.get_by_role("button", name="다음: 확인").click()
    if scripts:
        axe(page)
        shot(page, "requests-check")
    page.get_by_role("button", name="요청 제출").click()
    made = Request.objects.get()
    assert made.state == "submitted" and made.number in page.content()
    assert [row.node.label_ko for row in made.fields.all()] == ["시계열예측"]
    if scripts:
        axe(page)
        shot(page, "requests-receipt")


def test_a_crash_while_writing_loses_nothing(page, as_user) -> None:
    officer = UserFactory(officer=True)
    draft = RequestFactory(requester=officer, blank=True, kind=kind("poc"))
    as_user(page, officer)
    page.goto(url("edit", draft.ref, "text"))
    page.get_by_label("현황").fill(SITUATION)
    page.get_by_text("방금 저장됨").wait_for()
    draft.refresh_from_db()
    assert draft.situation == SITUATION
    page.get_by_label("문제").fill("저장되기 전에 닫힌 글")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="내 글 쓰기").click()
    assert page.get_by_label("문제").input_value() == "저장되기 전에 닫힌 글"


@pytest.mark.parametrize("width", [1280, 360])
def test_pages_in_both_sizes(width, open_page, as_user, axe, shot) -> None:
    nodes = list(TaxonomyNode.objects.filter(code__in=["T3-01", "D1-03", "A2-01"]))
    people = scene(returned=True, nodes=nodes, keywords=["교통카드", "상담 기록"])
    MessageFactory(request=people.request, author=people.officer, kind="note")
    several(people.manager)
    RequestFactory(requester=people.officer, title="쓰다 만 요청")
    RequestFactory(requester=people.officer, decided=True)
    new = RequestFactory(submitted=True, nodes=nodes)
    visits = [
        (people.officer, url("start"), "start"),
        (people.officer, url("my_requests"), "mine"),
        (people.officer, url("request", people.request.ref), "returned"),
        (people.officer, url("move", people.request.ref, "withdraw"), "withdraw"),
        (people.manager, url("desk"), "desk"),
        (people.manager, url("my_requests"), "list"),
        (people.manager, url("request", new.ref), "staff"),
        (people.manager, url("move", new.ref, "return_with_question"), "return"),
        (people.manager, url("revise", new.ref), "revise"),
        (people.auditor, url("request", new.ref), "auditor"),
        (None, url("answered"), "answered"),
    ]
    for person, address, name in visits:
        page = open_page(width)
        if person is not None:
            as_user(page, person)
        page.goto(address)
        axe(page)
        shot(page, f"requests-{name}-{width}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"
