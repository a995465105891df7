"""Everything that stands behind one candidate's place, for the page "why"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching import pipeline
from matching.adapters import query_of
from matching.engines import active_engine
from matching.models import MatchCandidate, MatchRun
from matching.preparing import prepare_queries
from matching.reasons import Quote, WhatIf, lowering, quotes, what_ifs
from matching.selectors.cards import MEANINGS, SIGNALS, Card, Evidence, evidence_of
from matching.selectors.committee import matrix_of
from matching.selectors.needs import needs_of
from matching.selectors.panels import Coverage, coverage_now, language
from matching.taxonomy import label_of

LOWERS = {
    "verified": gettext_lazy("확인되지 않은 근거가 있습니다. 모두 확인되면"),
    "fresh": gettext_lazy("오래된 근거가 있습니다. 모두 최근의 것이면"),
    "fields": gettext_lazy("요청한 분야 가운데 없는 것이 있습니다 (%(words)s). 모두 갖추면"),
    "hub": gettext_lazy("여러 요청과 두루 가까운 프로필이어서 조금 낮추었습니다. 낮추지 않으면"),
    "words": gettext_lazy("요청과 언어가 다른 낱말을 덜 셌습니다. 그대로 세면"),
}


@dataclass(frozen=True)
class Lower:
    """One thing that holds the score down, and what would be without it."""

    text: str
    score: float
    difference: float
    place: int | None


@dataclass(frozen=True)
class SignalQuotes:
    """Quotes of one signal, each with the words it shares."""

    label: str
    meaning: str
    quotes: list[tuple[Evidence, str]]


@dataclass(frozen=True)
class Why:
    """What the page shows besides the stored score. is_indexed: quotes could be looked up now."""

    is_indexed: bool
    chance: float | None
    quotes: list[SignalQuotes] = field(default_factory=list)
    coverage: Coverage | None = None
    lowers: list[Lower] = field(default_factory=list)
    negative: list[str] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    versions: list[tuple[str, str]] = field(default_factory=list)


def why_of(run: MatchRun, card: Card) -> Why:
    """Stored facts of the candidate, and quotes, coverage and effects from today's index."""
    row = card.candidate
    documents = active_engine().load([row.expert_id])
    facts: dict[str, Any] = {}
    if documents:
        context = pipeline.current_context()
        query = prepare_queries([query_of(run.request)], context.encoders)[0]
        facts = {
            "quotes": _quotes(quotes(query, documents[0], context)),
            "lowers": _lowers(what_ifs(query, documents[0], context), run, row),
            "coverage": coverage_now(
                matrix_of(needs_of(run.request), [row.expert_id]), [card.expert]
            ),
        }
    return Why(
        is_indexed=bool(documents),
        chance=row.explanation.get("chance"),
        negative=[str(SIGNALS[name]) for name in lowering(row.contributions.items())],
        standing=standing(run, row),
        versions=version_facts(run, row),
        **facts,
    )


def _quotes(found: Mapping[str, Sequence[Quote]]) -> list[SignalQuotes]:
    shown = []
    for name, listed in found.items():
        rows = [(evidence_of({"evidence": q.piece}), ", ".join(q.words)) for q in listed]
        kept = [(evidence, words) for evidence, words in rows if evidence is not None]
        shown.append(SignalQuotes(str(SIGNALS[name]), str(MEANINGS[name]), kept))
    return shown


def _lowers(found: Sequence[WhatIf], run: MatchRun, row: MatchCandidate) -> list[Lower]:
    """Effects measured from the stored score; places among the people of this list."""
    if row.score is None:
        return []
    others = [
        c.explanation.get("fused") for c in run.candidates.exclude(pk=row.pk).exclude(rank=None)
    ]
    known = [value for value in others if value is not None]
    return [
        Lower(
            lower_words(one),
            one.score,
            one.score - row.score,
            1 + sum(value > one.fused for value in known) if known and row.rank else None,
        )
        for one in found
        if one.score > row.score
    ]


def lower_words(one: WhatIf) -> str:
    """What holds a score down, in the reader's language."""
    labels = [label_of(code, language()) for code in one.fields]
    return str(LOWERS[one.code]) % {"words": ", ".join(labels)}


def standing(run: MatchRun, row: MatchCandidate) -> list[str]:
    """Where he stands, and how far it is to the next one and to the last one listed."""
    if not row.rank or row.score is None:
        return [_("담당자가 직접 추가하여 목록에 있습니다.")] if not row.rank else []
    ranked = [c for c in run.candidates.exclude(rank=None).order_by("rank") if c.score is not None]
    told = [
        _("%(count)s명 가운데 추천 %(rank)s위입니다.") % {"count": len(ranked), "rank": row.rank}
    ]
    above = next((c for c in reversed(ranked) if (c.rank or 0) < row.rank), None)
    if above is not None:
        facts = {"rank": above.rank, "gap": f"{(above.score or 0) - row.score:.3f}"}
        told.append(_("바로 위인 %(rank)s위와는 %(gap)s 차이입니다.") % facts)
    last = ranked[-1]
    if last.pk != row.pk:
        facts = {"rank": last.rank, "gap": f"{row.score - (last.score or 0):.3f}"}
        told.append(_("목록의 마지막인 %(rank)s위보다 %(gap)s 높습니다.") % facts)
    return told


def version_facts(run: MatchRun, row: MatchCandidate) -> list[tuple[str, str]]:
    """What the stored score rests on: the same versions and texts give the same score."""
    versions = run.versions
    encoders = versions.get("encoders") or {}
    facts = [
        (_("점수 기준"), f"v{(versions.get('scoring') or {}).get('version', '1')}"),
        (_("적합 가능성 기준"), versions.get("calibration", "")),
        (_("언어 모델"), ", ".join(f"{name} ({mark})" for name, mark in encoders.items())),
        (_("배경 통계"), versions.get("background", "")),
        (_("낱말 분석"), str(versions.get("analyser", ""))),
        (_("검색 엔진"), versions.get("engine", "")),
        (_("요청 판"), str(run.request_version)),
        (_("프로필 판"), str(row.expert_version)),
    ]
    return [(label, value) for label, value in facts if value]
