"""The work of one run: who is eligible, the search, and the shortlist stored in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.utils import timezone

from consulting import transitions as consulting
from experts.models import Expert
from matching import eligibility, events, pipeline
from matching.adapters import query_of
from matching.engines import Filters
from matching.models import MatchCandidate, MatchRun
from matching.results import RankedResult, ScoredExpert
from matching.services import runs
from matching.services.heartbeat import beating
from matching.services.index_jobs import catch_up
from matching.transitions import Lost, advance, claim, move

log = structlog.get_logger(__name__)
Step = MatchRun.Step


@dataclass
class Found:
    """What a run has gathered before it stores anything."""

    pool: list[int]
    exclusions: dict[str, int]
    eligible: int
    result: RankedResult
    carried: dict[int, MatchCandidate]


def execute(run_id: int) -> None:
    """Claim the run and work on it. Called twice, or for a run that is over, it does nothing."""
    run = claim(run_id)
    if run is None:
        log.info("run.not_mine", run=run_id)
        return
    try:
        with beating(run):
            _work(run)
    except Lost:
        log.info("run.lost", run=run_id)
    except SoftTimeLimitExceeded:
        connection.close()  # the signal may have struck inside a statement
        _fail(run, "time_limit")
    except Exception as error:
        log.exception("run.failed", run=run_id, error=type(error).__name__)
        _fail(run, _code(error))


def _fail(run: MatchRun, code: str) -> None:
    try:
        runs.fail(run.pk, code, token=run.attempts)
    except Lost:
        log.info("run.lost", run=run.pk)


def _code(error: Exception) -> str:
    """Which sentence staff get for an error; its text may hold data and stays in the log."""
    module = type(error).__module__
    if module.startswith("matching.encoders"):
        return "encoder"
    return "engine" if module.startswith("matching.engines") else "unexpected"


def _work(run: MatchRun) -> None:
    timings = dict(run.timings)
    begun = perf_counter()
    with _timed(timings, "prepare"):
        catch_up()
        query = query_of(run.request)
        carried = _carried(run)
    advance(run, Step.ELIGIBILITY, 20)
    with _timed(timings, "eligibility"):
        pool = eligibility.pool_ids()
        excluded = eligibility.excluded(run.request)
        eligible = [pk for pk in pool if pk not in excluded]
    advance(run, Step.RETRIEVE, 40)
    wanted = [pk for pk in carried if pk not in excluded]
    result = pipeline.rank(
        query, filters_of(run.parameters, excluded), run.parameters["limit"], wanted
    )
    timings.update(result.timings)
    advance(run, Step.STORE, 90)
    found = Found(pool, eligibility.counts(excluded, pool), len(eligible), result, carried)
    store(run, found, timings, begun)


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[name] = (perf_counter() - start) * 1_000


def filters_of(parameters: dict[str, Any], excluded: Any) -> Filters:
    """What the engine must respect inside its search: eligibility and what staff asked for."""
    asked = tuple(f"{name}:{parameters[name]}" for name in runs.FACTS if parameters.get(name))
    return Filters(all_of=("approved", *asked), without=frozenset(excluded))


def _carried(run: MatchRun) -> dict[int, MatchCandidate]:
    """Expert id → what staff had done with him on the shortlist before: added or marked."""
    last = MatchRun.objects.with_list().filter(request_id=run.request_id).first()
    if last is None:
        return {}
    touched = last.candidates.exclude(mark="", origin=MatchCandidate.Origin.MATCHED)
    return {candidate.expert_id: candidate for candidate in touched}


def store(run: MatchRun, found: Found, timings: dict[str, float], begun: float) -> None:
    """Candidates, counts, timings and versions, and the request's next state, all or nothing."""
    start = perf_counter()
    nobody = not found.result.experts
    with move(run.pk, "end_empty" if nobody else "finish", token=run.attempts) as row:
        rows = candidates_of(row, found)
        MatchCandidate.objects.bulk_create(rows)
        row.versions = found.result.versions
        row.pool_size, row.eligible_size = len(found.pool), found.eligible
        row.exclusions = found.exclusions
        row.step, row.progress = Step.STORE, 100
        row.finished_at = timezone.now()
        if nobody:
            row.error = "nobody"
            runs.end_without_list(row, "nobody")
        else:
            events.run_finished(row, len(rows))
            consulting.shortlist(row.request_id)
        timings["store"] = (perf_counter() - start) * 1_000
        timings["total"] = (perf_counter() - begun) * 1_000
        row.timings = {name: round(value, 1) for name, value in timings.items()}
    log.info("run.stored", run=run.pk, state=row.state, candidates=len(rows), **row.timings)


def candidates_of(run: MatchRun, found: Found) -> list[MatchCandidate]:
    """Rows of the shortlist; what staff had added or marked before is kept."""
    experts = found.result.experts
    versions = expert_versions([scored.expert_id for scored in experts])
    limit = run.parameters["limit"]
    rows = []
    for scored in experts:
        if scored.expert_id not in versions:
            continue  # gone since the search
        before = found.carried.get(scored.expert_id)
        listed = scored.rank <= limit
        row = candidate_row(run, scored, versions[scored.expert_id], listed=listed)
        if before is not None:
            _carry_over(row, before)
        rows.append(row)
    return rows


def expert_versions(ids: Sequence[int]) -> dict[int, int]:
    """Expert id → version of the profile now."""
    return dict(Expert.objects.filter(pk__in=ids).values_list("pk", "version"))


def candidate_row(
    run: MatchRun, scored: ScoredExpert, version: int, *, listed: bool
) -> MatchCandidate:
    """An unsaved candidate; ``listed`` is false for people who are here by hand only."""
    origin = MatchCandidate.Origin.MATCHED if listed else MatchCandidate.Origin.ADDED
    return MatchCandidate(
        run=run,
        expert_id=scored.expert_id,
        origin=origin,
        rank=scored.rank if listed else None,
        score=scored.score,
        contributions=scored.contributions,
        explanation={
            "signals": scored.signals,
            "tags": scored.matched_tags,
            "evidence": scored.evidence,
            "fused": scored.fused,
            "place": scored.rank,
        },
        expert_version=version,
    )


def _carry_over(row: MatchCandidate, before: MatchCandidate) -> None:
    for name in ("mark", "mark_reason", "marked_by_id", "marked_at", "added_by_id", "added_reason",
                 "preference"):  # fmt: skip
        setattr(row, name, getattr(before, name))
