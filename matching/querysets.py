"""Who may see which runs, candidates, conflicts and waivers: staff of the matching desk only.

Departments and experts never read these rows; what they may know is built by
``matching.selectors`` from decided requests.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from matching.permissions import may_see_runs


class _DeskQuerySet(models.QuerySet[Any]):
    def visible_to(self, viewer: Any) -> Any:
        """All rows for staff who may see shortlists, none for everyone else."""
        return self if may_see_runs(viewer) else self.none()


class MatchRunQuerySet(_DeskQuerySet):
    def active(self) -> MatchRunQuerySet:
        return self.filter(state__in=["queued", "running"])

    def with_list(self) -> MatchRunQuerySet:
        """Runs that ended with a shortlist."""
        return self.filter(state="done")

    def silent(self, seconds: int) -> MatchRunQuerySet:
        """Running, but nobody has beaten for ``seconds``."""
        limit = timezone.now() - timedelta(seconds=seconds)
        return self.filter(state="running").filter(Q(heartbeat_at__lt=limit) | Q(heartbeat_at=None))

    def untaken(self, seconds: int) -> MatchRunQuerySet:
        """Queued for ``seconds`` since the broker was last told."""
        limit = timezone.now() - timedelta(seconds=seconds)
        told = Q(enqueued_at__lt=limit) | Q(enqueued_at=None, created_at__lt=limit)
        return self.filter(state="queued").filter(told)


class MatchCandidateQuerySet(_DeskQuerySet):
    def named(self) -> MatchCandidateQuerySet:
        return self.filter(mark__in=["chosen", "alternate"]).order_by("preference", "rank", "id")


class ConflictQuerySet(_DeskQuerySet):
    def in_force(self, on: date | None = None) -> ConflictQuerySet:
        day = on or timezone.localdate()
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day))


class AllocationQuerySet(MatchRunQuerySet):
    """Computations of allocations: queued, run and swept like searches."""


class WaiverQuerySet(_DeskQuerySet):
    def approved(self) -> WaiverQuerySet:
        return self.exclude(approved_at=None)

    def waiting(self) -> WaiverQuerySet:
        return self.filter(approved_at=None, refused_at=None)


class WeightSetQuerySet(_DeskQuerySet):
    def active(self) -> WeightSetQuerySet:
        return self.filter(state="active")


class EvaluationQuerySet(_DeskQuerySet):
    def of_use(self) -> EvaluationQuerySet:
        """Figures of periods of use, the oldest first."""
        return self.filter(source="use").order_by("ends_on")

    def of_sets(self) -> EvaluationQuerySet:
        """Figures of judged sets, the newest first."""
        return self.filter(source="judged").order_by("-at")


class PanelQuerySet(_DeskQuerySet):
    def of(self, request: Any) -> PanelQuerySet:
        """Proposals for a request, the newest first."""
        return self.filter(request=request)


class LotQuerySet(_DeskQuerySet):
    def public(self) -> LotQuerySet:
        """Lots whose list was sealed: anyone with the code may check them by numbers."""
        return self.exclude(list_hash="")
