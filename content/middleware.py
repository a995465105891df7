"""Expected errors of the lower layers become pages, in one place for all apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.errors import Conflict
from content.pages.errors import way_back


class FriendlyErrorsMiddleware:
    """``Conflict`` → 409 and an uncaught ``ValidationError`` → 400, each with a way back.

    Pages with a form catch both themselves and show the form again; this is for buttons.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the two expected errors; leave every other one to Django."""
        if isinstance(exception, Conflict):
            context: dict[str, Any] = {
                "title": _("그 사이에 바뀌었습니다."),
                "reason": exception.message,
            }
            status = 409
        elif isinstance(exception, ValidationError):
            context = {"title": _("빠진 내용이 있습니다."), "reasons": exception.messages}
            status = 400
        else:
            return None
        context["back"] = way_back(request)
        return render(request, "409.html", context, status=status)
