"""Who may be recommended for a request, decided before anything is ranked.

``check`` answers for one person with evidence, ``excluded`` for the whole pool; ``screen`` gives a
run its filters and numbers without listing the pool. All read the same rows (``rows``), so they
cannot disagree. An approved waiver sets one rule aside for one expert on one request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from django.utils import timezone

from consulting.models import Request
from experts.models import Expert
from matching.eligibility import register
from matching.eligibility.facts import decided_this_month, find
from matching.eligibility.rules import ORDER, RULES, Exclusion, Rule
from matching.eligibility.scope import Scope
from matching.eligibility.screening import Screening, screen, waivers

__all__ = [
    "ORDER",
    "RULES",
    "Exclusion",
    "Rule",
    "Screening",
    "check",
    "check_many",
    "counts",
    "decided_this_month",
    "excluded",
    "pool_ids",
    "screen",
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
    waived = waivers(request)
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
    return list(register.people().order_by("id").values_list("id", flat=True))
