"""The work of one run: who is eligible, the search, and the shortlist stored in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
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
from matching.eligibility import Screening
from matching.engines import Filters
from matching.evidence import RequestQuery
from matching.models import MatchCandidate, MatchRun
from matching.results import RankedResult, ScoredExpert
from matching.services import exploration, runs
from matching.services.heartbeat import beating
from matching.services.index_jobs import catch_up
from matching.transitions import Lost, advance, claim, move

log = structlog.get_logger(__name__)
Step = MatchRun.Step
ROUNDS = 3
#: what staff may ask for (``runs.FACTS``) as columns
COLUMNS = {"pool": "pools__code", "origin": "origin", "language": "languages__contains",
           "mode": "modes__contains"}  # fmt: skip
#: of the last list of a request, whom staff have added or marked
_TOUCHED = """
SELECT * FROM matching_matchcandidate WHERE run_id = (
    SELECT id FROM matching_matchrun WHERE request_id = %s AND state = 'done'
    ORDER BY created_at DESC, id DESC LIMIT 1
) AND (mark <> '' OR origin <> 'matched')"""
_BY_DATABASE = ("id", "expert_version")
_INSERT = """
INSERT INTO matching_matchcandidate (expert_version, {columns}) SELECT expert.version, {given}
FROM jsonb_populate_recordset(NULL::matching_matchcandidate, %s::jsonb) WITH ORDINALITY AS given
JOIN experts_expert expert ON expert.id = given.expert_id ORDER BY given.ordinality"""


@dataclass
class Found:
    """What a run has gathered before it stores anything."""

    screening: Screening
    result: RankedResult
    carried: dict[int, MatchCandidate]
    notes: exploration.Notes = field(default_factory=dict)


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
        screening = eligibility.screen(run.request)
        wanted = set(carried) - screening.barred(carried)
        wanted |= _asked_for(run.parameters, screening.waived)
    advance(run, Step.RETRIEVE, 40)
    result = search(run.parameters, query, screening, set(carried), wanted)
    result, notes = exploration.mixed(result, run.parameters["limit"], carried)
    timings.update(result.timings)
    advance(run, Step.STORE, 90)
    store(run, Found(screening, result, carried, notes), timings, begun)


def search(
    parameters: dict[str, Any],
    query: RequestQuery,
    screening: Screening,
    carried: set[int],
    wanted: set[int],
) -> RankedResult:
    """Rank, and check in the database whoever would be listed: an index may lag behind it.

    wanted: scored whether the engine proposes them or not; of them only those ``carried`` over
    from an earlier list stay when they stand below this one. Where somebody may not be listed, the
    search is made again without him, so that the list is full; after ``ROUNDS`` the rest is listed.
    """
    limit = exploration.ranks_needed(parameters["limit"])
    gone: set[int] = set()
    for _ in range(ROUNDS):
        filters = filters_of(parameters, screening, gone)
        result = pipeline.rank(query, filters, limit, wanted - gone)
        listed = [e for e in result.experts if e.rank <= limit or e.expert_id in carried]
        with _timed(result.timings, "check"):
            barred = screening.barred(e.expert_id for e in listed)
        if not barred:
            return replace(result, experts=listed)
        log.info("run.index_lags", barred=len(barred))
        gone |= barred
    kept = [e for e in listed if e.expert_id not in gone]
    return replace(result, experts=[replace(e, rank=place) for place, e in enumerate(kept, 1)])


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = perf_counter()
    yield
    timings[name] = (perf_counter() - start) * 1_000


def filters_of(
    parameters: dict[str, Any], screening: Screening, without: Iterable[int] = ()
) -> Filters:
    """What the engine must respect inside its search: eligibility and what staff asked for."""
    asked = (f"{name}:{parameters[name]}" for name in runs.FACTS if parameters.get(name))
    return screening.filters(*asked, without=without)


def _asked_for(parameters: dict[str, Any], ids: Collection[int]) -> set[int]:
    """Those of these people who meet what staff asked for; the index is not asked about them."""
    if not ids:
        return set()
    given = {column: parameters[n] for n, column in COLUMNS.items() if parameters.get(n)}
    return set(Expert.objects.filter(pk__in=ids, **given).values_list("pk", flat=True))


def _carried(run: MatchRun) -> dict[int, MatchCandidate]:
    """Expert id → what staff had done with him on the shortlist before: added or marked."""
    touched = MatchCandidate.objects.raw(_TOUCHED, [run.request_id])
    return {candidate.expert_id: candidate for candidate in touched}


def store(run: MatchRun, found: Found, timings: dict[str, float], begun: float) -> None:
    """Candidates, counts, timings and versions, and the request's next state, all or nothing."""
    start = perf_counter()
    nobody = not found.result.experts
    name, mine = "end_empty" if nobody else "finish", run.attempts
    with move(run.pk, name, token=mine, request_id=run.request_id) as row:
        stored = insert(candidates_of(row, found))
        row.versions = found.result.versions
        _tell_numbers(row, found.screening)
        row.step, row.progress = Step.STORE, 100
        row.finished_at = timezone.now()
        if nobody:
            row.error = "nobody"
            runs.end_without_list(row, "nobody")
        else:
            events.run_finished(row, stored)
            consulting.shortlist(row.request_id, locked=row.request)
        timings["store"] = (perf_counter() - start) * 1_000
        timings["total"] = (perf_counter() - begun) * 1_000
        row.timings = {name: round(value, 1) for name, value in timings.items()}
    log.info("run.stored", run=run.pk, state=row.state, candidates=stored, **row.timings)


def _tell_numbers(run: MatchRun, screening: Screening) -> None:
    run.pool_size, run.eligible_size = screening.pool, screening.eligible
    run.exclusions = screening.excluded
    run.versions["counted_at"] = screening.counted_at.isoformat()


def candidates_of(run: MatchRun, found: Found) -> list[MatchCandidate]:
    """Rows of the shortlist; what staff had added or marked before is kept."""
    limit = run.parameters["limit"]
    rows = []
    for scored in found.result.experts:
        row = candidate_row(run, scored, 0, listed=scored.rank <= limit)
        row.explanation.update(found.notes.get(scored.expert_id, {}))
        before = found.carried.get(scored.expert_id)
        if before is not None:
            _carry_over(row, before)
        rows.append(row)
    return rows


def insert(rows: Iterable[MatchCandidate]) -> int:
    """Store rows, each with the version of the profile now; people who are gone are left out.

    One document for all of them: an array per column would have every quotation mark of the
    explanations escaped by itself. Returns how many were stored.
    """
    fields = [f for f in MatchCandidate._meta.concrete_fields if f.attname not in _BY_DATABASE]
    values = [{f.attname: f.value_from_object(row) for f in fields} for row in rows]
    columns, given = (", ".join(f"{part}{f.attname}" for f in fields) for part in ("", "given."))
    document = json.dumps(values, ensure_ascii=False, default=datetime.isoformat)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(columns=columns, given=given), [document])
        return int(cursor.rowcount)


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
            "chance": scored.chance,
            "place": scored.rank,
        },
        expert_version=version,
    )


def _carry_over(row: MatchCandidate, before: MatchCandidate) -> None:
    for name in ("mark", "mark_reason", "marked_by_id", "marked_at", "added_by_id", "added_reason",
                 "preference"):  # fmt: skip
        setattr(row, name, getattr(before, name))
