"""Why somebody is not on a shortlist, and what a search by name finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from experts.models import Expert
from matching import eligibility, pipeline
from matching.adapters import query_of
from matching.eligibility import Exclusion
from matching.engines import Filters
from matching.models import MatchCandidate, MatchRun
from matching.results import ScoredExpert
from matching.selectors.cards import SIGNALS, Evidence, Tag, evidence_of, tags_of

FOUND_BY_NAME = 20


@dataclass(frozen=True)
class Gap:
    """One part of the score: this person's and the last listed person's."""

    label: str
    his: float
    last: float

    @property
    def difference(self) -> float:
        return self.his - self.last


@dataclass(frozen=True)
class WhyNot:
    """The answer: ``kind`` is listed, excluded, unindexed, below or unlisted."""

    expert: Expert
    kind: str
    sentence: str
    exclusions: list[Exclusion] = field(default_factory=list)
    candidate: MatchCandidate | None = None
    score: float | None = None
    gaps: list[Gap] = field(default_factory=list)
    evidence: Evidence | None = None
    tags: list[Tag] = field(default_factory=list)


def experts_by_name(user: Any, name: str) -> QuerySet[Expert]:
    """Experts whose Korean or English name holds the text; nobody for an empty one."""
    text = " ".join(name.split())[:60]
    if not text:
        return Expert.objects.none()
    condition = Q(name_ko__icontains=text) | Q(name_en__icontains=text)
    found = Expert.objects.visible_to(user).filter(condition)
    return found.prefetch_related("claims").order_by("name_ko", "pk")[:FOUND_BY_NAME]


def why_not(run: MatchRun, expert: Expert) -> WhyNot:
    """The first rule that excludes the person, or which signals fell short of the last listed."""
    candidate = run.candidates.filter(expert=expert).first()
    exclusions = eligibility.check(expert, run.request)
    if candidate is not None:
        return WhyNot(expert, "listed", _listed(candidate), exclusions, candidate)
    if exclusions:
        return WhyNot(expert, "excluded", exclusions[0].sentence, exclusions)
    return _compared(run, expert)


def _listed(candidate: MatchCandidate) -> str:
    if candidate.rank:
        return _("추천 %(rank)s위로 목록에 있습니다.") % {"rank": candidate.rank}
    return _("담당자가 직접 추가하여 목록에 있습니다.")


def score_of(run: MatchRun, expert_id: int) -> ScoredExpert | None:
    """One person scored against the request, as the run scores; ``None`` when not indexed."""
    only = Filters(only=frozenset([expert_id]))
    result = pipeline.rank(query_of(run.request), only, 1, [expert_id])
    return next((e for e in result.experts if e.expert_id == expert_id), None)


def _compared(run: MatchRun, expert: Expert) -> WhyNot:
    scored = score_of(run, expert.pk)
    if scored is None:
        text = _("아직 색인되지 않았습니다. 잠시 뒤에 다시 확인해 주십시오.")
        return WhyNot(expert, "unindexed", text)
    last = run.candidates.exclude(rank=None).order_by("-rank").first()
    if last is None or scored.score > (last.score or 0):
        text = _("목록을 만들 때는 대상이 아니었습니다. 다시 찾으면 목록에 오를 수 있습니다.")
        return _answer(expert, "unlisted", text, scored, [])
    text = _("적합도가 %(his)s로, 목록의 마지막인 %(rank)s위(%(last)s)보다 낮습니다.") % {
        "his": f"{scored.score:.2f}",
        "rank": last.rank,
        "last": f"{last.score or 0:.2f}",
    }
    return _answer(expert, "below", text, scored, gaps_between(scored, last))


def _answer(expert: Expert, kind: str, text: str, scored: ScoredExpert, gaps: list[Gap]) -> WhyNot:
    told = {"tags": scored.matched_tags, "evidence": scored.evidence}
    return WhyNot(
        expert,
        kind,
        text,
        score=scored.score,
        gaps=gaps,
        evidence=evidence_of(told),
        tags=tags_of(told),
    )


def gaps_between(scored: ScoredExpert, last: MatchCandidate) -> list[Gap]:
    """Contribution by contribution, the largest shortfall first."""
    gaps = [
        Gap(str(label), scored.contributions.get(n, 0.0), last.contributions.get(n, 0.0))
        for n, label in SIGNALS.items()
        if n != "base"
    ]
    return sorted(gaps, key=lambda gap: gap.difference)
