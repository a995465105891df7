"""Who may see which experts. Every read of an expert starts from ``visible_to``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import permissions as accounts
from experts.permissions import reads_all

if TYPE_CHECKING:
    from experts.models import Expert

if TYPE_CHECKING:
    from experts.models import Expert  # noqa: F401 - named in the base class below

APPROVED = "approved"


class ExpertQuerySet(models.QuerySet["Expert"]):
    """Rights live here; see ``experts.permissions`` for single-object rules."""

    def visible_to(self, viewer: Any) -> ExpertQuerySet:
        """Profiles of which the person may see anything at all.

        Everyone: approved people with recorded consent to publication. Departments: besides,
        approved people who agreed to be shown to departments. Staff and auditors: all. Anyone:
        the own profile.
        """
        if reads_all(viewer):
            return self
        seen = Q(state=APPROVED, is_public=True)
        if accounts.is_officer(viewer):
            seen |= Q(state=APPROVED, shares_with_departments=True)
        if getattr(viewer, "is_authenticated", False):
            seen |= Q(user=viewer)
        return self.filter(seen)

    def approved(self) -> ExpertQuerySet:
        """Profiles in force."""
        return self.filter(state=APPROVED)

    def recommendable(self, on: date | None = None) -> ExpertQuerySet:
        """Whom a shortlist may hold: approved, not paused, with a verified claim in force."""
        day = on or timezone.localdate()
        return self.approved().not_paused(day).with_verified_claim(day)

    def not_paused(self, on: date | None = None) -> ExpertQuerySet:
        """People who take work on the day; a pause without an end holds until it is lifted."""
        day = on or timezone.localdate()
        return self.exclude(
            Q(availability="paused") & (Q(paused_until=None) | Q(paused_until__gte=day))
        )

    def with_verified_claim(self, on: date | None = None) -> ExpertQuerySet:
        """People of whom at least one line is verified and the verification still holds."""
        claims = apps.get_model("experts", "Claim").objects.verified(on)
        return self.filter(Exists(claims.filter(expert=OuterRef("pk"))))

    def due_to_expire(self, on: date | None = None) -> ExpertQuerySet:
        """Profiles in force whose last day has passed."""
        return self.approved().filter(expires_on__lt=on or timezone.localdate())

    def for_listing(self) -> ExpertQuerySet:
        """With what a card shows, in a fixed number of queries."""
        fields = apps.get_model("experts", "ExpertField").objects.select_related("node__parent")
        return self.prefetch_related(models.Prefetch("fields", fields), "claims")


class ClaimQuerySet(models.QuerySet[Any]):
    def verified(self, on: date | None = None) -> ClaimQuerySet:
        """Lines whose verification holds on the day (default today)."""
        day = on or timezone.localdate()
        return self.filter(verification="verified").filter(
            Q(verified_until=None) | Q(verified_until__gte=day)
        )

    def of_kinds(self, kinds: Iterable[str]) -> ClaimQuerySet:
        """Lines of these kinds."""
        return self.filter(kind__in=list(kinds))
