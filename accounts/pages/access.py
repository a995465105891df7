"""Who may open a page; the mechanism stands in ``common.access``, where every app can use it."""

from accounts.permissions import acting
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
