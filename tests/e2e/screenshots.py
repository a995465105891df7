"""Pictures of the main pages of a running demo site, for the documentation.

``python -m tests.e2e.screenshots http://127.0.0.1:8800 docs/screenshots [name …]`` takes those of
``PICTURES`` (or only the named ones) at 1280 and 360 px. The site must hold the demo data. Nothing
is changed on it, except that ``decide`` marks the first candidate of a shortlist as chosen.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.signins import PASSWORD
from tests.e2e.conftest import FLAGS
from tests.real_parts import BROWSER, browser

HEIGHTS = {1280: 1100, 360: 1280}
COLOURS = 128


@dataclass(frozen=True)
class Picture:
    """One page: ``path``, then each of ``links`` followed (first match of a CSS selector)."""

    name: str
    sign_in: str | None
    path: str
    links: tuple[str, ...] = ()
    press: tuple[str, ...] = ()  # what is clicked there, one after the other; text boxes are filled
    to: str = ""  # CSS selector of what is scrolled to the top of the picture


SECOND_CARD = "main .b-list-item:nth-child(2) h3 a"
SHORTLISTED = "/requests/?state=shortlisted&q=포트홀"
TO_THE_LIST = ("main tbody a[href*='/26-']", "#matching a.krds-btn")
COMPARED = (
    *(f".b-candidate:nth-child({n}) input[name=c]" for n in (1, 2, 3)),
    "button[form=compare]",
)
CHOSEN = (
    ".b-candidate:nth-child(1) a.secondary",
    "textarea[name=text]",
    "main form button.primary",
    "main a[href$='/decide/']",
)

PICTURES = [
    Picture("home", None, "/"),
    Picture("directory", None, "/experts/?q=민원+자연어처리"),
    Picture("profile", None, "/experts/?q=민원+자연어처리", (SECOND_CARD,)),
    Picture("request-form", "officer@demo.example", "/requests/new/"),
    Picture("my-request", "officer@demo.example", "/requests/", ("main tbody a[href*='/26-']",)),
    Picture("expert-profile", "expert@demo.example", "/experts/me/"),
    Picture("desk", "manager@demo.example", "/requests/desk/"),
    Picture("staff-request", "manager@demo.example", SHORTLISTED, TO_THE_LIST[:1]),
    Picture("shortlist", "manager@demo.example", SHORTLISTED, TO_THE_LIST),
    Picture("why", "manager@demo.example", SHORTLISTED, (*TO_THE_LIST, ".b-candidate h3 a")),
    Picture("compare", "manager@demo.example", SHORTLISTED, TO_THE_LIST, press=COMPARED),
    Picture("decide", "manager@demo.example", SHORTLISTED, TO_THE_LIST, press=CHOSEN),
    Picture("review", "reviewer@demo.example", "/experts/review/?box=in_review", ("main tbody a",)),
    Picture("event-log", "auditor@demo.example", "/audit/?type=match.decided"),
]


def signed_in(page: Any, address: str | None) -> None:
    """Sign in through the sign-in page; nobody when there is no address."""
    if address is None:
        return
    page.goto("/accounts/login/")
    page.fill("main input[type=email], main input[name=username]", address)
    page.fill("main input[type=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/login/" not in url)


def take(page: Any, picture: Picture, target: Path) -> None:
    """Open the page of a picture and save what stands in the window as a small PNG."""
    page.goto(picture.path)
    for selector in picture.links:
        page.goto(page.locator(selector).first.get_attribute("href"))
    for selector in picture.press:
        press(page.locator(selector).first)
    if picture.to:
        page.locator(picture.to).first.evaluate("found => found.scrollIntoView()")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=target)
    shrink(target)


def press(found: Any) -> None:
    """Click it, or fill it where it is a text box."""
    if found.evaluate("found => found.tagName") == "TEXTAREA":
        found.fill("같은 문제를 풀어 본 경험이 있습니다.")
    else:
        found.click()


def shrink(path: Path) -> None:
    """Fewer colours: a page of text needs no more, and the file is a third of the size."""
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main(arguments: list[str]) -> int:
    """Take the pictures; arguments are the site's address, the folder and, if wanted, names."""
    from playwright.sync_api import sync_playwright

    if len(arguments) < 2 or (path := browser()) is None:
        print(__doc__, f"It needs {BROWSER}.", sep="\n")
        return 2
    base, folder, names = arguments[0], Path(arguments[1]), set(arguments[2:])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for picture in [each for each in PICTURES if not names or each.name in names]:
            for width, height in HEIGHTS.items():
                page = chromium.new_page(
                    base_url=base,
                    viewport={"width": width, "height": height},
                    locale="ko-KR",
                    timezone_id="Asia/Seoul",
                )
                signed_in(page, picture.sign_in)
                target = folder / f"{picture.name}-{width}.png"
                take(page, picture, target)
                print(f"{target}  {target.stat().st_size // 1024} KB")
                page.close()
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
