"""Writing announcements."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from common.errors import NotPermitted
from content import events, permissions
from content.models import Announcement


def save_announcement(row: Announcement, by: Any) -> Announcement:
    """Store a new or changed announcement. Raises ``NotPermitted`` for people who may not."""
    _check(by)
    code = "changed" if row.pk else "written"
    with transaction.atomic():
        row.save()
        events.announcement(code, row, by)
    return row


def remove_announcement(row: Announcement, by: Any) -> None:
    """Delete an announcement; the record of it stays. Raises ``NotPermitted``."""
    _check(by)
    with transaction.atomic():
        events.announcement("removed", row, by)
        row.delete()


def _check(by: Any) -> None:
    if not permissions.may_edit(by):
        raise NotPermitted
