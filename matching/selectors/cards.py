"""A candidate as people see him: one card with score, evidence, tags and this month's load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from experts.models import Claim, ClaimKind, Expert
from matching import eligibility
from matching.eligibility import Exclusion
from matching.models import MatchCandidate, MatchRun

SIGNALS = {
    "base": gettext_lazy("기본"),
    "dense": gettext_lazy("의미"),
    "lexical": gettext_lazy("용어"),
    "tags": gettext_lazy("분류"),
}
MEANINGS = {
    "base": gettext_lazy("모든 사람에게 똑같이 주는 값"),
    "dense": gettext_lazy("요청과 경력의 뜻이 가까운 정도"),
    "lexical": gettext_lazy("요청에 쓰인 낱말이 경력에 나오는 정도"),
    "tags": gettext_lazy("요청한 분야와 겹치는 정도"),
}
DEGREES = {"doctor": gettext_lazy("박사"), "master": gettext_lazy("석사")}
KIND_LABELS = {**dict(ClaimKind.choices), "bio": gettext_lazy("자기 소개")}


@dataclass(frozen=True)
class Evidence:
    """The best piece of evidence, verbatim."""

    text: str
    title: str
    kind: str
    year: int | None
    verification: str
    verified_on: date | None
    ref: str

    @property
    def mark(self) -> str:
        """Status word of the page kit's verification mark."""
        return "self_declared" if self.verification == "declared" else self.verification


@dataclass(frozen=True)
class Tag:
    code: str
    label: str
    wanted: str
    relation: str


@dataclass(frozen=True)
class Card:
    """One row of the shortlist. ``decided`` of ``cap``: requests decided this month."""

    candidate: MatchCandidate
    expert: Expert
    affiliation: str
    parts: list[tuple[str, float]]
    evidence: Evidence | None
    tags: list[Tag]
    proofs: list[str]
    decided: int
    is_old: bool
    exclusions: list[Exclusion] = field(default_factory=list)

    @property
    def chance(self) -> float | None:
        """How likely such a score is suitable, as judged pairs tell; never what orders the list."""
        chance: float | None = self.candidate.explanation.get("chance")
        return chance

    @property
    def nearest_tags(self) -> list[Tag]:
        """Each of the person's matching tags once, with the closest of its relations."""
        nearest: dict[str, Tag] = {}
        for tag in self.tags:
            nearest.setdefault(tag.code, tag)
        return list(nearest.values())

    @property
    def free(self) -> int:
        """Requests that the expert can still take this month."""
        return max(0, self.expert.monthly_cap - self.decided)


def english() -> bool:
    return (get_language() or "ko").startswith("en")


def evidence_of(explanation: dict[str, Any]) -> Evidence | None:
    """The stored evidence in the reader's words; the text itself is never translated."""
    shown = explanation.get("evidence") or {}
    if not shown:
        return None
    on = shown.get("verified_on")
    return Evidence(
        text=shown.get("text", ""),
        title=shown.get("title", ""),
        kind=str(KIND_LABELS.get(shown.get("kind", ""), shown.get("kind", ""))),
        year=shown.get("year"),
        verification=shown.get("verification", "declared"),
        verified_on=date.fromisoformat(on) if on else None,
        ref=shown.get("source_ref", ""),
    )


def tags_of(explanation: dict[str, Any]) -> list[Tag]:
    """Matched tags, best first, in the reader's language."""
    suffix = "en" if english() else "ko"
    return [
        Tag(t["code"], t[f"label_{suffix}"], t[f"wanted_{suffix}"], t["relation"])
        for t in explanation.get("tags", [])
    ]


def parts_of(contributions: dict[str, float]) -> list[tuple[str, float]]:
    """Contributions with their labels: signals first, the base last; they add up to the score."""
    ordered = [name for name in SIGNALS if name != "base"] + ["base"]
    return [(str(SIGNALS[n]), contributions[n]) for n in ordered if n in contributions]


def main_affiliation(claims: Iterable[Claim]) -> str:
    """Where the person works now, with the position."""
    today = timezone.localdate()
    current = [
        c
        for c in claims
        if c.kind == ClaimKind.AFFILIATION
        and c.verification != "rejected"
        and (c.ends_on is None or c.ends_on >= today)
    ]
    if not current:
        return ""
    main = next((c for c in current if c.is_main), current[0])
    return " ".join(part for part in (main.title, main.organisation, main.role) if part)


def proofs_of(claims: Iterable[Claim]) -> list[str]:
    """What the Foundation has verified, in a word each: degree, post, licence, number of works."""
    today = timezone.localdate()
    valid = [
        c
        for c in claims
        if c.verification == "verified" and (not c.verified_until or c.verified_until >= today)
    ]
    kinds = {c.kind for c in valid}
    degrees = {c.role for c in valid if c.kind == ClaimKind.EDUCATION}
    found = [str(label) for code, label in DEGREES.items() if code in degrees][:1]
    if ClaimKind.AFFILIATION in kinds:
        found.append(_("재직"))
    if ClaimKind.QUALIFICATION in kinds:
        found.append(_("자격"))
    works = [ClaimKind.PAPER, ClaimKind.PATENT, ClaimKind.PROJECT, ClaimKind.ADVISORY]
    number = sum(c.kind in works for c in valid)
    if number:
        found.append(_("실적 %(count)s건") % {"count": number})
    return found


def rows_of(run: MatchRun) -> QuerySet[MatchCandidate]:
    """Candidates of a run with what their cards show, in a fixed number of queries."""
    rows = run.candidates.select_related("expert__user", "marked_by", "added_by")
    return rows.prefetch_related("expert__claims", "expert__fields__node")


def cards_of(run: MatchRun, rows: Sequence[MatchCandidate] | None = None) -> list[Card]:
    """Cards of a run (or of some of its rows), in the order of the list."""
    rows = list(rows_of(run)) if rows is None else rows
    ids = [row.expert_id for row in rows]
    decided = eligibility.decided_this_month(timezone.localdate(), ids)
    excluded = eligibility.check_many(run.request, ids)
    return [
        Card(
            candidate=row,
            expert=row.expert,
            affiliation=main_affiliation(row.expert.claims.all()),
            parts=parts_of(row.contributions),
            evidence=evidence_of(row.explanation),
            tags=tags_of(row.explanation),
            proofs=proofs_of(row.expert.claims.all()),
            decided=decided.get(row.expert_id, 0),
            is_old=row.expert_version != row.expert.version,
            exclusions=excluded.get(row.expert_id, []),
        )
        for row in rows
    ]
