"""Who may write in the site's own voice."""

from __future__ import annotations

from typing import Any

from accounts import permissions as people


def may_edit(user: Any) -> bool:
    """Content editors and administrators write announcements."""
    return people.is_editor(user) or people.is_administrator(user)
