"""What the base page knows: menus by role, languages, the session, the site's own facts."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import gettext

from content import conf, navigation, sessions

LANGUAGE_NAMES = {"ko": "한국어", "en": "English"}


class Site:
    """Everything is computed when a template asks, so fragments cost nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def user(self) -> Any:
        return getattr(self.request, "user", None)

    @property
    def title(self) -> str:
        return gettext(conf.title())

    @property
    def operator(self) -> str:
        return gettext(conf.operator())

    @property
    def contact(self) -> str:
        return conf.contact()

    @property
    def masthead(self) -> bool:
        return conf.masthead()

    @property
    def demo(self) -> bool:
        return conf.demo()

    @cached_property
    def groups(self) -> frozenset[str]:
        return navigation.audiences(self.user)

    @cached_property
    def menu(self) -> list[navigation.Link]:
        return navigation.main_menu(self.request, self.groups)

    @property
    def account_menu(self) -> list[navigation.Link]:
        return navigation.links(navigation.ACCOUNT, self.groups)

    @property
    def footer_menu(self) -> list[navigation.Link]:
        return navigation.links(navigation.FOOTER, self.groups)

    @cached_property
    def languages(self) -> list[tuple[str, str, str]]:
        """(code, name, address of this page in that language)."""
        here = self.request.get_full_path()
        return [
            (code, LANGUAGE_NAMES.get(code, str(name)), translate_url(here, code))
            for code, name in settings.LANGUAGES
        ]

    @property
    def logout_url(self) -> str:
        return navigation.address("accounts:logout")

    @property
    def inbox_url(self) -> str:
        return navigation.address("notifications:inbox")

    @cached_property
    def unread(self) -> int:
        """Notices that the person has not opened yet."""
        if navigation.SIGNED_IN not in self.groups:
            return 0
        from notifications.selectors import unread_count

        return unread_count(self.user)

    @property
    def user_name(self) -> str:
        return str(getattr(self.user, "name", "") or self.user)

    @property
    def user_note(self) -> str:
        department = getattr(self.user, "department", None)
        return str(department) if department else ""

    @property
    def user_key(self) -> str:
        """Keeps drafts in the browser apart when several people use one computer."""
        return str(getattr(self.user, "pk", None) or "anonymous")

    @property
    def keep_drafts(self) -> bool:
        """Pages of signing in do not count as the page after a successful submit."""
        match = self.request.resolver_match
        return bool(match and match.app_name == "accounts")

    @property
    def session_seconds(self) -> int:
        return sessions.seconds_left(self.request)


def site(request: HttpRequest) -> dict[str, Site]:
    """Template variable ``site``."""
    return {"site": Site(request)}
