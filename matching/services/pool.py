"""Who could sit on a committee for a request: eligible people with fit, coverage and employers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consulting.models import Request
from experts.models import Expert
from matching import eligibility, pipeline
from matching.adapters import query_of
from matching.coverage import Matrix
from matching.eligibility.names import plain_name
from matching.models import MatchRun
from matching.needs import Need
from matching.panels.sectors import sector_of
from matching.panels.selection import Person
from matching.selectors.committee import current_employers, matrix_of
from matching.selectors.needs import needs_of
from matching.services.execution import filters_of

#: people considered for a committee, best fit first, besides those on the shortlist
POOL = 120


@dataclass(frozen=True)
class Pool:
    """Everybody who may be taken, with what a choice needs to know; the matrix has no quotes."""

    needs: tuple[Need, ...]
    matrix: Matrix
    people: list[Person]
    experts: dict[int, Expert]
    versions: dict[str, Any]

    @property
    def weights(self) -> tuple[float, ...]:
        return tuple(need.weight for need in self.needs)

    def names(self, keys: Iterable[int]) -> str:
        """Names of experts, also of those who may not be taken."""
        known = [self.experts.get(key) or Expert.objects.filter(pk=key).first() for key in keys]
        return ", ".join(expert.name for expert in known if expert)


def pool_of(request: Request, run: MatchRun) -> Pool:
    """The pool of a request: everyone on its list and the best fitting others, eligible only."""
    listed = set(run.candidates.values_list("expert_id", flat=True))
    screening = eligibility.screen(request)
    result = pipeline.rank(
        query_of(request), filters_of(run.parameters, screening), POOL, sorted(listed)
    )
    near = {e.expert_id: e.score for e in result.experts}
    barred = eligibility.check_many(request, near)
    kept = {pk: score for pk, score in near.items() if pk not in barred}
    experts = {
        e.pk: e
        for e in Expert.objects.filter(pk__in=kept).prefetch_related("claims").order_by("pk")
    }
    needs = needs_of(request)
    matrix = matrix_of(needs, list(experts), quotes=False)
    people = [person_of(expert, kept[pk], matrix.values(pk)) for pk, expert in experts.items()]
    return Pool(needs, matrix, people, experts, result.versions)


def person_of(expert: Expert, fit: float, covers: tuple[float, ...]) -> Person:
    """One expert as the choice sees him."""
    employers = current_employers(expert.claims.all())
    sectors = [sector for name in employers if (sector := sector_of(name))]
    traits = {"origin": expert.origin, "sector": sectors[0] if sectors else ""}
    return Person(expert.pk, fit, covers, frozenset(map(plain_name, employers)), traits)
