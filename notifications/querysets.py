"""Who may see which notices, and which mail is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from notifications import models as notices  # noqa: F401  (named in the class headers)


class NoticeQuerySet(models.QuerySet["notices.Notice"]):
    def visible_to(self, viewer: Any) -> NoticeQuerySet:
        """A person's own notices; nobody reads somebody else's."""
        return self.filter(person_id=viewer.pk) if viewer.is_authenticated else self.none()

    def unread(self) -> NoticeQuerySet:
        """Notices that have not been opened."""
        return self.filter(read_at=None)


class OutboxQuerySet(models.QuerySet["notices.OutboxMessage"]):
    def due(self) -> OutboxQuerySet:
        """Mail that waits and that nobody is sending right now, oldest first."""
        waiting = self.filter(state=self.model.State.WAITING)
        return waiting.filter(next_attempt_at__lte=timezone.now()).order_by("next_attempt_at", "id")
