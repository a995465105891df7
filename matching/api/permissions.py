"""Who may use the matching API: readers read, the desk writes."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from matching.permissions import may_match, may_see_runs


class DeskPermission(BasePermission):
    """Case managers and administrators write, auditors read too."""

    def has_permission(self, request: Request, view: Any) -> bool:
        reading = request.method in SAFE_METHODS
        return may_see_runs(request.user) if reading else may_match(request.user)
