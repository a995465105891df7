"""The rows that can exclude somebody, rule by rule: what is true in the database, as querysets.

Evidence (``facts``), the ids that a search leaves out and the check right before a list is stored
(``screening``) all read these, so they cannot disagree. Every lookup uses an index, except where
the few experts asked about narrow it down.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.utils import timezone

from consulting.models import Selection
from experts.links import plain_in_database, plain_person
from experts.models import Claim, ClaimKind, Expert, Relation, Verification
from matching.eligibility import rules
from matching.eligibility.names import OrganisationNames
from matching.eligibility.scope import Scope
from matching.models import Conflict

EMPLOYMENT = [ClaimKind.AFFILIATION, ClaimKind.CAREER]
AFTER_ALL_LETTERS = "\U0010ffff"

# -- rules about the expert alone -----------------------------------------------------------------


def outdated(today: date) -> Q:
    """Not approved, or the approval has run out."""
    return ~Q(state=Expert.State.APPROVED) | Q(expires_on__lt=today)


def unverified(today: date) -> Q:
    """No verified line in force."""
    verified = Claim.objects.filter(expert_id=OuterRef("pk"), verification=Verification.VERIFIED)
    in_force = verified.filter(Q(verified_until=None) | Q(verified_until__gte=today))
    return Q(~Exists(in_force.order_by()))


def resting(today: date) -> Q:
    """On a pause that has not ended."""
    until = Q(paused_until=None) | Q(paused_until__gte=today)
    return Q(availability=Expert.Availability.PAUSED) & until


def first_alone(today: date) -> Case:
    """The first rule about the expert alone that excludes him, empty when none does."""
    return Case(
        When(outdated(today), then=Value("state")),
        When(unverified(today), then=Value("claims")),
        When(resting(today), then=Value("availability")),
        When(monthly_cap=0, then=Value("cap")),
        default=Value(""),
        output_field=CharField(),
    )


# -- rules about the expert and the request -------------------------------------------------------


def conflicts(scope: Scope) -> QuerySet[Conflict]:
    """Conflicts with the request or an organisation above it, in two index lookups."""
    here = Q(request_id=scope.request.pk) | Q(organisation_id__in=scope.chain)
    return scope.only(Conflict.objects.in_force(scope.today).filter(here))


def insiders(scope: Scope) -> QuerySet[Expert]:
    """People with an account in the institution that asks, whatever their profile says."""
    inside = Expert.objects.filter(user__department__root_id=scope.root_id, user__is_active=True)
    return scope.only(inside, "id")


def employment(scope: Scope) -> QuerySet[Claim]:
    """Jobs in the institution that asks, held now or until not long ago."""
    recent = Q(ends_on=None) | Q(ends_on__gte=scope.left_since)
    lines = Claim.objects.filter(recent, kind__in=EMPLOYMENT)
    lines = lines.exclude(verification=Verification.REJECTED)
    return scope.only(lines.filter(naming(Claim, scope.names)))


def relations(scope: Scope) -> QuerySet[Relation]:
    """Declared relations in force with the institution or an organisation above the request."""
    begun = Q(starts_on=None) | Q(starts_on__lte=scope.today)
    holds = begun & (Q(ends_on=None) | Q(ends_on__gte=scope.today))
    named = Q(organisation=None) & naming(Relation, scope.names)
    return scope.only(Relation.objects.filter(holds, Q(organisation_id__in=scope.chain) | named))


def naming(model: Any, names: OrganisationNames) -> Q:
    """Rows whose ``link_key`` names the institution: ``OrganisationNames.include`` by index."""
    table = model._meta.db_table
    found: Any = RawSQL(
        f"SELECT id FROM {table} WHERE link_key = ANY(%s)"
        " UNION ALL"
        " SELECT r.id FROM unnest(%s::text[]) AS given(start)"
        f" JOIN {table} r ON r.link_key >= given.start AND r.link_key < given.start || %s"
        " WHERE NOT r.link_key = ANY(%s)",
        [sorted(names.whole), names.beginnings, AFTER_ALL_LETTERS, names.exceptions],
    )
    return Q(pk__in=found)


def teachers(scope: Scope, advisers: dict[str, Any]) -> QuerySet[Expert]:
    """People whose name is one of these plain names."""
    named = Expert.objects.alias(ko=plain_in_database("name_ko"), en=plain_in_database("name_en"))
    return scope.only(named.filter(Q(ko__in=list(advisers)) | Q(en__in=list(advisers))), "id")


def advisers_of(scope: Scope) -> dict[str, Claim]:
    """Plain name of an adviser → the degree of a person behind the request that names him."""
    if not scope.profiles:
        return {}
    degrees = Claim.objects.filter(expert__in=scope.profiles, kind=ClaimKind.EDUCATION)
    degrees = degrees.exclude(verification=Verification.REJECTED).exclude(link_key="")
    return {degree.link_key: degree for degree in degrees.order_by("-id")}


def students(scope: Scope) -> QuerySet[Claim]:
    """Degrees that name a person behind the request as adviser."""
    degrees = Claim.objects.filter(kind=ClaimKind.EDUCATION, link_key__in=list(own_names(scope)))
    return scope.only(degrees.exclude(verification=Verification.REJECTED))


def own_names(scope: Scope) -> dict[str, str]:
    """Plain name → name of the people behind the request who have a profile."""
    found = {plain_person(n): p.name for p in scope.profiles for n in (p.name_ko, p.name_en) if n}
    found.pop("", None)
    return found


def month_start(today: date) -> datetime:
    """Midnight, Seoul time, of the first day of the month."""
    first = datetime.combine(today.replace(day=1), time.min)
    return timezone.make_aware(first, timezone.get_default_timezone())


def decided(today: date) -> QuerySet[Selection]:
    """What was decided this month (alternates do not count)."""
    return Selection.objects.filter(
        role=Selection.Role.CHOSEN,
        decided_at__gte=month_start(today),
        decided_at__lt=month_start(rules.next_month(today)),
    ).order_by()


# -- as one statement -----------------------------------------------------------------------------


def _coded(rows: QuerySet[Any], rule: Any, column: str = "expert_id") -> QuerySet[Any]:
    code = Value(rule, CharField()) if isinstance(rule, str) else rule
    return rows.order_by().annotate(who=F(column), code=code).values_list("who", "code")


def _about_the_pair(scope: Scope) -> Iterator[QuerySet[Any]]:
    ended = Case(
        When(ends_on__lt=scope.today, then=Value("employer")),
        default=Value("same_organisation"),
        output_field=CharField(),
    )
    yield _coded(conflicts(scope), "conflict")
    yield _coded(insiders(scope), "same_organisation", "id")
    yield _coded(employment(scope), ended)
    yield _coded(relations(scope), "relation")
    if scope.profiles:
        own = Expert.objects.filter(user_id__in=scope.people)
        yield _coded(scope.only(own, "id"), "self", "id")
        yield _coded(students(scope), "adviser")
        if advisers := advisers_of(scope):
            yield _coded(teachers(scope, advisers), "adviser", "id")
    taken = scope.only(decided(scope.today)).values("expert_id").annotate(n=Count("id"))
    full = taken.filter(n__gte=F("expert__monthly_cap"))
    yield full.annotate(who=F("expert_id"), code=Value("cap", CharField())).values_list(
        "who", "code"
    )


def _about_the_person(scope: Scope) -> Iterator[QuerySet[Any]]:
    parts = {
        "state": outdated(scope.today),
        "claims": unverified(scope.today),
        "availability": resting(scope.today),
        "cap": Q(monthly_cap=0),
    }
    for rule, condition in parts.items():
        yield _coded(scope.only(Expert.objects.filter(condition), "id"), rule, "id")


def barred(scope: Scope) -> dict[int, set[str]]:
    """Expert id → rules, in one statement.

    Without ``scope.expert_ids`` only rules about the pair and people at their month's limit: these
    are few. With ids every rule.
    """
    parts = list(_about_the_pair(scope))
    if scope.expert_ids is not None:
        parts += _about_the_person(scope)
    found: dict[int, set[str]] = {}
    for expert_id, rule in parts[0].union(*parts[1:], all=True):
        found.setdefault(expert_id, set()).add(rule)
    return found
