"""Who sees which menu entries."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from content import navigation
from content.navigation import Entry, Link, links, mark_current, seen_by
from tests.factories.accounts import UserFactory, sign_in

pytestmark = pytest.mark.django_db

OWN = {
    "officer": "consulting:my_requests",
    "expert": "experts:me",
    "manager": "consulting:desk",
    "reviewer": "experts:review_queue",
    "auditor": "audit:events",
}


def own_routes(user: Any) -> set[str]:
    groups = navigation.audiences(user)
    return {entry.route for entry in navigation.OWN if entry.audience & groups}


def test_strangers_see_no_work_of_others() -> None:
    assert own_routes(AnonymousUser()) == set()


@pytest.mark.parametrize("role", OWN)
def test_each_role_sees_its_own_work(role: str) -> None:
    routes = own_routes(UserFactory(**{role: True}))
    assert OWN[role] in routes
    assert not routes & (set(OWN.values()) - {OWN[role]})


def test_several_roles_add_up() -> None:
    user = UserFactory(manager=True, expert=True)
    alone = [own_routes(UserFactory(**{role: True})) for role in ("manager", "expert")]
    assert own_routes(user) == alone[0] | alone[1]


def test_a_superuser_sees_what_administrators_see() -> None:
    assert "administrator" in navigation.audiences(UserFactory(is_superuser=True))


def test_missing_routes_are_left_out() -> None:
    assert links([Entry("없음", "nowhere:at_all")], navigation.audiences(AnonymousUser())) == []


def test_hidden_wins_over_audience() -> None:
    entry = Entry("도움말", "content:help", hidden_from=seen_by("manager"))
    assert links([entry], frozenset({"everyone", "manager"})) == []


def test_the_longest_fitting_address_is_current() -> None:
    menu = [Link("가", "/experts/"), Link("나", "/experts/me/")]
    marked = mark_current(menu, "/experts/me/edit/")
    assert [link.current for link in marked] == ["", "true"]
    assert [link.current for link in mark_current(menu, "/experts/")] == ["page", ""]
    assert mark_current(menu, "/help/") == menu


def test_a_place_holds_pages_at_other_addresses() -> None:
    menu = links(navigation.OWN, navigation.audiences(UserFactory(manager=True)))
    routes = {link.url: link.label for link in menu}

    def marked(path: str) -> list[tuple[str, str]]:
        return [
            (str(routes[link.url]), link.current)
            for link in mark_current(menu, path)
            if link.current
        ]

    assert marked("/matching/rounds/7/plans/3/") == [("회차", "true")]
    assert marked("/requests/rounds/7/edit/") == [("회차", "true")]
    assert marked("/requests/rounds/") == [("회차", "page")]
    assert marked("/matching/supply/people/") == [("수요와 공급", "true")]
    for path in ("/requests/26-0001/", "/matching/26-0001/committee/"):
        assert marked(path) == [("요청 처리", "true")], path
    assert marked("/requests/desk/") == [("요청 처리", "page")]


def test_english_addresses_are_marked_too(client: Any) -> None:
    sign_in(client, UserFactory(auditor=True))
    page = client.get("/en/requests/rounds/").content.decode()
    menu = page.split('id="site-menu"')[1].split("</nav>")[0]
    assert 'href="/en/requests/rounds/" aria-current="page"' in menu
    assert menu.count("aria-current") == 1
