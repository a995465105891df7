"""Who may be recommended for a request, decided before anything is ranked.

``check`` answers for one person, ``excluded`` for the whole pool; both read the same finders, so
they cannot disagree. An approved waiver sets one rule aside for one expert on one request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from django.utils import timezone

from consulting.models import Request
from experts.models import Expert
from matching.eligibility.facts import Scope, decided_this_month, find
from matching.eligibility.rules import ORDER, RULES, Exclusion, Rule
from matching.models import Waiver

__all__ = [
    "ORDER",
    "RULES",
    "Exclusion",
    "Rule",
    "check",
    "check_many",
    "counts",
    "decided_this_month",
    "excluded",
    "pool_ids",
    "waivable",
]


def excluded(request: Request) -> dict[int, list[Exclusion]]:
    """Expert id → exclusions, for everyone who may not be recommended for ``request``."""
    return _without_waived(request, find(Scope(request, timezone.localdate())))


def check_many(
    request: Request, expert_ids: Iterable[int], *, with_waived: bool = False
) -> dict[int, list[Exclusion]]:
    """As ``excluded``, for some experts; ids without an entry are eligible."""
    found = find(Scope(request, timezone.localdate(), tuple(expert_ids)))
    return found if with_waived else _without_waived(request, found)


def check(expert: Expert, request: Request, *, with_waived: bool = False) -> list[Exclusion]:
    """Every rule that keeps ``expert`` off ``request``, with evidence; empty when eligible."""
    return check_many(request, [expert.pk], with_waived=with_waived).get(expert.pk, [])


def waivable(exclusions: Iterable[Exclusion], request: Request) -> list[Exclusion]:
    """Those that a second person may set aside for this request."""
    return [e for e in exclusions if e.may_be_waived(statutory=request.is_statutory)]


def _without_waived(
    request: Request, found: dict[int, list[Exclusion]]
) -> dict[int, list[Exclusion]]:
    waivers = Waiver.objects.approved().filter(request=request)
    waived = set(waivers.values_list("expert_id", "rule"))
    if not waived:
        return found
    kept = {
        pk: [
            e
            for e in exclusions
            if (pk, e.rule) not in waived or not e.may_be_waived(statutory=request.is_statutory)
        ]
        for pk, exclusions in found.items()
    }
    return {pk: exclusions for pk, exclusions in kept.items() if exclusions}


def counts(found: Mapping[int, list[Exclusion]], pool: Iterable[int]) -> dict[str, int]:
    """Rule → how many of ``pool`` it excluded first; each person counts once."""
    first = Counter(found[pk][0].rule for pk in pool if pk in found)
    return {code: first[code] for code in RULES if first[code]}


def pool_ids() -> list[int]:
    """Everybody on the register: approved at some time and not withdrawn."""
    states = [Expert.State.APPROVED, Expert.State.SUSPENDED, Expert.State.EXPIRED]
    return list(Expert.objects.filter(state__in=states).order_by("id").values_list("id", flat=True))
