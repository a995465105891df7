"""The problem of a round: pairs with scores, limits as they are today, groups of people, pins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from consulting.models import Round, RoundQuota
from consulting.rounds.selectors import capacities
from experts.models import Claim, ClaimKind, Expert, Verification
from matching.allocation import Broken, Problem, from_pairs, reconcile
from matching.eligibility.names import plain_name
from matching.models import AllocationRun, AllocationScores
from matching.panels.sectors import ACADEMIA, INDUSTRY, PUBLIC, UNKNOWN, sector_of

By = RoundQuota.By
#: what an affiliation says it is → sector; without that the employer's name decides
SECTORS = {
    "university": ACADEMIA,
    "institute": PUBLIC,
    "public": PUBLIC,
    "company": INDUSTRY,
    "self": UNKNOWN,
}
#: the limits by institution, in the order of the problem's groupings
ON_REQUEST, ON_ROUND = "request", "round"


@dataclass(frozen=True)
class Numbered:
    """A problem with the ids behind its rows and columns, and who is ranked where.

    institutions: names behind the labels. limits: what each of the problem's groupings is over.
    groups: (kind, value) behind each quota. broken: pins that could not be kept.
    """

    problem: Problem
    requests: list[int]
    experts: list[int]
    institutions: list[str]
    limits: list[str]
    groups: list[tuple[str, str]]
    ranked: dict[tuple[int, int], tuple[int, float]]
    broken: list[Broken]


def problem_of(
    run: AllocationRun, scores: Iterable[AllocationScores], gone: Iterable[tuple[int, int]] = ()
) -> Numbered:
    """The problem of a run: pairs ranked and not forbidden, limits as they are today.

    Of pins that contradict limits or each other as many as possible are kept. gone: (request,
    expert) of pins that a rule excludes.
    """
    rows = list(scores)
    requests = [found.request_id for found in rows]
    ranked = {
        (found.request_id, person["expert_id"]): (person["rank"], person["score"])
        for found in rows
        for person in found.ranking
    }
    forced, barred = _pins(run, "force") - set(gone), _pins(run, "forbid")
    experts = sorted({expert for _request, expert in ranked} | {e for _r, e in forced})
    main = main_affiliations(experts)
    names, labels = institution_labels(experts, main)
    groups = Groups(run.round, requests, experts, main)
    both = [(ON_REQUEST, run.round.per_institution), (ON_ROUND, run.round.per_institution_round)]
    over = [(kind, most) for kind, most in both if most]
    free = capacities(run.round, experts)
    limits = {
        "seats": [found.seats for found in rows],
        "capacity": [free[pk] for pk in experts],
        "groupings": [(labels, most, kind == ON_ROUND) for kind, most in over],
        **groups.arrays(),
    }
    build = _Build(requests, experts, limits)
    wanted = {pair: ranked.get(pair, (0, 0.0))[1] for pair in forced if pair[0] in set(requests)}
    kept, broken = build.reconcile(wanted)
    usable = {pair: score for pair, (_rank, score) in ranked.items() if pair not in barred}
    problem = build.problem(usable, run.round.minimum, kept)
    kinds = [kind for kind, _most in over]
    return Numbered(problem, requests, experts, names, kinds, groups.keys, ranked, broken)


def _pins(run: AllocationRun, kind: str) -> set[tuple[int, int]]:
    return {(p["request"], p["expert"]) for p in run.pins if p["kind"] == kind}


class _Build:
    """Ids to numbers."""

    def __init__(self, requests: list[int], experts: list[int], limits: dict[str, Any]) -> None:
        self.shape = (len(requests), len(experts))
        self.row = {pk: n for n, pk in enumerate(requests)}
        self.col = {pk: n for n, pk in enumerate(experts)}
        self.limits = limits

    def reconcile(
        self, wanted: Mapping[tuple[int, int], float]
    ) -> tuple[list[tuple[int, int]], list[Broken]]:
        """What can be kept of these pins with their scores."""
        limited = from_pairs(self.shape, [], [], [], **self.limits)
        pairs = [(self.row[r], self.col[e]) for r, e in wanted]
        return reconcile(limited, pairs, list(wanted.values()))

    def problem(
        self, usable: Mapping[tuple[int, int], float], minimum: float, kept: list[tuple[int, int]]
    ) -> Problem:
        """The problem with what is kept of the pins."""
        rows = [self.row[r] for r, _e in usable]
        cols = [self.col[e] for _r, e in usable]
        return from_pairs(self.shape, rows, cols, list(usable.values()), minimum=minimum,
                          forced=kept, **self.limits)  # fmt: skip


class Groups:
    """The round's conditions as groups of experts with bounds per request."""

    def __init__(
        self, row: Round, requests: list[int], experts: list[int], main: Mapping[int, Claim]
    ) -> None:
        self.requests, self.experts, self.main = requests, experts, main
        quotas = row.quotas.select_related("entry").order_by("id")
        self.quotas = sorted(quotas, key=lambda quota: quota.entry is not None)
        self.keys = list(dict.fromkeys((q.by, q.value) for q in self.quotas))

    def arrays(self) -> dict[str, Any]:
        """groups, group_least and group_most for ``from_pairs``; nothing without conditions.

        What is asked of one request stands in the place of what is asked of each.
        """
        if not self.keys:
            return {}
        shape = (len(self.keys), len(self.requests))
        least, most = np.zeros(shape), np.full(shape, np.inf)
        for quota in self.quotas:
            group = self.keys.index((quota.by, quota.value))
            at = slice(None) if quota.entry is None else self._place(quota.entry.request_id)
            least[group, at] = quota.least
            most[group, at] = np.inf if quota.most is None else quota.most
        members = np.array([self._members(*key) for key in self.keys])
        return {"groups": members, "group_least": least, "group_most": most}

    def _place(self, request: int) -> Any:
        return [n for n, pk in enumerate(self.requests) if pk == request]

    def _members(self, by: str, value: str) -> list[bool]:
        if by in (By.ORIGIN, By.POOL):
            rows = Expert.objects.filter(pk__in=self.experts)
            wanted = {"origin": value} if by == By.ORIGIN else {"pools__code": value}
            inside = set(rows.filter(**wanted).values_list("pk", flat=True))
        elif by == By.SECTOR:
            inside = {pk for pk, claim in self.main.items() if sector(claim) == value}
        else:
            name = plain_name(value)
            inside = {pk for pk, claim in self.main.items() if plain_name(claim.title) == name}
        return [pk in inside for pk in self.experts]


