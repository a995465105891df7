"""One table of menu entries: where they lead and who sees them.

An entry whose address does not exist is left out, so an installation without an app has no
dead links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import roles_of

EVERYONE = "everyone"
ANONYMOUS = "anonymous"
SIGNED_IN = "signed_in"


@dataclass(frozen=True)
class Entry:
    """A link for one audience; ``hidden_from`` wins over ``audience``.

    ``holds``: beginnings of further addresses that belong to the place, from the home page on.
    """

    label: str | Promise
    route: str
    audience: frozenset[str] = frozenset({EVERYONE})
    hidden_from: frozenset[str] = frozenset()
    strong: bool = False
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry as a page shows it; ``current`` is a value of aria-current or empty."""

    label: str | Promise
    url: str
    current: str = ""
    starts_own: bool = False
    strong: bool = False
    holds: tuple[str, ...] = ()


def seen_by(*roles: str) -> frozenset[str]:
    """The audience made of these roles."""
    return frozenset(roles)


STAFF = seen_by("manager", "reviewer", "editor", "administrator", "auditor")

MAIN = [
    Entry(_("전문가 찾기"), "experts:directory"),
    Entry(_("요청하기"), "consulting:start", seen_by(ANONYMOUS, "officer")),
    Entry(_("전문가 등록"), "experts:register", seen_by(ANONYMOUS)),
    Entry(_("소식"), "content:news", hidden_from=STAFF - {"editor"}),
    Entry(_("이용 안내"), "content:help", hidden_from=STAFF),
]
OWN = [
    Entry(_("내 요청"), "consulting:my_requests", seen_by("officer")),
    Entry(_("내 프로필"), "experts:me", seen_by("expert")),
    Entry(_("요청 처리"), "consulting:desk", seen_by("manager"), holds=("requests/", "matching/")),
    Entry(
        _("회차"),
        "consulting:rounds",
        seen_by("manager", "administrator", "auditor"),
        holds=("matching/rounds/",),
    ),
    Entry(_("자격 검토"), "experts:review_queue", seen_by("reviewer")),
    Entry(_("수요와 공급"), "matching:supply", seen_by("manager", "administrator", "auditor")),
    Entry(_("추천 평가"), "matching:evaluation", seen_by("manager", "administrator", "auditor")),
    Entry(_("활동 기록"), "audit:events", seen_by("auditor", "administrator")),
    Entry(_("사람과 권한"), "accounts:people", seen_by("administrator")),
]
ACCOUNT = [
    Entry(_("로그인"), "accounts:login", seen_by(ANONYMOUS)),
    Entry(_("회원 가입"), "accounts:signup", seen_by(ANONYMOUS)),
    Entry(_("내 계정"), "accounts:home", seen_by(SIGNED_IN)),
    Entry(_("비밀번호 바꾸기"), "accounts:password_change", seen_by(SIGNED_IN)),
    Entry(_("관리 화면"), "admin:index", seen_by("administrator", "editor")),
]
FOOTER = [
    Entry(_("도움말"), "content:help"),
    Entry(_("개인정보 처리방침"), "content:privacy", strong=True),
    Entry(_("AI 추천 안내"), "content:ai_guide"),
    Entry(_("추첨 확인"), "matching:lot_check"),
    Entry(_("서비스 상태"), "content:status"),
]


@dataclass(frozen=True)
class Door:
    """One of the three ways in on the front page."""

    label: str | Promise
    text: str | Promise
    icon: str
    route: str
    url: str = ""


DOORS = [
    Door(
        _("전문가 찾기"),
        _("기술, 데이터, 행정 분야로 전문가를 찾고 확인된 경력을 살펴봅니다."),
        "search",
        "experts:directory",
    ),
    Door(
        _("자문·실증 요청하기"),
        _("부서의 현황과 문제를 적어 주시면 알맞은 전문가를 이어 드립니다."),
        "document",
        "consulting:start",
    ),
    Door(
        _("전문가로 등록하기"),
        _("경력을 한 번 적어 두면 서울시 여러 부서의 요청에 쓰입니다."),
        "user",
        "experts:register",
    ),
]


def doors() -> list[Door]:
    """The doors whose addresses exist."""
    opened = [replace(door, url=address(door.route)) for door in DOORS]
    return [door for door in opened if door.url]


def audiences(user: Any) -> frozenset[str]:
    """Every audience a person belongs to: everyone, signed in or not, and their roles."""
    if not getattr(user, "is_authenticated", False):
        return frozenset({EVERYONE, ANONYMOUS})
    return frozenset({EVERYONE, SIGNED_IN, *roles_of(user)})


def address(route: str) -> str:
    """The address of a route, or an empty text when it does not exist."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def links(entries: Iterable[Entry], groups: frozenset[str]) -> list[Link]:
    """The entries that these audiences see, in the order of the table."""
    shown, home = [], address("content:home")
    for entry in entries:
        if not entry.audience & groups or entry.hidden_from & groups:
            continue
        if url := address(entry.route):
            holds = tuple(home + beginning for beginning in entry.holds)
            shown.append(Link(entry.label, url, strong=entry.strong, holds=holds))
    return shown


def main_menu(request: HttpRequest, groups: frozenset[str]) -> list[Link]:
    """Public entries, then a person's own work; the one that leads here is marked."""
    own = links(OWN, groups)
    if own:
        own[0] = replace(own[0], starts_own=True)
    return mark_current([*links(MAIN, groups), *own], request.path)


def mark_current(menu: list[Link], path: str) -> list[Link]:
    """Mark the entry with the longest beginning of the path; its own address wins a tie."""

    def fit(link: Link) -> tuple[int, bool]:
        fitting = [start for start in (link.url, *link.holds) if path.startswith(start)]
        longest = max(fitting, key=len, default="")
        return len(longest), longest == link.url

    best = max(menu, key=fit, default=None)
    if best is None or not fit(best)[0]:
        return menu
    current = "page" if best.url == path else "true"
    return [replace(link, current=current) if link is best else link for link in menu]
