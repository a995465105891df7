"""Eligibility of a whole run: what the search filters by, the numbers told, the check at the end.

Rules about the expert alone are numbers in the index that a filter compares with today. Rules
about the expert and the request give the few ids to leave out. An index may lag behind the
database, so whoever is about to be listed is checked again there (``barred``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from consulting.models import Request
from matching.adapters import LAST_DAY
from matching.eligibility import register, rows
from matching.eligibility.rules import ORDER, RULES
from matching.eligibility.scope import Scope
from matching.engines.base import Filters
from matching.models import Waiver


@dataclass(frozen=True)
class Screening:
    """Who may be recommended for one request on one day.

    pool, eligible: people; excluded: rule → people, each counted once by the first rule in the
    order of the table; counted_at: when the register was counted.
    without: ids that rules about the pair exclude; waived: eligible people of whom a rule was set
    aside, whom the index alone may leave out.
    """

    scope: Scope
    pool: int
    eligible: int
    excluded: dict[str, int]
    counted_at: datetime
    without: frozenset[int]
    waived: frozenset[int] = field(default_factory=frozenset)

    def filters(self, *asked: str, without: Iterable[int] = ()) -> Filters:
        """For the engine; ``asked``: further facts that must hold."""
        today = self.scope.today.toordinal()
        return Filters(
            all_of=("approved", *asked),
            at_least={"eligible_until": today, "pause_over": LAST_DAY - today + 1},
            without=self.without | frozenset(without),
        )

    def barred(self, ids: Iterable[int]) -> set[int]:
        """Those of these people whom some rule excludes, by the database as it is now."""
        asked = tuple(sorted(set(ids)))
        if not asked:
            return set()
        return set(_without_waived(self.scope.request, *rows.barred(self.scope.of(asked))))


def screen(request: Request, today: date | None = None) -> Screening:
    """Screen the whole register in a handful of statements, however large it is."""
    scope = Scope(request, today or timezone.localdate())
    barred, waived = rows.barred(scope)
    found = _without_waived(request, barred, waived)
    counted = register.current(scope.today)
    alone = register.alone(scope.today, {*found, *(pk for pk, _ in waived)})
    numbers = dict(counted.counts)
    free = set()
    for pk, rule in alone.items():
        numbers[rule] = numbers.get(rule, 0) - 1
        rules = found.get(pk, set()) | (set() if _waives(request, waived, pk, rule) else {rule})
        first = min(rules - {""}, key=ORDER.__getitem__, default="")
        numbers[first] = numbers.get(first, 0) + 1
        if not first:
            free.add(pk)
    return Screening(
        scope=scope,
        pool=counted.size,
        eligible=max(numbers.pop("", 0), 0),
        excluded={code: numbers[code] for code in RULES if numbers.get(code, 0) > 0},
        counted_at=counted.at,
        without=frozenset(found),
        waived=frozenset(free),
    )


def waivers(request: Request) -> set[tuple[int, str]]:
    """(expert, rule) that a second person has set aside for this request."""
    approved = Waiver.objects.approved().filter(request=request).order_by()
    return set(approved.values_list("expert_id", "rule"))


def _waives(request: Request, waived: set[tuple[int, str]], pk: int, rule: str) -> bool:
    known = (pk, rule) in waived and rule in RULES
    return known and RULES[rule].may_be_waived(statutory=request.is_statutory)


def _without_waived(
    request: Request, found: dict[int, set[str]], waived: set[tuple[int, str]]
) -> dict[int, set[str]]:
    kept = {
        pk: {rule for rule in rules if not _waives(request, waived, pk, rule)}
        for pk, rules in found.items()
    }
    return {pk: rules for pk, rules in kept.items() if rules}
