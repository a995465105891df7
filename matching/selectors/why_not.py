"""Why somebody is not on a shortlist, and what a search by name finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experts.models import Expert
from matching import eligibility, pipeline
from matching.adapters import query_of
from matching.eligibility import Exclusion
from matching.engines import Filters, active_engine
from matching.models import MatchCandidate, MatchRun
from matching.preparing import prepare_queries
from matching.reasons import what_ifs
from matching.results import ScoredExpert
from matching.selectors.cards import SIGNALS, Evidence, Tag, evidence_of, tags_of
from matching.selectors.why import lower_words

FOUND_BY_NAME = 20
#: what staff may narrow a search by
CONDITIONS = {
    "origin": gettext_lazy("국내·해외"),
    "language": gettext_lazy("언어"),
    "mode": gettext_lazy("방식"),
    "pool": gettext_lazy("전문가 풀"),
}
FACTS = tuple(CONDITIONS)
#: signal → what fell short of the last listed person; %(his)s and %(last)s are shares of the score
SHORT = {
    "dense": gettext_lazy("의미 유사도가 목록의 마지막 사람보다 낮습니다(%(his)s < %(last)s)."),
    "lexical": gettext_lazy(
        "요청에 쓰인 낱말이 경력에 나오는 정도가 목록의 마지막 사람보다 낮습니다"
        "(%(his)s < %(last)s)."
    ),
    "tags": gettext_lazy(
        "요청한 분야와 겹치는 정도가 목록의 마지막 사람보다 낮습니다(%(his)s < %(last)s)."
    ),
}
#: a difference smaller than this is no shortfall
LEAST = 0.005


@dataclass(frozen=True)
class Gap:
    """One part of the score: this person's and the last listed person's."""

    label: str
    his: float
    last: float
    name: str = ""

    @property
    def difference(self) -> float:
        return self.his - self.last

    @property
    def is_short(self) -> bool:
        """Whether he has less of it than the last listed person."""
        return self.difference <= -LEAST

    @property
    def sentence(self) -> str:
        """What fell short, with both values; three decimals where two would look the same."""
        digits = 2 if _number(self.his, 2) != _number(self.last, 2) else 3
        facts = {"his": _number(self.his, digits), "last": _number(self.last, digits)}
        return str(SHORT[self.name]) % facts


def _number(value: float, digits: int) -> str:
    """With a real minus, and never a zero below zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


@dataclass(frozen=True)
class Change:
    """What would be with one thing different, and whether that reaches the last listed person."""

    text: str
    score: float
    reaches: bool


@dataclass(frozen=True)
class FoundByName:
    """The first people whose name holds the text, and how many more there are."""

    people: list[Expert]
    more: int

    def __iter__(self) -> Iterator[Expert]:
        return iter(self.people)

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class WhyNot:
    """The answer: ``kind`` is listed, excluded, filtered, unindexed, below or unlisted."""

    expert: Expert
    kind: str
    sentence: str
    exclusions: list[Exclusion] = field(default_factory=list)
    candidate: MatchCandidate | None = None
    score: float | None = None
    chance: float | None = None
    gaps: list[Gap] = field(default_factory=list)
    shortfalls: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    evidence: Evidence | None = None
    tags: list[Tag] = field(default_factory=list)


def experts_by_name(user: Any, name: str) -> FoundByName:
    """Experts whose Korean or English name holds the text; nobody for an empty one."""
    text = " ".join(name.split())[:60]
    if not text:
        return FoundByName([], 0)
    condition = Q(name_ko__icontains=text) | Q(name_en__icontains=text)
    found = Expert.objects.visible_to(user).filter(condition)
    rows = found.prefetch_related("claims").order_by("name_ko", "pk")
    people = list(rows[:FOUND_BY_NAME])
    more = found.count() - len(people) if len(people) == FOUND_BY_NAME else 0
    return FoundByName(people, more)


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
    if "exploration" in candidate.explanation:
        text = _("추천 순서로는 %(place)s위이며, 탐색 표본으로 뽑혀 목록에 있습니다.")
        return text % {"place": candidate.explanation["place"]}
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
    told = {"tags": scored.matched_tags, "evidence": scored.evidence}
    answer = WhyNot(
        expert,
        "unlisted",
        _("목록을 만들 때는 대상이 아니었습니다. 다시 찾으면 목록에 오를 수 있습니다."),
        score=scored.score,
        chance=scored.chance,
        evidence=evidence_of(told),
        tags=tags_of(told),
    )
    missing = _filtered(run, expert)
    if missing:
        return replace(answer, kind="filtered", sentence=missing)
    listed = run.candidates.exclude(rank=None).exclude(explanation__has_key="exploration")
    last = listed.order_by("-rank").first()  # who stands there by right
    if last is None or scored.score > (last.score or 0):
        return answer
    gaps = gaps_between(scored, last)
    return replace(
        answer,
        kind="below",
        sentence=_short_of(scored, last),
        gaps=gaps,
        shortfalls=[gap.sentence for gap in gaps if gap.is_short],
        changes=_changes(run, expert.pk, last),
    )


def _filtered(run: MatchRun, expert: Expert) -> str:
    """The condition of this search that the person does not meet, in words; empty if he does."""
    for name in FACTS:
        wanted = run.parameters.get(name)
        found = active_engine().load([expert.pk])
        if wanted and found and f"{name}:{wanted}" not in found[0].facts:
            label = CONDITIONS.get(name, name)
            return _("이 목록을 찾을 때 정한 조건에 맞지 않습니다: %(condition)s") % {
                "condition": label
            }
    return ""


def _short_of(scored: ScoredExpert, last: MatchCandidate) -> str:
    """Score against the last listed person's."""
    return _("적합도가 %(his)s로, 목록의 마지막인 %(rank)s위(%(last)s)보다 낮습니다.") % {
        "his": f"{scored.score:.2f}",
        "rank": last.rank,
        "last": f"{last.score or 0:.2f}",
    }


def _changes(run: MatchRun, expert_id: int, last: MatchCandidate) -> list[Change]:
    """What would lift the person, and whether it would be enough."""
    documents = active_engine().load([expert_id])
    if not documents:
        return []
    context = pipeline.current_context()
    query = prepare_queries([query_of(run.request)], context.encoders)[0]
    return [
        Change(
            lower_words(one),
            one.score,
            one.score >= (last.score or 0),
        )
        for one in what_ifs(query, documents[0], context)
    ]


def gaps_between(scored: ScoredExpert, last: MatchCandidate) -> list[Gap]:
    """Contribution by contribution, the largest shortfall first."""
    gaps = [
        Gap(str(label), scored.contributions.get(n, 0.0), last.contributions.get(n, 0.0), n)
        for n, label in SIGNALS.items()
        if n != "base"
    ]
    return sorted(gaps, key=lambda gap: gap.difference)
