"""What people see when something cannot be done: a sentence they can act on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

PROBLEM = "application/problem+json"


def answer(request: HttpRequest, status: int, title: str, **context: Any) -> HttpResponse:
    """The error page of a status, or problem details for the API."""
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": status}
        return JsonResponse(body, status=status, content_type=PROBLEM)
    context |= {"title": title, "back": way_back(request)}
    return render(request, f"{status}.html", context, status=status)


def way_back(request: HttpRequest) -> str:
    """The page of this site that led here, without its host; empty when unknown."""
    referrer = request.headers.get("Referer", "")
    try:
        parts = urlsplit(referrer)
        ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()})
    except (ValueError, DisallowedHost):  # a forged header has no page to go back to
        return ""
    return f"{parts.path}?{parts.query}".rstrip("?") if ours and parts.path else ""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the address or the data cannot be read."""
    if request.path.startswith("/api/"):
        if isinstance(exception, RequestDataTooBig):
            return answer(request, 413, _("보낸 내용이 너무 큽니다."))
        return answer(request, 400, _("입력한 내용을 확인해 주십시오."))
    # The request may be so broken that nothing in it can be trusted: no request context.
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the person may be here but not do this."""
    reason = str(exception or "")
    return answer(request, 403, _("이 작업을 할 권한이 없습니다."), reason=reason)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: not there, or not for this person; the two are not told apart."""
    return answer(request, 404, _("찾으시는 화면이 없습니다."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Needs neither database nor session nor translations."""
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": "Internal error", "status": 500}
        return JsonResponse(body, status=500, content_type=PROBLEM)
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that is too old or comes from elsewhere; what was typed stays in the browser."""
    context = {"back": way_back(request), "title": _("안전을 위해 보내기를 멈췄습니다.")}
    return render(request, "403_csrf.html", context, status=403)
