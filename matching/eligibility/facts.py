"""The evidence for each exclusion, with a fixed number of queries.

Each finder asks only for rows that can exclude somebody, for the whole pool or for some experts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import Count, Max, Q
from django.utils import timezone

from experts.links import plain_person
from experts.models import Expert, Verification
from matching.eligibility import rows, rules
from matching.eligibility.rules import Exclusion
from matching.eligibility.scope import Scope

Found = Iterator[tuple[int, Exclusion]]


def by_state(scope: Scope) -> Found:
    states = dict(Expert.State.choices)
    found = scope.only(Expert.objects.filter(rows.outdated(scope.today)), "id")
    for pk, state, expires_on in found.values_list("id", "state", "expires_on"):
        exclusion = rules.state_rule(state, states[state], expires_on, scope.today)
        if exclusion:
            yield pk, exclusion


def by_claims(scope: Scope) -> Found:
    found = scope.only(Expert.objects.filter(rows.unverified(scope.today)), "id")
    last = Max("claims__verified_until", filter=Q(claims__verification=Verification.VERIFIED))
    for pk, until in found.annotate(last=last).values_list("id", "last"):
        yield pk, rules.claims_rule(until)


def by_person(scope: Scope) -> Found:
    for profile in scope.profiles:
        if scope.expert_ids is None or profile.pk in scope.expert_ids:
            yield profile.pk, Exclusion("self", "self", source=f"expert:{profile.pk}")


def by_conflict(scope: Scope) -> Found:
    for row in rows.conflicts(scope).order_by("id"):
        entered = timezone.localdate(row.entered_at)
        found = rules.conflict_rule(row.evidence, entered, row.ends_on, f"conflict:{row.pk}")
        yield row.expert_id, found


def by_employment(scope: Scope) -> Found:
    """Current and former employers, as the expert wrote them."""
    columns = ("id", "expert_id", "title", "starts_on", "ends_on")
    for row in rows.employment(scope).order_by("id").values(*columns):
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
    for pk, user_id in rows.insiders(scope).order_by("id").values_list("id", "user_id"):
        facts = {"organisation": scope.root_name}
        source = f"user:{user_id}"
        yield pk, Exclusion("same_organisation", "same_organisation", facts, source)


def by_relation(scope: Scope) -> Found:
    for row in rows.relations(scope).order_by("id"):
        yield row.expert_id, rules.relation_rule(
            row.organisation_name, row.get_kind_display(), row.starts_on, row.ends_on,
            f"relation:{row.pk}",
        )  # fmt: skip


def by_adviser(scope: Scope) -> Found:
    """Teacher and student, where both have a profile here."""
    if scope.profiles:
        yield from _teachers(scope)
        yield from _students(scope)


def _teachers(scope: Scope) -> Found:
    advisers = rows.advisers_of(scope)
    if not advisers:
        return
    names = {person.pk: person.name for person in scope.profiles}
    found = rows.teachers(scope, advisers).order_by("id")
    for pk, ko, en in found.values_list("id", "name_ko", "name_en"):
        claim = advisers.get(plain_person(ko)) or advisers.get(plain_person(en))
        if claim is not None:
            facts = {"person": names[claim.expert_id]}
            yield pk, Exclusion("adviser", "adviser.student", facts, f"claim:{claim.pk}")


def _students(scope: Scope) -> Found:
    names = rows.own_names(scope)
    found = rows.students(scope).order_by("id").values_list("id", "expert_id", "link_key")
    for pk, expert_id, key in found:
        facts = {"person": names[key]}
        yield expert_id, Exclusion("adviser", "adviser.teacher", facts, f"claim:{pk}")


def by_availability(scope: Scope) -> Found:
    found = scope.only(Expert.objects.filter(rows.resting(scope.today)), "id")
    for pk, availability, until in found.values_list("id", "availability", "paused_until"):
        exclusion = rules.availability_rule(availability, until, scope.today)
        if exclusion:
            yield pk, exclusion


def decided_this_month(today: date, expert_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Expert id → requests decided this month that name him (alternates do not count)."""
    found = rows.decided(today)
    if expert_ids is not None:
        found = found.filter(expert_id__in=list(expert_ids))
    counted = found.values("expert_id").annotate(n=Count("id"))
    return dict(counted.values_list("expert_id", "n"))


def by_cap(scope: Scope) -> Found:
    decided = decided_this_month(scope.today, scope.expert_ids)
    busy = Expert.objects.filter(Q(pk__in=list(decided)) | Q(monthly_cap=0))
    for pk, cap in scope.only(busy, "id").values_list("id", "monthly_cap"):
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
