"""Why, committee and draw in a browser: 1280 and 360 px, axe, from the list to a certificate."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from matching import services
from matching.models import Lot, MatchRun, Panel
from matching.services.panels import Asked
from tests.factories.accounts import UserFactory
from tests.matching.committee import pool, shortlisted

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.encoder,
    pytest.mark.django_db(transaction=True),
]
REASON = "세 축을 고르게 갖춘 구성이어서 채택합니다."


@pytest.fixture
def run() -> MatchRun:
    return shortlisted(pool())


def checked(page: Any, axe: Any, fits: Any, shot: Any, name: str) -> None:
    axe(page)
    fits(page)
    shot(page, name)


def propose(page: Any, run: MatchRun) -> Panel:
    """The form: three seats, one of them from abroad."""
    page.goto(reverse("matching:shortlist", args=[run.request.ref]))
    page.get_by_role("link", name="위원 구성").click()
    page.get_by_label(re.compile("^위원 수")).fill("3")
    page.get_by_label(re.compile("해외 전문가 최소 인원")).fill("1")
    page.get_by_role("button", name="구성안 만들기").click()
    page.get_by_role("heading", name=re.compile("구성안 .*위원 3명")).wait_for()
    return Panel.objects.get()


def test_a_committee_from_the_list_to_the_marks(
    page: Any, phone: Any, as_user: Callable[..., None], axe: Any, fits: Any, shot: Any,
    run: MatchRun,
) -> None:  # fmt: skip
    manager = UserFactory(manager=True)
    as_user(page, manager)
    as_user(phone, manager)
    panel = propose(page, run)
    assert page.get_by_text("이 사람이 더하는 것").count() == 3
    assert page.get_by_text("AI 추천").count()
    checked(page, axe, fits, shot, "committee")
    phone.goto(reverse("matching:committee", args=[run.request.ref]))
    checked(phone, axe, fits, shot, "committee-360")

    page.get_by_role("link", name="이 구성안 채택").click()
    page.get_by_label(re.compile("채택 사유")).fill(REASON)
    axe(page)
    page.get_by_role("button", name="구성안 채택").click()
    page.wait_for_url(re.compile("#named"))
    panel.refresh_from_db()
    assert (panel.state, panel.adopted_by) == ("adopted", manager)
    assert run.candidates.filter(mark="chosen").count() == 3
    shot(page, "committee-adopted")


def test_terms_that_contradict_each_other_are_told_at_the_form(
    page: Any, as_user: Callable[..., None], axe: Any, trouble: Any, run: MatchRun
) -> None:
    trouble.expected.append("status of 400")
    as_user(page, UserFactory(manager=True))
    page.goto(reverse("matching:committee", args=[run.request.ref]))
    name = run.candidates.get(rank=1).expert.name
    for box in page.get_by_text(name, exact=True).all():
        box.click()
    page.get_by_role("button", name="구성안 만들기").click()
    page.get_by_text("함께 들어 있습니다").first.wait_for()
    axe(page)
    assert not Panel.objects.exists()


def test_a_draw_from_the_list_to_the_public_certificate(
    page: Any, phone: Any, open_page: Any, as_user: Callable[..., None], axe: Any, fits: Any,
    shot: Any, run: MatchRun,
) -> None:  # fmt: skip
    as_user(page, UserFactory(manager=True))
    page.goto(reverse("matching:lots", args=[run.request.ref]))
    page.get_by_label(re.compile("^자리")).fill("2")
    page.get_by_label(re.compile("추첨으로 정하는 사유")).fill("후보가 모두 알맞습니다.")
    axe(page)
    page.get_by_role("button", name="명부 만들기").click()
    page.get_by_role("heading", name="명부", exact=True).wait_for()
    page.get_by_role("link", name="명부 봉인").click()
    page.get_by_role("button", name="명부 봉인").click()
    page.get_by_role("link", name="추첨하기").click()
    page.get_by_label(re.compile("현장에서 정한 값")).fill("주사위 4 1 6")
    page.get_by_role("button", name="추첨하기").click()
    page.get_by_role("heading", name="결과와 명부").wait_for()
    checked(page, axe, fits, shot, "lot")
    page.get_by_role("link", name="사퇴 기록").first.click()
    page.get_by_label(re.compile("사유")).fill("일정이 겹칩니다.")
    page.get_by_role("button", name="사퇴 기록").click()
    page.get_by_text("물러남").first.wait_for()

    lot = Lot.objects.get()
    phone.goto(reverse("matching:lot_check"))
    phone.get_by_label(re.compile("확인 번호")).fill(lot.code.lower())
    phone.get_by_role("button", name="확인하기").click()
    phone.get_by_text(lot.code).first.wait_for()
    phone.locator("summary").filter(has_text="다시 계산하는 프로그램").click()
    checked(phone, axe, fits, shot, "certificate-360")
    names = [entry.expert.name for entry in lot.entries.select_related("expert")]
    assert not [name for name in names if name in phone.content()]
    wide = open_page(1280)
    wide.goto(reverse("matching:certificate", args=[lot.code]))
    checked(wide, axe, fits, shot, "certificate")


def test_why_somebody_is_there_and_why_somebody_is_not(
    page: Any, phone: Any, as_user: Callable[..., None], axe: Any, fits: Any, shot: Any,
    run: MatchRun,
) -> None:  # fmt: skip
    manager = UserFactory(manager=True)
    as_user(page, manager)
    as_user(phone, manager)
    row = run.candidates.get(rank=2)
    address = reverse("matching:why", args=[run.request.ref, row.expert.public_id])
    both = reverse("matching:compare", args=[run.request.ref]) + _both(run)
    for each, name in ((page, "why"), (phone, "why-360")):
        each.goto(address)
        assert each.get_by_role("heading", name="신호마다의 근거").count()
        assert row.expert.bio in each.content()
        checked(each, axe, fits, shot, name)
    for each, name in ((page, "compare-needs"), (phone, "compare-360")):
        each.goto(both)
        assert each.get_by_role("link", name=row.expert.name).first.is_visible()
        checked(each, axe, fits, shot, name)
    page.goto(reverse("matching:why_not", args=[run.request.ref]) + "?name=이전문")
    checked(page, axe, fits, shot, "why-not-names")


def _both(run: MatchRun) -> str:
    ids = [row.expert.public_id for row in run.candidates.order_by("rank")[:2]]
    return "?" + "&".join(f"c={pk}" for pk in ids)


def test_a_phone_shows_the_first_things_and_folds_the_rest(
    phone: Any, page: Any, as_user: Callable[..., None], axe: Any, fits: Any, shot: Any,
    run: MatchRun,
) -> None:  # fmt: skip
    manager = UserFactory(manager=True)
    as_user(phone, manager)
    as_user(page, manager)
    row = run.candidates.get(rank=1)
    address = reverse("matching:shortlist", args=[run.request.ref])
    for each in (phone, page):
        each.goto(address)
    card, wide = (each.locator(f"#c-{row.pk}") for each in (phone, page))
    assert card.bounding_box()["height"] < 260
    for told in (row.expert.name, "적합도"):
        assert card.get_by_text(told).first.is_visible()
    assert card.get_by_role("link", name=re.compile("^선정")).is_visible()
    hidden = card.get_by_text("이번 달")
    assert not hidden.is_visible() and wide.get_by_text("이번 달").is_visible()
    assert not wide.locator("summary").is_visible()
    checked(phone, axe, fits, shot, "shortlist-360")
    card.locator("summary").focus()
    phone.keyboard.press("Enter")
    assert hidden.is_visible()
    axe(phone)
    fits(phone)
    checked(page, axe, fits, shot, "shortlist")


def test_folded_parts_open_by_keyboard_without_scripts(
    open_page: Any, as_user: Callable[..., None], run: MatchRun
) -> None:
    plain = open_page(360, 740, scripts=False)
    as_user(plain, UserFactory(manager=True))
    row = run.candidates.get(rank=1)
    plain.goto(reverse("matching:why", args=[run.request.ref, row.expert.public_id]))
    heading = plain.get_by_role("heading", name="적합도를 이루는 값")
    table = plain.get_by_role("table", name=re.compile("적합도를 이루는 값"))
    assert heading.is_visible() and not table.is_visible()
    plain.locator("summary").filter(has_text="적합도를 이루는 값").press("Enter")
    assert table.is_visible()


def test_a_committee_of_five_keeps_the_needs_in_sight(
    open_page: Any, phone: Any, as_user: Callable[..., None], axe: Any, fits: Any, shot: Any,
    run: MatchRun,
) -> None:  # fmt: skip
    services.propose_panel(run.request_id, run.requested_by, Asked(6, 0))
    as_user(phone, run.requested_by)
    phone.goto(reverse("matching:committee", args=[run.request.ref]))
    checked(phone, axe, fits, shot, "committee-matrix-360")
    narrow = open_page(800)
    as_user(narrow, run.requested_by)
    narrow.goto(reverse("matching:committee", args=[run.request.ref]))
    checked(narrow, axe, fits, shot, "committee-matrix")
    region = narrow.get_by_role("region", name="필요한 전문성과 사람")
    first = region.locator("tbody th").first
    before = first.bounding_box()["x"]
    region.evaluate("box => { box.style.width = '320px'; box.scrollLeft = 200 }")
    assert region.evaluate("box => box.scrollLeft") > 0
    assert first.bounding_box()["x"] == before


def test_a_suggested_field_is_taken_up_on_the_request_page(
    page: Any, as_user: Callable[..., None], axe: Any, fits: Any, shot: Any, run: MatchRun
) -> None:
    as_user(page, UserFactory(manager=True))
    page.goto(run.request.get_absolute_url())
    checked(page, axe, fits, shot, "request-needs")
    page.get_by_role("button", name=re.compile("^받아들이기")).first.click()
    page.get_by_text("분야를 더했습니다").first.wait_for()
    assert run.request.desk_fields.get().state == "accepted"
