"""What departments and experts may know of a decision, and what staff find about one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import Organisation
from consulting.models import Request, Selection
from experts.models import Expert
from matching.models import Conflict, MatchCandidate, MatchRun, Waiver
from matching.selectors.cards import Evidence, Tag, evidence_of, main_affiliation, tags_of


@dataclass(frozen=True)
class ChosenPerson:
    """The minimal card for the department; ``expert`` is None without the person's consent."""

    expert: Expert | None
    affiliation: str
    fields: list[str]
    role: str


def chosen_people(request: Request) -> list[ChosenPerson]:
    """Whom a decided request names, as far as each person agreed to be shown to departments."""
    rows = Selection.objects.filter(request=request, role=Selection.Role.CHOSEN)
    rows = rows.select_related("expert").prefetch_related("expert__claims", "expert__fields__node")
    return [_minimal(row) for row in rows]


def decided_by(request: Request) -> str:
    """Who decided, with the organisation."""
    row = Selection.objects.filter(request=request).select_related("decided_by__department").first()
    return str(row.decided_by) if row else ""


def _minimal(row: Selection) -> ChosenPerson:
    expert = row.expert
    shown = expert.shares_with_departments or expert.is_public
    return ChosenPerson(
        expert=expert if shown else None,
        affiliation=main_affiliation(expert.claims.all()) if shown else "",
        fields=[f.node.label for f in expert.fields.all()],
        role=row.role,
    )


@dataclass(frozen=True)
class Considered:
    """One case for which an expert was considered: his own evidence and the outcome, no more."""

    kind: str
    institution: str
    title: str
    decided_at: datetime | None
    outcome: str
    tags: list[Tag]
    evidence: Evidence | None


def considered_for(expert: Expert) -> list[Considered]:
    """Decided requests whose last shortlist named the expert, the newest first."""
    rows = MatchCandidate.objects.filter(
        expert=expert, run__state=MatchRun.State.DONE, run__request__state=Request.State.DECIDED
    ).select_related("run__request__kind", "run__request__department__root")
    last: dict[int, MatchCandidate] = {}
    for row in rows.order_by("run__created_at"):
        last[row.run.request_id] = row
    outcomes = dict(Selection.objects.filter(expert=expert).values_list("request_id", "role"))
    found = [_considered(row, outcomes.get(pk, "")) for pk, row in last.items()]
    return sorted(
        found, key=lambda c: c.decided_at.timestamp() if c.decided_at else 0, reverse=True
    )


def _considered(row: MatchCandidate, outcome: str) -> Considered:
    request = row.run.request
    root = request.department.root or request.department
    is_open = request.disclosure == Request.Disclosure.OPEN
    return Considered(
        kind=request.kind.label,
        institution=root.name,
        title=request.title if is_open else "",
        decided_at=request.decided_at,
        outcome=outcome,
        tags=tags_of(row.explanation),
        evidence=evidence_of(row.explanation),
    )


def conflicts_of(user: Any, request: Request) -> QuerySet[Conflict]:
    """Conflicts in force that touch this request: entered for it or for its institution."""
    chain: list[int] = []
    at: Organisation | None = request.department
    while at is not None and at.pk not in chain:
        chain.append(at.pk)
        at = at.parent
    rows = Conflict.objects.visible_to(user).in_force()
    rows = rows.filter(request=request) | rows.filter(organisation_id__in=chain)
    return rows.select_related("expert", "organisation", "entered_by")


def waivers_of(user: Any, request: Request | None = None) -> QuerySet[Waiver]:
    """Waivers of one request, or all that wait for an answer."""
    rows = Waiver.objects.visible_to(user)
    rows = rows.filter(request=request) if request else rows.waiting()
    return rows.select_related("request", "expert", "asked_by", "approved_by", "refused_by")


def runs_of(user: Any, request: Request) -> Sequence[MatchRun]:
    """Every run of a request, the newest first."""
    rows = MatchRun.objects.visible_to(user).filter(request=request)
    return list(rows.select_related("requested_by", "request"))
