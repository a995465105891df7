"""Who may open a page; the mechanism stands in ``common.access``, where every app can use it."""

from typing import Any, cast

from accounts.models import User
from common.access import (
    RoleRequiredMixin,
    has_role,
    refuse,
    role_required,
    sign_in_required,
    to_sign_in,
)

__all__ = [
    "RoleRequiredMixin",
    "acting",
    "has_role",
    "refuse",
    "role_required",
    "sign_in_required",
    "to_sign_in",
]


def acting(request: Any) -> User:
    """The signed-in person of a guarded page or API call."""
    return cast(User, request.user)
