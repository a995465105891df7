"""Judgements in decided shortlists, read from the rows of the desk whenever they are wanted.

Nothing is copied: who withdrew his registration, or was removed, is gone from the next reading.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from consulting.models import Request
from experts.models import Expert
from matching import pipeline
from matching.adapters import query_of
from matching.engines import active_engine
from matching.engines.base import Context
from matching.language import detect
from matching.learning.pairs import DecidedList, Shown, pairs_of
from matching.learning.use import counted
from matching.models import MatchCandidate, MatchRun
from matching.preparing import prepare_queries

#: what else but the weights a stored signal depends on
LIKE_NOW = ("encoders", "background", "analyser")
#: numbers of the score that come after the signals
AFTER_SIGNALS = ("weights", "centre", "spread", "version", "calibration")


def decided_runs(since: date | None = None, until: date | None = None) -> QuerySet[MatchRun]:
    """The list that each decision was made on, by request; both days are included."""
    period = Q(request__decided_at__isnull=False)
    if since:
        period &= Q(request__decided_at__date__gte=since)
    if until:
        period &= Q(request__decided_at__date__lte=until)
    people = MatchCandidate.objects.exclude(expert__state=Expert.State.WITHDRAWN)
    rows = MatchRun.objects.with_list().filter(period).select_related("request__kind")
    rows = rows.order_by("request_id", "-created_at", "-id").distinct("request_id")
    return rows.prefetch_related(Prefetch("candidates", people))


def decided_lists(
    since: date | None = None, until: date | None = None, context: Context | None = None
) -> list[DecidedList]:
    """Decided shortlists. With a context, signals made under other versions are computed anew."""
    now = pipeline.versions(active_engine(), context) if context else {}
    found = []
    for run in decided_runs(since, until).iterator(chunk_size=200):
        signals = {}
        if context and not is_comparable(run.versions, now):
            signals = signals_now(run, context)
        found.append(_listed(run, signals))
    return found


def pairs_until(until: date) -> dict[str, int]:
    """Source → number of judgements in all decisions up to a day, without reading signals."""
    rows = MatchCandidate.objects.filter(run__in=decided_runs(None, until).values("pk"))
    rows = rows.exclude(expert__state=Expert.State.WITHDRAWN).order_by("run_id")
    facts = rows.values_list("run_id", "expert_id", "rank", "mark", "mark_reason")
    found: dict[str, int] = {}
    for run, group in groupby(facts.iterator(), key=itemgetter(0)):
        shown = tuple(Shown(expert, rank, mark, why) for _run, expert, rank, mark, why in group)
        for source, number in counted(
            pairs_of(DecidedList(0, run, "", "", until, "", shown))
        ).items():
            found[source] = found.get(source, 0) + number
    return dict(sorted(found.items()))


def is_comparable(then: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether signals stored under one set of versions mean the same under the other."""
    same = all(then.get(name) == now.get(name) for name in LIKE_NOW)
    return same and _numbers(then) == _numbers(now)


def _numbers(versions: dict[str, Any]) -> dict[str, Any]:
    scoring = versions.get("scoring") or {}
    return {name: value for name, value in scoring.items() if name not in AFTER_SIGNALS}


def signals_now(run: MatchRun, context: Context) -> dict[int, dict[str, float]]:
    """Expert id → signals as they are computed today; without those who are not indexed."""
    document = prepare_queries([query_of(run.request)], context.encoders)[0]
    ids = sorted(row.expert_id for row in run.candidates.all())
    documents = active_engine().load(ids)
    scores = pipeline.score(document, documents, context)
    return {
        found.expert_id: {name: float(values[row]) for name, values in scores.signals.items()}
        for row, found in enumerate(documents)
    }


def _listed(run: MatchRun, signals: dict[int, dict[str, float]]) -> DecidedList:
    request = run.request
    rows = tuple(_shown(row, signals.get(row.expert_id)) for row in run.candidates.all())
    return DecidedList(
        request=request.pk,
        run=run.pk,
        kind=request.kind.code,
        language=_language(request),
        on=timezone.localdate(request.decided_at),
        version=str((run.versions.get("scoring") or {}).get("version", "")),
        rows=rows,
    )


def _language(request: Request) -> str:
    return detect(" ".join((request.title, request.situation, request.problem, request.ask)))


def _shown(row: MatchCandidate, signals: dict[str, float] | None) -> Shown:
    drawn = row.explanation.get("exploration") or {}
    stored = row.explanation.get("signals") or {}
    return Shown(
        expert=row.expert_id,
        position=row.rank,
        mark=row.mark,
        reason=row.mark_reason if row.mark == MatchCandidate.Mark.DECLINED else "",
        place=row.explanation.get("place"),
        explored=bool(drawn),
        draw=float(drawn.get("propensity", 1.0)),
        signals=stored if signals is None else signals,
        fused=row.explanation.get("fused"),
        chance=row.explanation.get("chance"),
    )
