"""How programs prove who they are: ``Authorization: Token …``."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.middleware import refuses


class TokenAuthentication(authentication.TokenAuthentication):
    """DRF's tokens, and the rule that auditors change nothing."""

    def authenticate(self, request: Request) -> Any:
        """``(user, token)`` or ``None``; ``PermissionDenied`` for an auditor who would change."""
        found = super().authenticate(request)
        match = request.resolver_match
        if found and refuses(found[0], request.method, match.view_name if match else ""):
            raise PermissionDenied(_("감사자는 자료를 볼 수만 있습니다."))
        return found
