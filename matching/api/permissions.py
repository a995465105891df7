"""Who may use the matching API: readers read, the desk writes."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.permissions import has_role
from matching.permissions import APPROVERS, may_match, may_see_runs


class DeskPermission(BasePermission):
    """Case managers write; administrators and auditors read."""

    def has_permission(self, request: Request, view: Any) -> bool:
        reading = request.method in SAFE_METHODS
        return may_see_runs(request.user) if reading else may_match(request.user)


class WaiverPermission(DeskPermission):
    """Besides, administrators answer what case managers ask for."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action == "answer":
            return has_role(request.user, *APPROVERS)
        return super().has_permission(request, view)
