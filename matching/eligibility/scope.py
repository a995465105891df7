"""One request on one day: what the rules need to know about it, read once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Organisation
from consulting.models import Request
from experts.models import Expert
from matching.conf import setting
from matching.eligibility.names import OrganisationNames
from matching.eligibility.rules import years_after


@dataclass(frozen=True)
class Scope:
    """One request, one day, and the experts asked about (``None``: everybody)."""

    request: Request
    today: date
    expert_ids: tuple[int, ...] | None = None

    def of(self, expert_ids: tuple[int, ...]) -> Scope:
        """The same for some experts; what was read is kept."""
        scope = Scope(self.request, self.today, expert_ids)
        scope.__dict__.update({k: v for k, v in self.__dict__.items() if k in _SHARED})
        return scope

    @cached_property
    def years(self) -> int:
        """For how many years a former employer counts."""
        statutory = self.request.is_statutory
        return int(setting("ELIGIBILITY_EMPLOYER_YEARS_STATUTORY" if statutory else
                           "ELIGIBILITY_EMPLOYER_YEARS"))  # fmt: skip

    @cached_property
    def organisations(self) -> list[tuple[int, int | None, int, str, str]]:
        """All organisations: id, parent, root, Korean name, English name."""
        columns = "id, parent_id, root_id, name_ko, name_en"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {Organisation._meta.db_table}")
            return cursor.fetchall()

    @cached_property
    def root_id(self) -> int:
        roots = {pk: root for pk, _, root, *_ in self.organisations}
        return roots.get(self.request.department_id) or self.request.department_id

    @cached_property
    def root_name(self) -> str:
        """The institution in the reader's language."""
        return str(self.request.department.root or self.request.department)

    @cached_property
    def names(self) -> OrganisationNames:
        rows = ((pk, root, ko, en) for pk, _, root, ko, en in self.organisations)
        return OrganisationNames.build(self.root_id, rows)

    @cached_property
    def chain(self) -> list[int]:
        """The department and everything above it."""
        above = {pk: parent for pk, parent, *_ in self.organisations}
        found: list[int] = []
        at: int | None = self.request.department_id
        while at is not None and at not in found:
            found.append(at)
            at = above.get(at)
        return found

    @cached_property
    def people(self) -> list[int]:
        """User ids of those who stand behind the request."""
        people = (self.request.requester_id, self.request.manager_id)
        return [pk for pk in people if pk is not None]

    @cached_property
    def profiles(self) -> list[Expert]:
        """Profiles of those who stand behind the request; mostly none."""
        return list(Expert.objects.filter(user_id__in=self.people).order_by("pk"))

    def nobody_has_a_profile(self) -> None:
        """None of them, as another statement has told: it need not be asked again."""
        self.__dict__.setdefault("profiles", [])

    @cached_property
    def left_since(self) -> date:
        """First day on which a job may have ended and still count."""
        earliest = years_after(self.today, -self.years)
        if years_after(earliest, self.years) > self.today:
            return earliest
        return date.fromordinal(earliest.toordinal() + 1)

    def only(self, rows: QuerySet[Any], column: str = "expert_id") -> QuerySet[Any]:
        """The rows of the experts asked about."""
        if self.expert_ids is None:
            return rows
        return rows.filter(**{f"{column}__in": self.expert_ids})


_SHARED = {"years", "organisations", "root_id", "root_name", "names", "chain", "people",
           "profiles", "left_since"}  # fmt: skip
