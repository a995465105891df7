"""Sessions that last as long as someone is at work, and the time that is left of one."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from content import conf

KEY = "touched"


def touch(request: HttpRequest, now: float | None = None) -> None:
    """Start the session's life anew."""
    request.session[KEY] = int(now if now is not None else time.time())


def seconds_left(request: HttpRequest, now: float | None = None) -> int:
    """Seconds until the session ends; 0 for people who are not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return 0
    now = now if now is not None else time.time()
    return max(0, ceil(request.session.get(KEY, now) + settings.SESSION_COOKIE_AGE - now))


class SessionTouchMiddleware:
    """Extends the session of whoever uses the site, at most once a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            age = time.time() - request.session.get(KEY, 0)
            if age >= conf.session_touch_seconds():
                touch(request)
        return self.get_response(request)
