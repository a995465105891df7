"""The rows that can exclude somebody, rule by rule: what is true in the database.

Evidence (``facts``) reads the querysets. The ids that a search leaves out and the check right
before a list is stored (``screening``) read the same conditions as one statement, at the end of
this file. Every lookup uses an index, except where the few experts asked about narrow it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
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
# Written out, because building it from querysets takes longer than asking it; a test with made-up
# registers holds it to the querysets above.

#: rows of the statement that are no exclusions: a rule set aside, a person behind the request
WAIVED, BEHIND = "waived ", "behind"
_NAMED = """
    SELECT id FROM {table} WHERE link_key = ANY(string_to_array(%(whole)s, E'\\n'))
    UNION ALL SELECT r.id FROM unnest(string_to_array(%(beginnings)s, E'\\n')) AS given(start)
    JOIN {table} r ON r.link_key >= given.start AND r.link_key < given.start || %(end)s
    WHERE NOT r.link_key = ANY(string_to_array(%(exceptions)s, E'\\n'))"""
_ONLY = "AND {column} = ANY(%(ids)s::bigint[])"
_PAIR = f"""
SELECT expert_id, 'conflict' FROM matching_conflict
WHERE (ends_on IS NULL OR ends_on >= %(today)s)
  AND (request_id = %(request)s OR organisation_id = ANY(%(chain)s::bigint[])) {{only}}
UNION ALL
SELECT e.id, 'same_organisation' FROM experts_expert e
JOIN accounts_user u ON u.id = e.user_id JOIN accounts_organisation o ON o.id = u.department_id
WHERE o.root_id = %(root)s AND u.is_active {{only_e}}
UNION ALL
SELECT expert_id, CASE WHEN ends_on < %(today)s THEN 'employer' ELSE 'same_organisation' END
FROM experts_claim
WHERE kind IN ('affiliation', 'career') AND verification <> 'rejected'
  AND (ends_on IS NULL OR ends_on >= %(left_since)s)
  AND id IN ({_NAMED.format(table="experts_claim")}) {{only}}
UNION ALL
SELECT expert_id, 'relation' FROM experts_relation
WHERE (starts_on IS NULL OR starts_on <= %(today)s) AND (ends_on IS NULL OR ends_on >= %(today)s)
  AND (organisation_id = ANY(%(chain)s::bigint[]) OR (organisation_id IS NULL
       AND id IN ({_NAMED.format(table="experts_relation")}))) {{only}}
UNION ALL
SELECT s.expert_id, 'cap' FROM consulting_selection s JOIN experts_expert e ON e.id = s.expert_id
WHERE s.role = 'chosen' AND s.decided_at >= %(month)s AND s.decided_at < %(next_month)s {{only_e}}
GROUP BY s.expert_id, e.monthly_cap HAVING count(*) >= e.monthly_cap
UNION ALL
SELECT expert_id, '{WAIVED}' || rule FROM matching_waiver
WHERE request_id = %(request)s AND approved_at IS NOT NULL
UNION ALL
SELECT id, '{BEHIND}' FROM experts_expert WHERE user_id = ANY(%(people)s::bigint[])"""
# A sub-select with a limit is asked person by person; NOT EXISTS would read every verified line.
_PERSON = """
UNION ALL
SELECT id, unnest(array_remove(ARRAY[
    CASE WHEN state <> 'approved' OR expires_on < %(today)s THEN 'state' END,
    CASE WHEN (
        SELECT true FROM experts_claim c WHERE c.expert_id = e.id AND c.verification = 'verified'
        AND (c.verified_until IS NULL OR c.verified_until >= %(today)s) LIMIT 1
        ) IS NULL THEN 'claims' END,
    CASE WHEN availability = 'paused' AND (paused_until IS NULL OR paused_until >= %(today)s)
        THEN 'availability' END,
    CASE WHEN monthly_cap = 0 THEN 'cap' END], NULL))
FROM experts_expert e WHERE id = ANY(%(ids)s::bigint[])"""


class Barred(NamedTuple):
    """rules: expert id → rules that exclude him; waived: (expert, rule) that a second person has
    set aside for this request, not yet taken off the rules."""

    rules: dict[int, set[str]]
    waived: set[tuple[int, str]]


def barred(scope: Scope) -> Barred:
    """Who is excluded by which rules, in one statement.

    Without ``scope.expert_ids`` only rules about the pair and people at their month's limit: these
    are few. With ids every rule.
    """
    some = scope.expert_ids is not None
    only, only_e = (
        f"AND {c} = ANY(%(ids)s::bigint[])" if some else "" for c in ("expert_id", "e.id")
    )
    statement = _PAIR.format(only=only, only_e=only_e) + (_PERSON if some else "")
    with connection.cursor() as cursor:
        cursor.execute(statement, _values(scope))
        told: list[tuple[int, str]] = cursor.fetchall()
    if not any(rule == BEHIND for _, rule in told):
        scope.nobody_has_a_profile()
    waived = {(pk, rule[len(WAIVED) :]) for pk, rule in told if rule.startswith(WAIVED)}
    about_profiles = [(pk, rule) for rule, ids in _about_profiles(scope) for pk in ids]
    found: dict[int, set[str]] = {}
    for pk, rule in (*told, *about_profiles):
        if rule in rules.RULES:
            found.setdefault(pk, set()).add(rule)
    return Barred(found, waived)


def _values(scope: Scope) -> dict[str, Any]:
    """Lists as texts: each stands in the statement several times, and a list is taken apart."""
    return {
        "today": scope.today,
        "request": scope.request.pk,
        "chain": _array(scope.chain),
        "people": _array(scope.people),
        "root": scope.root_id,
        "left_since": scope.left_since,
        "month": month_start(scope.today),
        "next_month": month_start(rules.next_month(scope.today)),
        "whole": "\n".join(sorted(scope.names.whole)),
        "beginnings": "\n".join(scope.names.beginnings),
        "exceptions": "\n".join(scope.names.exceptions),
        "end": AFTER_ALL_LETTERS,
        "ids": _array(scope.expert_ids or ()),
    }


def _array(ids: Iterable[int]) -> str:
    return f"{{{','.join(map(str, ids))}}}"


def _about_profiles(scope: Scope) -> Iterator[tuple[str, list[int]]]:
    """Rules that matter only where somebody behind the request has a profile, which is rare."""
    if not scope.profiles:
        return
    own = [p.pk for p in scope.profiles]
    yield "self", [pk for pk in own if scope.expert_ids is None or pk in scope.expert_ids]
    yield "adviser", list(students(scope).order_by().values_list("expert_id", flat=True))
    if advisers := advisers_of(scope):
        yield "adviser", list(teachers(scope, advisers).order_by().values_list("pk", flat=True))
