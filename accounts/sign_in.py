"""The answers to a sign-in that fails or is locked after repeated failures."""

import math
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.problems import MEDIA_TYPE

#: the one answer to every failed sign-in, whether the address is known or not
WRONG = gettext_lazy("전자우편 주소나 비밀번호가 맞지 않습니다.")


def seconds_left(username: str, ip: str | None) -> int:
    """Seconds until the lock of this address at this network address ends, one at least."""
    attempts = AccessAttempt.objects.filter(username=username, ip_address=ip)
    last = attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    left: timedelta = last + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(1, math.ceil(left.total_seconds()))


def locked_out(request: HttpRequest, response: Any, credentials: dict[str, Any]) -> HttpResponse:
    """A page, or problem details for the API, with the time that is left (HTTP 429).

    The same for addresses with and without an account.
    """
    seconds = seconds_left((credentials or {}).get("username", ""), request.META.get("REMOTE_ADDR"))
    minutes = math.ceil(seconds / 60)
    if request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse(_problem(minutes), content_type=MEDIA_TYPE, status=429)
    else:
        answer = render(request, "accounts/locked_out.html", {"minutes": minutes}, status=429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _problem(minutes: int) -> dict[str, Any]:
    text = _(
        "로그인에 여러 번 실패하여 잠시 막았습니다. 약 %(minutes)s분 뒤에 다시 시도해 주십시오."
    )
    title = _("요청이 너무 잦습니다. 잠시 뒤에 다시 시도해 주십시오.")
    facts = {"detail": text % {"minutes": minutes}, "status": 429, "title": title}
    return {"type": "about:blank", **facts}
