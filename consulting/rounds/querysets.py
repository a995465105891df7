"""Who may see rounds: the people who read all requests."""

from typing import Any

from django.db import models

from consulting.permissions import reads_all


class RoundQuerySet(models.QuerySet[Any]):
    """Rights live here."""

    def visible_to(self, user: Any) -> "RoundQuerySet":
        """Case managers, administrators and auditors see every round, nobody else any."""
        return self if reads_all(user) else self.none()
