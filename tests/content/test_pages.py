"""The site's own pages, error pages and what stands on every page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import timezone

from common.errors import Conflict, MissingFacts
from content import figures, sessions
from content.middleware import FriendlyErrorsMiddleware
from content.models import Announcement
from content.pages import errors
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

PATHS = ["/", "/news/", "/about-ai/", "/privacy/", "/help/", "/status/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("prefix", "language"), [("", "ko"), ("/en", "en")])
def test_pages_in_both_languages(client: Client, path: str, prefix: str, language: str) -> None:
    answer = client.get(prefix + path)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", html)
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []


def test_written_pages_are_really_english(client: Client) -> None:
    for path in ("/about-ai/", "/privacy/", "/help/"):
        article = client.get("/en" + path).content.decode().split('<article class="b-prose">')[1]
        assert not re.search(r"[가-힣]", article.split("</article>")[0].replace("서울AI재단", ""))


def test_the_demo_banner_stands_on_every_page(client: Client, settings: Any) -> None:
    settings.DEMO = True
    for path in [*PATHS, "/nothing/"]:
        assert "모든 인물과 기관 담당자는 지어낸 것입니다" in client.get(path).content.decode()
    settings.DEMO = False
    assert "지어낸" not in client.get("/").content.decode()


def test_help_is_at_the_same_place_on_every_page(client: Client) -> None:
    for path in PATHS:
        footer = client.get(path).content.decode().split('class="b-footer"')[1]
        assert footer.index("/help/") < footer.index("/privacy/") < footer.index("/about-ai/")


def test_the_official_banner_is_off_unless_entitled(client: Client, settings: Any) -> None:
    assert "공식 전자정부 누리집" not in client.get("/").content.decode()
    settings.GOVERNMENT_MASTHEAD = True
    assert "공식 전자정부 누리집" in client.get("/").content.decode()


def test_front_page_figures_open_their_lists(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "_figures", {})
    figures.register(figures.Figure("x", "등록 전문가", lambda: 1234, "content:news", unit="명"))
    html = client.get("/").content.decode()
    assert re.search(r'<a href="/news/">\s*<strong class="b-num">1,234</strong>', html)


def test_waiting_work_is_shown_to_its_role_only(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "_work", {})
    work = figures.Work("w", "답할 질문", lambda user: 3, "/help/", frozenset({"manager"}))
    figures.register_work(work)
    assert "답할 질문" not in client.get("/").content.decode()
    client.force_login(UserFactory(manager=True), "django.contrib.auth.backends.ModelBackend")
    assert "답할 질문" in client.get("/").content.decode()


def test_notices_appear_when_their_day_has_come(client: Client) -> None:
    now = Announcement.objects.create(title_ko="지금 소식", body_ko="내용")
    later = Announcement.objects.create(
        title_ko="나중 소식", body_ko="내용", published_at=timezone.now() + timedelta(days=1)
    )
    html = client.get("/news/").content.decode()
    assert "지금 소식" in html and "나중 소식" not in html
    assert client.get(f"/news/{now.pk}/").status_code == 200
    assert client.get(f"/news/{later.pk}/").status_code == 404


def test_an_english_page_falls_back_to_korean_and_says_so(client: Client) -> None:
    notice = Announcement.objects.create(title_ko="한글만", body_ko="내용")
    assert '<span lang="ko">한글만</span>' in client.get(f"/en/news/{notice.pk}/").content.decode()


def test_front_page_queries_do_not_grow(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        Announcement.objects.create(title_ko=f"소식 {number}", body_ko="내용")
    client.get("/")
    with django_assert_max_num_queries(20):
        client.get("/")


def test_robots_and_sitemap(client: Client) -> None:
    assert "Sitemap: http://testserver/sitemap.xml" in client.get("/robots.txt").content.decode()
    assert "<loc>http://testserver/en/help/</loc>" in client.get("/sitemap.xml").content.decode()


def test_session_is_extended_on_request(client: Client, settings: Any) -> None:
    assert client.get("/session/extend/").status_code == 401
    client.force_login(UserFactory(), "django.contrib.auth.backends.ModelBackend")
    answer = client.get("/session/extend/")
    assert answer.json()["seconds"] == settings.SESSION_COOKIE_AGE


def test_a_session_in_use_lives_on(client: Client, settings: Any) -> None:
    user = UserFactory()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[sessions.KEY] = 1
    session.save()
    client.get("/help/")
    assert client.session[sessions.KEY] > 1


def test_seconds_left_count_down(rf: RequestFactory, settings: Any) -> None:
    request = rf.get("/")
    request.user = UserFactory()
    request.session = {sessions.KEY: 1000}  # type: ignore[assignment]
    assert sessions.seconds_left(request, 1010) == settings.SESSION_COOKIE_AGE - 10
    assert sessions.seconds_left(request, 10**9) == 0


def test_unknown_addresses_give_a_helpful_404(client: Client) -> None:
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404 and "첫 화면으로" in answer.content.decode()
    english = client.get("/en/nothing/")
    assert english.status_code == 404 and '<html lang="en">' in english.content.decode()


def test_unknown_api_addresses_give_problem_details(client: Client) -> None:
    answer = client.get("/api/v1/nothing/")
    assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"


def test_a_refused_form_says_that_the_text_was_kept() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/admin/login/", {"a": "b"}, HTTP_REFERER="http://testserver/help/?a=1")
    html = answer.content.decode()
    assert answer.status_code == 403 and "쓰던 글은 이 브라우저에 남아 있습니다" in html
    assert 'href="/help/?a=1"' in html and "data-keep-drafts" in html


@pytest.mark.parametrize(
    "referrer", ["", "http://evil.example/x", "javascript:alert(1)", "//evil.example/", "http://["]
)
def test_the_way_back_stays_on_this_site(rf: RequestFactory, referrer: str) -> None:
    assert errors.way_back(rf.get("/", HTTP_REFERER=referrer)) == ""


def test_the_500_page_needs_nothing(rf: RequestFactory) -> None:
    answer = errors.server_error(rf.get("/"))
    assert answer.status_code == 500 and "Something went wrong" in answer.content.decode()
    assert errors.server_error(rf.get("/api/v1/x/"))["Content-Type"] == errors.PROBLEM
    assert errors.bad_request(rf.get("/")).status_code == 400


def friendly(client: Client, error: Exception) -> Any:
    """The answer to an error raised by a page."""
    request = RequestFactory().get("/", HTTP_REFERER="http://testserver/help/")
    request.user = UserFactory()
    request.session = client.session
    middleware = FriendlyErrorsMiddleware(lambda r: None)  # type: ignore[arg-type,return-value]
    return middleware.process_exception(request, error)


def test_conflicts_and_missing_facts_become_pages(client: Client) -> None:
    conflict = friendly(client, Conflict("이미 접수된 요청입니다.", state="accepted"))
    assert conflict.status_code == 409 and "이미 접수된 요청입니다." in conflict.content.decode()
    missing = friendly(client, MissingFacts({"reason": "이유를 적어 주십시오."}))
    assert missing.status_code == 400 and "이유를 적어 주십시오." in missing.content.decode()
    assert friendly(client, Http404()) is None


def test_status_names_every_part(client: Client) -> None:
    html = client.get("/status/").content.decode()
    assert "데이터베이스" in html and "정상" in html
