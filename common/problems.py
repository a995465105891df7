"""Problem details (RFC 9457) for every error of the API."""

from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as rest_handler
from rest_framework.views import set_rollback

from common.errors import Conflict

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: gettext_noop("입력한 내용을 확인해 주십시오."),
    401: gettext_noop("로그인이 필요합니다."),
    403: gettext_noop("이 작업을 할 권한이 없습니다."),
    404: gettext_noop("찾을 수 없습니다."),
    405: gettext_noop("지원하지 않는 방법입니다."),
    406: gettext_noop("지원하지 않는 형식입니다."),
    409: gettext_noop("다른 변경과 부딪혔습니다."),
    413: gettext_noop("보낸 내용이 너무 큽니다."),
    415: gettext_noop("지원하지 않는 형식입니다."),
    429: gettext_noop("요청이 너무 잦습니다. 잠시 뒤에 다시 시도해 주십시오."),
}


def _problem(code: int, detail: str = "", **members: Any) -> Response:
    title = _(_TITLES[code]) if code in _TITLES else str(code)
    body: dict[str, Any] = {"type": "about:blank", "title": title}
    body |= {"status": code, **({"detail": detail} if detail else {}), **members}
    return Response(body, status=code, content_type=MEDIA_TYPE)


def _fields(detail: Any) -> dict[str, Any]:
    """Errors by field; errors of no field stand under ``non_field_errors``."""
    return detail if isinstance(detail, dict) else {"non_field_errors": detail}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn any expected error into problem details; unexpected ones stay a 500."""
    if isinstance(exc, Conflict):
        set_rollback()
        return _problem(status.HTTP_409_CONFLICT, exc.message, state=exc.state)
    if isinstance(exc, DjangoValidationError):
        errors = (
            exc.message_dict if hasattr(exc, "error_dict") else {"non_field_errors": exc.messages}
        )
        exc = exceptions.ValidationError(errors)
    if isinstance(exc, ObjectDoesNotExist):
        # gone between the look and the lock, as by a second click
        log.warning("api.row_gone", row=type(exc).__qualname__)
        exc = Http404()
    response = rest_handler(exc, context)
    if response is None:
        return None
    return _rewrite(exc, response)


def _rewrite(exc: Exception, response: Response) -> Response:
    code = response.status_code
    if isinstance(exc, exceptions.ValidationError):
        answer = _problem(code, errors=_fields(exc.detail))
    elif isinstance(exc, Http404 | PermissionDenied):
        answer = _problem(code)
    else:
        answer = _problem(code, str(getattr(exc, "detail", "")))
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer
