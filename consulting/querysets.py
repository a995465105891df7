"""Who may see which requests. Every read of a request starts from ``visible_to``."""

from typing import Any

from django.db import models
from django.db.models import Q

from accounts.permissions import is_auditor, officer_scope
from consulting.permissions import reads_all

#: states in which somebody still has to do something
OPEN_STATES = ("submitted", "returned", "accepted", "matching", "shortlisted")


class RequestQuerySet(models.QuerySet[Any]):
    """Rights live here; see ``consulting.permissions`` for single-object rules."""

    def visible_to(self, user: Any) -> "RequestQuerySet":
        """Officers see those of the departments in their scope, staff all that were filed.

        What a department has not filed yet is its own; only auditors read that as well.
        """
        if not getattr(user, "is_authenticated", False):
            return self.none()
        if is_auditor(user):
            return self
        own = Q(department__in=officer_scope(user))
        return self.filter(own | ~Q(state="draft")) if reads_all(user) else self.filter(own)

    def by_ref(self, ref: str) -> "RequestQuerySet":
        """The request that an address names: a number, or ``D`` and the row of a draft."""
        if ref[:1] == "D" and ref[1:].isascii() and ref[1:].isdigit() and len(ref) < 20:
            return self.filter(pk=int(ref[1:]))
        return self.filter(number=ref)

    def open(self) -> "RequestQuerySet":
        """Submitted and not yet over."""
        return self.filter(state__in=OPEN_STATES)

    def filed(self) -> "RequestQuerySet":
        """Submitted at some time: drafts are not there."""
        return self.exclude(state="draft")

    def matching_words(self, words: str) -> "RequestQuerySet":
        """Requests with every word in number, title, texts, keywords or department."""
        found = self
        for word in words.split()[:8]:
            where = Q(number__icontains=word) | Q(title__icontains=word) | Q(ask__icontains=word)
            where |= Q(situation__icontains=word) | Q(problem__icontains=word)
            where |= Q(keywords__contains=[word]) | Q(department__name_ko__icontains=word)
            found = found.filter(where)
        return found

    def for_lists(self) -> "RequestQuerySet":
        """With everything a line of a list shows, in a fixed number of queries."""
        return self.select_related(
            "kind", "department__root", "requester__department", "manager__department"
        )
