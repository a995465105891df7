"""Who may open a page: ``role_required`` for functions, ``RoleRequiredMixin`` for classes.

``has_role`` is the same question for the API. Roles are asked of the person (``User.has_role``),
so that apps below accounts can ask too.

Anonymous visitors are led to the sign-in page and back again; a signed-in person without the
role gets 403. Whether a single object is visible is the queryset's business: hidden is 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

View = Callable[..., HttpResponseBase]


def role_required(*roles: str) -> Callable[[View], View]:
    """Let people with any of ``roles`` in; without roles, everyone who is signed in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refused = refuse(request, roles)
            return refused or view(request, *args, **kwargs)

        return guarded

    return decorate


sign_in_required = role_required()


class RoleRequiredMixin:
    """Class-based pages; set ``roles`` (empty: everyone who is signed in)."""

    roles: tuple[str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refused = refuse(request, self.roles)
        return refused or super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def has_role(*roles: str) -> type[BasePermission]:
    """A permission class of the API: signed in and any of ``roles``."""

    class HasRole(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            user: Any = request.user
            return bool(user and user.is_authenticated and user.has_role(*roles))

    return HasRole


def refuse(request: HttpRequest, roles: tuple[str, ...]) -> HttpResponse | None:
    """The way to the sign-in page for strangers, nothing for people with a role.

    Raises ``PermissionDenied`` for people without one.
    """
    if not request.user.is_authenticated:
        return to_sign_in(request)
    person: Any = request.user
    if roles and not person.has_role(*roles):
        raise PermissionDenied
    return None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in page; after it people stand where they were.

    A form that was sent without a session returns to its page, where the browser offers what
    had been typed. HTMX follows ``HX-Redirect``.
    """
    if request.method not in ("GET", "HEAD"):
        text = _("로그인이 끝나 저장하지 못했습니다. 다시 로그인하면 쓰던 글을 되살릴 수 있습니다.")
        messages.warning(request, text)
    url = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _way_back(request)})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _way_back(request: HttpRequest) -> str:
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    if url_has_allowed_host_and_scheme(page, {request.get_host()}):
        parts = urlsplit(page)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return request.path
