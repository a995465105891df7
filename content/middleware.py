"""Expected errors of the lower layers become pages, in one place for all apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.errors import Conflict
from content.pages.errors import not_found, way_back

log = structlog.get_logger(__name__)


class FriendlyErrorsMiddleware:
    """``Conflict`` → 409, an uncaught ``ValidationError`` → 400, a row that is gone → 404.

    Pages with a form catch the first two themselves and show the form again; this is for
    buttons. Rows go between the look and the lock, as by a second click on "delete".
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the expected errors; leave every other one to Django."""
        if isinstance(exception, ObjectDoesNotExist):
            log.warning("page.row_gone", row=type(exception).__qualname__)
            return not_found(request)
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
