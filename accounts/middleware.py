"""Auditors read everything and change nothing: one guard for all pages."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.conf import OPEN_TO_AUDITORS
from accounts.permissions import may_change_anything

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def refuses(user: Any, method: str | None, route: str) -> bool:
    """Whether this person may not send this to this route."""
    if method in SAFE or route in OPEN_TO_AUDITORS or not user.is_authenticated:
        return False
    return not may_change_anything(user)


class AuditorsOnlyRead:
    """Refuses every unsafe method of people whose only role is auditor (403).

    What concerns only their own account stays open: ``conf.OPEN_TO_AUDITORS``. The API's tokens
    pass the same question in ``accounts.api.authentication``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Runs once the route is known and before its view."""
        route = request.resolver_match.view_name if request.resolver_match else ""
        if refuses(request.user, request.method, route):
            raise PermissionDenied
        return None
