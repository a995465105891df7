"""Reads of notices and mail."""

from typing import Any

from django.db.models import QuerySet

from notifications.models import Notice, OutboxMessage


def unread_count(person: Any) -> int:
    """How many notices wait for this person."""
    return Notice.objects.visible_to(person).unread().count()


def mailbox() -> QuerySet[OutboxMessage]:
    """All mail, newest first."""
    return OutboxMessage.objects.select_related("recipient")
