"""The one place that builds eligibility from the database, with a fixed number of queries.

Each finder asks only for rows that can exclude somebody, for the whole pool or for some experts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower, Replace
from django.utils import timezone

from accounts.models import Organisation
from consulting.models import Request, Selection
from experts.models import Claim, ClaimKind, Expert, Relation, Verification
from matching.conf import setting
from matching.eligibility import rules
from matching.eligibility.names import OrganisationNames, plain_person
from matching.eligibility.rules import Exclusion
from matching.models import Conflict

Found = Iterator[tuple[int, Exclusion]]
EMPLOYMENT = [ClaimKind.AFFILIATION, ClaimKind.CAREER]


@dataclass(frozen=True)
class Scope:
    """One request, one day, and the experts asked about (``None``: everybody)."""

    request: Request
    today: date
    expert_ids: tuple[int, ...] | None = None

    @cached_property
    def years(self) -> int:
        """For how many years a former employer counts."""
        statutory = self.request.is_statutory
        return int(setting("ELIGIBILITY_EMPLOYER_YEARS_STATUTORY" if statutory else
                           "ELIGIBILITY_EMPLOYER_YEARS"))  # fmt: skip

    @cached_property
    def root_id(self) -> int:
        department = self.request.department
        return department.root_id or department.pk

    @cached_property
    def names(self) -> OrganisationNames:
        rows = Organisation.objects.values_list("id", "root_id", "name_ko", "name_en")
        return OrganisationNames.build(self.root_id, rows)

    @cached_property
    def chain(self) -> list[int]:
        """The department and everything above it."""
        found: list[int] = []
        at: Organisation | None = self.request.department
        while at is not None and at.pk not in found:
            found.append(at.pk)
            at = at.parent
        return found

    @cached_property
    def people(self) -> list[int]:
        """User ids of those who stand behind the request."""
        people = (self.request.requester_id, self.request.manager_id)
        return [pk for pk in people if pk is not None]

    def only(self, rows: QuerySet[Any], column: str = "expert_id") -> QuerySet[Any]:
        """The rows of the experts asked about."""
        if self.expert_ids is None:
            return rows
        return rows.filter(**{f"{column}__in": self.expert_ids})


def by_state(scope: Scope) -> Found:
    states = dict(Expert.State.choices)
    outdated = ~Q(state="approved") | Q(expires_on__lt=scope.today)
    rows = scope.only(Expert.objects.filter(outdated), "id")
    for pk, state, expires_on in rows.values_list("id", "state", "expires_on"):
        found = rules.state_rule(state, states[state], expires_on, scope.today)
        if found:
            yield pk, found


def by_claims(scope: Scope) -> Found:
    verified = Claim.objects.filter(expert_id=OuterRef("pk"), verification=Verification.VERIFIED)
    valid = verified.filter(Q(verified_until=None) | Q(verified_until__gte=scope.today))
    rows = scope.only(Expert.objects.filter(~Exists(valid)), "id")
    last = Max("claims__verified_until", filter=Q(claims__verification=Verification.VERIFIED))
    for pk, until in rows.annotate(last=last).values_list("id", "last"):
        yield pk, rules.claims_rule(until)


def by_person(scope: Scope) -> Found:
    rows = scope.only(Expert.objects.filter(user_id__in=scope.people), "id")
    for pk in rows.values_list("id", flat=True):
        yield pk, Exclusion("self", "self", source=f"expert:{pk}")


def by_conflict(scope: Scope) -> Found:
    here = Q(request_id=scope.request.pk) | Q(organisation_id__in=scope.chain)
    rows = scope.only(Conflict.objects.in_force(scope.today).filter(here))
    for row in rows.order_by("id"):
        entered = timezone.localdate(row.entered_at)
        found = rules.conflict_rule(row.evidence, entered, row.ends_on, f"conflict:{row.pk}")
        yield row.expert_id, found


def by_employment(scope: Scope) -> Found:
    """Current and former employers, as the expert wrote them."""
    earliest = rules.years_after(scope.today, -scope.years)
    recent = Q(ends_on=None) | Q(ends_on__gte=earliest)
    rows = scope.only(Claim.objects.filter(recent, kind__in=EMPLOYMENT))
    rows = rows.exclude(verification=Verification.REJECTED)
    titles = [t for t in rows.order_by().values_list("title", flat=True).distinct()
              if scope.names.include(t)]  # fmt: skip
    columns = ("id", "expert_id", "title", "starts_on", "ends_on")
    for row in rows.filter(title__in=titles).order_by("id").values(*columns) if titles else ():
        found = rules.employment_rule(
            organisation=row["title"],
            starts_on=row["starts_on"],
            ends_on=row["ends_on"],
            source=f"claim:{row['id']}",
            today=scope.today,
            years=scope.years,
        )
        if found:
            yield row["expert_id"], found


def by_account(scope: Scope) -> Found:
    """People with an account in the institution that asks, whatever their profile says."""
    inside = Expert.objects.filter(user__department__root_id=scope.root_id, user__is_active=True)
    name = str(scope.request.department.root or scope.request.department)
    for pk, user_id in scope.only(inside, "id").values_list("id", "user_id"):
        facts = {"organisation": name}
        yield (
            pk,
            Exclusion("same_organisation", "same_organisation", facts, source=f"user:{user_id}"),
        )


def by_relation(scope: Scope) -> Found:
    begun = Q(starts_on=None) | Q(starts_on__lte=scope.today)
    holds = begun & (Q(ends_on=None) | Q(ends_on__gte=scope.today))
    rows = scope.only(Relation.objects.filter(holds))
    rows = rows.filter(Q(organisation_id__in=scope.chain) | Q(organisation=None))
    for row in rows.order_by("id"):
        if row.organisation_id is None and not scope.names.include(row.organisation_name):
            continue
        yield row.expert_id, rules.relation_rule(
            row.organisation_name, row.get_kind_display(), row.starts_on, row.ends_on,
            f"relation:{row.pk}",
        )  # fmt: skip


def by_adviser(scope: Scope) -> Found:
    """Teacher and student, where both have a profile here."""
    people = list(Expert.objects.filter(user_id__in=scope.people).select_related("user"))
    if not people:
        return
    yield from _teachers_of(scope, people)
    yield from _students_of(scope, people)


def _teachers_of(scope: Scope, people: list[Expert]) -> Found:
    studies = Claim.objects.filter(expert__in=people, kind=ClaimKind.EDUCATION)
    studies = studies.exclude(verification=Verification.REJECTED)
    advisers = {plain_person(str(c.details.get("adviser", ""))): c for c in studies.order_by("-id")}
    advisers.pop("", None)
    if not advisers:
        return
    names = {person.pk: person.name for person in people}
    named = Expert.objects.alias(ko=_plain("name_ko"), en=_plain("name_en"))
    rows = scope.only(named.filter(Q(ko__in=advisers) | Q(en__in=advisers)), "id")
    for pk, ko, en in rows.values_list("id", "name_ko", "name_en"):
        claim = advisers.get(plain_person(ko)) or advisers.get(plain_person(en))
        if claim is not None:
            facts = {"person": names[claim.expert_id]}
            yield pk, Exclusion("adviser", "adviser.student", facts, f"claim:{claim.pk}")


def _students_of(scope: Scope, people: list[Expert]) -> Found:
    names = {plain_person(n): p.name for p in people for n in (p.name_ko, p.name_en) if n}
    named = Q()
    for name in names:
        named |= Q(adviser__contains=name)  # a title may stand beside the name
    studies = Claim.objects.filter(kind=ClaimKind.EDUCATION, details__has_key="adviser")
    studies = studies.alias(adviser=_plain(KeyTextTransform("adviser", "details"))).filter(named)
    rows = scope.only(studies.exclude(verification=Verification.REJECTED))
    for pk, expert_id, adviser in rows.values_list("id", "expert_id", "details__adviser"):
        person = names.get(plain_person(str(adviser or "")))
        if person:
            facts = {"person": person}
            yield expert_id, Exclusion("adviser", "adviser.teacher", facts, f"claim:{pk}")


def _plain(name: Any) -> Any:
    """A name in the database as ``plain_person`` makes it, titles aside."""
    text: Any = Lower(Cast(name, TextField()))
    for mark in (" ", "-", ".", "'", "·"):
        text = Replace(text, Value(mark), Value(""), output_field=TextField())
    return text


def by_availability(scope: Scope) -> Found:
    paused = Expert.objects.filter(availability=Expert.Availability.PAUSED)
    for pk, availability, until in scope.only(paused, "id").values_list(
        "id", "availability", "paused_until"
    ):
        found = rules.availability_rule(availability, until, scope.today)
        if found:
            yield pk, found


def month_start(today: date) -> datetime:
    """Midnight, Seoul time, of the first day of the month."""
    first = datetime.combine(today.replace(day=1), time.min)
    return timezone.make_aware(first, timezone.get_default_timezone())


def decided_this_month(today: date, expert_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Expert id → requests decided this month that name him (alternates do not count)."""
    rows = Selection.objects.filter(
        role=Selection.Role.CHOSEN,
        decided_at__gte=month_start(today),
        decided_at__lt=month_start(rules.next_month(today)),
    )
    if expert_ids is not None:
        rows = rows.filter(expert_id__in=list(expert_ids))
    counted = rows.order_by().values("expert_id").annotate(n=Count("id"))
    return dict(counted.values_list("expert_id", "n"))


def by_cap(scope: Scope) -> Found:
    decided = decided_this_month(scope.today, scope.expert_ids)
    busy = Expert.objects.filter(Q(pk__in=list(decided)) | Q(monthly_cap=0))
    for pk, cap in scope.only(busy, "id").values_list("id", F("monthly_cap")):
        found = rules.cap_rule(cap, decided.get(pk, 0), scope.today)
        if found:
            yield pk, found


FINDERS = [
    by_state,
    by_claims,
    by_person,
    by_conflict,
    by_account,
    by_employment,
    by_relation,
    by_adviser,
    by_availability,
    by_cap,
]


def find(scope: Scope) -> dict[int, list[Exclusion]]:
    """Expert id → every exclusion, in the order of the table of rules."""
    found: dict[int, list[Exclusion]] = {}
    for finder in FINDERS:
        for expert_id, exclusion in finder(scope):
            found.setdefault(expert_id, []).append(exclusion)
    for exclusions in found.values():
        exclusions.sort(key=lambda e: rules.ORDER[e.rule])
    return found