def sector(claim: Claim) -> str:
    """academia, industry or public: as the affiliation says, else by the employer's name."""
    kind = str((claim.details or {}).get("organisation_kind", ""))
    return SECTORS.get(kind, sector_of(claim.title))


def institution_labels(expert_ids: list[int], main: Mapping[int, Claim]) -> tuple[list[str], Any]:
    """(names, label per expert): where each one works now; -1 without an employer."""
    plain = {pk: plain_name(claim.title) for pk, claim in main.items()}
    keys = sorted({name for name in plain.values() if name})
    number = {key: n for n, key in enumerate(keys)}
    names = {plain[pk]: main[pk].title for pk in main}
    labels = np.array([number.get(plain.get(pk, ""), -1) for pk in expert_ids], np.int64)
    return [names[key] for key in keys], labels


def main_affiliations(expert_ids: Iterable[int]) -> dict[int, Claim]:
    """Expert id → the main current affiliation."""
    today = timezone.localdate()
    claims = Claim.objects.filter(expert_id__in=list(expert_ids), kind=ClaimKind.AFFILIATION)
    claims = claims.exclude(verification=Verification.REJECTED).exclude(ends_on__lt=today)
    found: dict[int, Claim] = {}
    for claim in claims.order_by("expert_id", "-is_main", "id"):
        found.setdefault(claim.expert_id, claim)
    return found


def employers_of(expert_ids: Iterable[int]) -> dict[int, str]:
    """Expert id → the institution of the main current affiliation, as written."""
    return {pk: claim.title for pk, claim in main_affiliations(expert_ids).items()}
