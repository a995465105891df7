"""The work of one allocation: score every request, solve twice, store both plans at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from time import perf_counter
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.utils import timezone

from matching import eligibility
from matching.adapters import query_of
from matching.allocation import (
    Blocked,
    Plan,
    ProblemError,
    alternates,
    blocked,
    fairest,
    greatest_total,
)
from matching.allocation_moves import advance, claim, move
from matching.conf import setting
from matching.events import allocation as events
from matching.models import AllocationPlan, AllocationRun, AllocationScores, AllocationSeat
from matching.selectors.allocation import Numbered, problem_of, scores_of
from matching.services import allocation
from matching.services.execution import expert_versions, search
from matching.services.heartbeat import beating
from matching.services.index_jobs import catch_up
from matching.transitions import Lost

log = structlog.get_logger(__name__)
Step = AllocationRun.Step
#: alternates kept per request
SPARE = 3


class PinProblemError(Exception):
    """What staff pinned cannot be; ``code`` names the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def execute(run_id: int) -> None:
    """Claim the run and work on it. Called twice, or for a run that is over, it does nothing."""
    run = claim(run_id)
    if run is None:
        log.info("allocation.not_mine", run=run_id)
        return
    try:
        with beating(run, setting("ALLOCATION_RUN_SECONDS")):
            _work(run)
    except Lost:
        log.info("allocation.lost", run=run_id)
    except SoftTimeLimitExceeded:
        connection.close()  # the signal may have struck inside a statement
        _fail(run, "time_limit")
    except PinProblemError as error:
        _fail(run, error.code)
    except Exception as error:
        log.exception("allocation.failed", run=run_id, error=type(error).__name__)
        _fail(run, "unexpected")


def _fail(run: AllocationRun, code: str) -> None:
    try:
        allocation.fail(run.pk, code, token=run.attempts)
    except Lost:
        log.info("allocation.lost", run=run.pk)


def _work(run: AllocationRun) -> None:
    begun = perf_counter()
    scores = _scores(run)
    timings = {"rank": perf_counter() - begun}
    try:
        given = problem_of(run, scores, run.round.minimum, run.round.per_institution)
    except ProblemError as error:
        raise PinProblemError(error.code) from None
    advance(run, Step.TOTAL, 85)
    begun = perf_counter()
    best = greatest_total(given.problem)
    timings["total"] = perf_counter() - begun
    advance(run, Step.FAIR, 88)
    begun = perf_counter()
    fair = fairest(given.problem, best, setting("ALLOCATION_FAIR_SECONDS"))
    timings["fair"] = perf_counter() - begun
    advance(run, Step.STORE, 97)
    plans = {"total": (best, blocked(best)), "fair": (fair, blocked(fair))}
    store(run, scores, given, plans, timings)


def _scores(run: AllocationRun) -> list[AllocationScores]:
    """Scores of each request: ranked now, or those of the run that is solved again."""
    if run.scores_of_id:
        return [_still_eligible(row, run) for row in scores_of(run)]
    catch_up()
    entries = list(run.round.entries.select_related("request__department__root"))
    rows = []
    for number, entry in enumerate(entries):
        advance(run, Step.RANK, 80 * number // len(entries))
        rows.append(_rank(run, entry))
    return rows


def _rank(run: AllocationRun, entry: Any) -> AllocationScores:
    """The pipeline's own ranking of everybody who may be proposed for this request."""
    screening = eligibility.screen(entry.request)
    pinned = {p["expert"] for p in run.pins if p["request"] == entry.request_id}
    forced = {
        p["expert"] for p in run.pins if p["request"] == entry.request_id and p["kind"] == "force"
    }
    if screening.barred(forced):
        raise PinProblemError("forced_ineligible")
    parameters = {"limit": run.parameters["candidates"]}
    result = search(parameters, query_of(entry.request), screening, pinned, pinned - _barred(
        screening, pinned))  # fmt: skip
    run.versions = result.versions
    return AllocationScores(
        run=run,
        request=entry.request,
        seats=entry.seats,
        request_version=entry.request.version,
        ranking=[found.as_json() for found in result.experts],
        exclusions=screening.excluded,
    )


def _barred(screening: Any, ids: set[int]) -> set[int]:
    barred: set[int] = screening.barred(ids)
    return barred


def _still_eligible(row: AllocationScores, run: AllocationRun) -> AllocationScores:
    """Earlier scores without those who may no longer be proposed."""
    ids = {found["expert_id"] for found in row.ranking}
    forced = {
        p["expert"] for p in run.pins if p["request"] == row.request_id and p["kind"] == "force"
    }
    gone = eligibility.check_many(row.request, ids | forced)
    if forced & set(gone):
        raise PinProblemError("forced_ineligible")
    row.ranking = [found for found in row.ranking if found["expert_id"] not in gone]
    return row


def store(
    run: AllocationRun,
    scores: Sequence[AllocationScores],
    given: Numbered,
    plans: dict[str, tuple[Plan, list[Blocked]]],
    timings: dict[str, float],
) -> None:
    """Scores and both plans together with the run's last move, all or nothing."""
    with move(run.pk, "finish", token=run.attempts) as row:
        if not run.scores_of_id:
            AllocationScores.objects.bulk_create(scores)
        versions = expert_versions(given.experts)
        for objective, (plan, lacking) in plans.items():
            _store_plan(row, objective, plan, lacking, given, versions)
        row.versions = run.versions or (run.scores_of.versions if run.scores_of else {})
        row.timings = {name: round(value, 3) for name, value in timings.items()}
        row.step, row.progress = Step.STORE, 100
        row.finished_at = timezone.now()
        events.finished(row)
        allocation.tell_finished(row)
    log.info("allocation.stored", run=run.pk, **row.timings)


def _store_plan(
    run: AllocationRun,
    objective: str,
    plan: Plan,
    lacking: list[Blocked],
    given: Numbered,
    versions: dict[int, int],
) -> None:
    counts = {n: int((plan.load == n).sum()) for n in range(1, int(plan.load.max(initial=0)) + 1)}
    stored = AllocationPlan.objects.create(
        run=run,
        objective=objective,
        total=plan.total,
        worst=plan.worst,
        total_bound=plan.total_bound,
        worst_bound=plan.worst_bound,
        timed_out=plan.timed_out,
        loads=counts,
        blocked=[_blocked_json(found, given) for found in lacking],
    )
    forced = {(p["request"], p["expert"]) for p in run.pins if p["kind"] == "force"}
    seats = [
        (int(row), int(col), "assigned") for row, col in zip(plan.rows, plan.cols, strict=True)
    ]
    for row, experts in enumerate(alternates(plan, SPARE)):
        seats += [(row, int(col), "alternate") for col in experts]
    people = []
    for row, col, role in seats:
        pair = (given.requests[row], given.experts[col])
        rank, score = given.ranked.get(pair, (0, 0.0))
        people.append(
            AllocationSeat(
                plan=stored,
                request_id=pair[0],
                expert_id=pair[1],
                role=role,
                score=score,
                rank=rank,
                pinned=pair in forced,
                expert_version=versions.get(pair[1], 0),
            )
        )
    AllocationSeat.objects.bulk_create(people)


def _blocked_json(found: Blocked, given: Numbered) -> dict[str, Any]:
    """With ids instead of positions."""
    facts: dict[str, Any] = {**asdict(found), "request": given.requests[found.request]}
    release = found.release
    if release is not None:
        facts["release"] = {
            "kind": release.kind,
            "gain": round(release.gain, 4),
            "expert": given.experts[release.expert],
            "institution": given.institutions[release.label] if release.kind == "group" else "",
        }
    return facts
