"""A real browser on a real server: pages in two sizes, sign-in, accessibility, screenshots.

``page`` (1280 px) and ``phone`` (360 px) are Playwright pages whose console must stay silent: a
script error, a refused inline script or a missing file fails the test. ``as_user(page, user)``
signs in without the sign-in page. ``axe(page)`` fails on any accessibility violation.
``shot(page, name)`` saves a picture under ``SCREENSHOTS`` (default var/test/screenshots).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.real_parts import BROWSER, browser, missing_part
from tests.workers import broker, workers

__all__ = ["broker", "workers"]

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Playwright keeps an event loop in the thread of the test, which Django would take for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for the whole run."""
    path = browser()
    if path is None:
        missing_part(BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


class Trouble(list[str]):
    """What the browser complained about; ``expected`` texts are not held against a test."""

    def __init__(self) -> None:
        super().__init__()
        self.expected: list[str] = []

    def note(self, text: str) -> None:
        self.append(text)

    def unexpected(self) -> list[str]:
        return [line for line in self if not any(known in line for known in self.expected)]


@pytest.fixture
def trouble() -> Iterator[Trouble]:
    """Console errors of every page of the test; it fails at the end when there are any."""
    noted = Trouble()
    yield noted
    assert noted.unexpected() == []


@pytest.fixture
def open_page(chromium: Any, live_server: Any, trouble: Trouble) -> Iterator[Callable[..., Any]]:
    """``open_page(width=1280, scripts=True)`` gives a page in a browser profile of its own."""
    contexts = []

    def opened(width: int = 1280, height: int = 900, scripts: bool = True, **options: Any) -> Any:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            java_script_enabled=scripts,
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.note(f"script: {error}"))
        page.on(
            "console",
            lambda line: line.type == "error" and trouble.note(f"{page.url}: {line.text}"),
        )
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A desktop page, 1280 px wide."""
    return open_page(1280)


@pytest.fixture
def phone(open_page: Callable[..., Any]) -> Any:
    """A phone page, 360 px wide."""
    return open_page(360, 740)


@pytest.fixture
def as_user(live_server: Any) -> Callable[[Any, Any], None]:
    """Sign a person in on a page by handing the browser a session."""

    def signed_in(page: Any, user: Any) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": live_server.url}]
        )

    return signed_in


@pytest.fixture
def axe(trouble: Trouble) -> Callable[[Any], None]:
    """Fail with a readable list when a page has accessibility violations."""
    from axe_playwright_python.sync_playwright import Axe

    def checked(page: Any) -> None:
        before = len(trouble)
        found = Axe().run(page, options={"preload": False}).response["violations"]
        del trouble[before:]  # axe itself tries inline styles, which the site's policy refuses
        lines = [f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}" for v in found]
        assert lines == [], f"{page.url}\n" + "\n".join(lines)

    return checked


@pytest.fixture
def fits() -> Callable[[Any], None]:
    """Fail when a page has to be scrolled sideways."""

    def checked(page: Any) -> None:
        extra = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert extra <= 0, f"{page.url} is {extra} px too wide"

    return checked


@pytest.fixture
def shot() -> Callable[[Any, str], Path]:
    """Save a picture of the whole page."""
    folder = Path(os.environ.get("SCREENSHOTS", ROOT / "var" / "test" / "screenshots"))

    def taken(page: Any, name: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return taken
