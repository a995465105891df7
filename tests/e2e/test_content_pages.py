"""The site's own pages and the page kit in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from content.models import Announcement
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PATHS = ["/", "/news/", "/about-ai/", "/privacy/", "/help/", "/status/"]


@pytest.fixture
def kit(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.content.kit_urls"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_public_pages_are_accessible_and_fit(
    prefix: str, page: Any, phone: Any, axe: Any, fits: Any, settings: Any
) -> None:
    settings.DEMO = True
    Announcement.objects.create(title_ko="시험 소식", body_ko="내용")
    for path in PATHS:
        for screen in (page, phone):
            screen.goto(prefix + path)
            axe(screen)
            fits(screen)


def test_every_fragment_is_accessible_and_fits(
    kit: None, page: Any, phone: Any, axe: Any, fits: Any
) -> None:
    for screen in (page, phone):
        screen.goto("/kit/")
        axe(screen)
        fits(screen)


def test_narrow_and_enlarged_pages_need_no_sideways_scrolling(
    kit: None, open_page: Any, fits: Any
) -> None:
    narrow = open_page(320, 600)  # 1280 px at 400 %
    for path in ["/kit/", *PATHS]:
        narrow.goto(path)
        fits(narrow)


def test_korean_is_set_in_the_vendored_font(page: Any) -> None:
    page.goto("/")
    page.wait_for_function("document.fonts.status === 'loaded'")
    loaded = page.evaluate(
        "[...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert any("Pretendard GOV" in family for family in loaded)


def test_menu_works_with_the_keyboard_on_a_phone(phone: Any) -> None:
    phone.goto("/help/")
    menu, button = phone.locator("#site-menu"), phone.locator("[data-menu-button]")
    assert not menu.is_visible()
    button.focus()
    phone.keyboard.press("Enter")
    assert menu.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    phone.keyboard.press("Escape")
    assert not menu.is_visible()
    assert button.evaluate("element => element === document.activeElement")


def test_menu_is_there_without_scripts(open_page: Any) -> None:
    plain = open_page(360, scripts=False)
    plain.goto("/help/")
    assert plain.locator("#site-menu a").first.is_visible()


def test_skip_link_is_first_and_leads_to_the_content(page: Any) -> None:
    page.goto("/help/")
    page.keyboard.press("Tab")
    link = page.locator("#krds-skip-link a")
    assert link.evaluate("element => element === document.activeElement")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "container"


def test_language_switch_keeps_the_page(page: Any) -> None:
    page.goto("/help/?from=mail")
    page.locator(".b-languages a").click()
    assert page.url.endswith("/en/help/?from=mail")
    assert page.locator("html").get_attribute("lang") == "en"


def test_errors_are_on_top_and_lead_to_the_field(kit: None, page: Any, axe: Any) -> None:
    page.goto("/kit/")
    page.locator("#id_problem").fill("쓰던 글")
    page.get_by_role("button", name="보내기").click()
    summary = page.locator("form#f [data-error-summary]").first
    assert summary.evaluate("element => element === document.activeElement")
    assert page.locator("#id_problem").input_value() == "쓰던 글"
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.id") == "id_title"
    axe(page)


def test_second_click_does_not_send_again(kit: None, page: Any) -> None:
    page.goto("/kit/")
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
    # Both clicks happen before the answer can arrive.
    page.evaluate(
        """() => {
            const button = document.querySelector("#f button[type=submit]");
            button.click();
            button.click();
        }"""
    )
    page.wait_for_load_state()
    page.locator("form#f [data-error-summary]").first.wait_for()
    assert len(sent) == 1


def test_typed_text_comes_back_after_leaving(kit: None, page: Any) -> None:
    page.goto("/kit/")
    page.locator("#id_problem").fill("아직 보내지 않은 글")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/help/")
    page.goto("/kit/")
    assert page.locator("#id_problem").input_value() == "아직 보내지 않은 글"
    notice = page.locator(".b-draft-notice")
    notice.get_by_role("button").click()
    assert page.locator("#id_problem").input_value() == ""
    page.goto("/kit/")
    assert page.locator(".b-draft-notice").count() == 0


def test_sent_text_is_forgotten(kit: None, page: Any) -> None:
    page.goto("/kit/")
    page.locator("#id_title").fill("제목")
    page.locator("#id_kind").select_option("a")
    page.get_by_text("기획", exact=True).click()
    page.locator("label[for=id_agree]").click()
    page.get_by_role("button", name="보내기").click()
    page.wait_for_url("**/kit/done/")
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_text_survives_a_refused_form(kit: None, page: Any, trouble: Any) -> None:
    trouble.expected.append("403")
    page.goto("/kit/")
    page.locator("#id_title").fill("보내다 막힌 글")
    page.context.clear_cookies()
    page.get_by_role("button", name="보내기").click()
    page.get_by_role("heading", level=1).filter(has_text="멈췄습니다").wait_for()
    page.get_by_role("link", name="이전 화면으로").click()
    assert page.locator("#id_title").input_value() == "보내다 막힌 글"


def test_rows_can_be_added(kit: None, page: Any) -> None:
    page.goto("/kit/")
    page.get_by_role("button", name="항목 추가").click()
    assert page.locator("#id_row-1-school").is_visible()
    assert page.locator("#id_row-TOTAL_FORMS").input_value() == "2"


def test_marks_differ_on_paper(kit: None, page: Any) -> None:
    page.goto("/kit/")
    page.emulate_media(media="print")
    styles = [
        page.locator(f".b-mark-{kind}").first.evaluate(
            "e => getComputedStyle(e).borderTopStyle + getComputedStyle(e).borderTopWidth"
        )
        for kind in ("verified", "self", "rejected")
    ]
    assert len(set(styles)) == 3
    assert not page.locator(".b-header").is_visible()


def test_the_end_of_a_session_is_announced_and_can_be_put_off(
    page: Any, axe: Any, as_user: Any, settings: Any
) -> None:
    user = UserFactory(manager=True)
    as_user(page, user)
    settings.SESSION_COOKIE_AGE = 240
    page.goto("/help/")
    dialog = page.get_by_role("alertdialog")
    extend = dialog.get_by_role("button", name="시간 늘리기")
    assert extend.evaluate("element => element === document.activeElement")
    assert "4분" in dialog.inner_text()
    axe(page)
    settings.SESSION_COOKIE_AGE = 8 * 60 * 60
    extend.click()
    dialog.wait_for(state="detached")


def test_account_menu_closes_with_escape_and_gives_the_focus_back(page: Any, as_user: Any) -> None:
    as_user(page, UserFactory(officer=True))
    page.goto("/help/")
    summary = page.locator("details.b-drop summary")
    summary.click()
    assert page.get_by_role("button", name="로그아웃").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="로그아웃").is_visible()
    assert summary.evaluate("element => element === document.activeElement")
