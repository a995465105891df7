"""The work of one allocation: score every request, solve twice, store both plans at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.utils import timezone

from matching import eligibility
from matching.adapters import query_of
from matching.allocation import Plan, alternates, fairest, greatest_total
from matching.allocation_moves import advance, claim, move
from matching.conf import setting
from matching.eligibility import Exclusion
from matching.events import allocation as events
from matching.models import AllocationPlan, AllocationRun, AllocationScores, AllocationSeat
from matching.selectors.allocation import scores_of
from matching.selectors.allocation_problem import Numbered, problem_of
from matching.services import allocation
from matching.services.allocation_lacks import lacks_of
from matching.services.execution import expert_versions, search
from matching.services.heartbeat import beating
from matching.services.index_jobs import catch_up
from matching.transitions import Lost

log = structlog.get_logger(__name__)
Step = AllocationRun.Step
Lacks = list[dict[str, Any]]
#: alternates kept per request
SPARE = 3


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
    except Exception as error:
        log.exception("allocation.failed", run=run_id, error=type(error).__name__)
        _fail(run, "unexpected")


def _fail(run: AllocationRun, code: str) -> None:
    try:
        allocation.fail(run.pk, code, token=run.attempts)
    except Lost:
        log.info("allocation.lost", run=run.pk)


def _work(run: AllocationRun) -> None:
    begun, seconds = perf_counter(), setting("ALLOCATION_FAIR_SECONDS")
    scores, gone = _scores(run)
    timings = {"rank": perf_counter() - begun}
    given = problem_of(run, scores, gone)
    advance(run, Step.TOTAL, 85)
    begun = perf_counter()
    best = greatest_total(given.problem, seconds if given.groups else None)
    timings["total"] = perf_counter() - begun
    advance(run, Step.FAIR, 88)
    begun = perf_counter()
    fair = fairest(given.problem, best, seconds)
    timings["fair"] = perf_counter() - begun
    advance(run, Step.STORE, 97)
    plans = {"total": (best, lacks_of(best, given, gone)),
             "fair": (fair, lacks_of(fair, given, gone))}  # fmt: skip
    store(run, scores, given, plans, timings)


Gone = dict[tuple[int, int], str]


def _scores(run: AllocationRun) -> tuple[list[AllocationScores], Gone]:
    """Scores of each request, ranked now or those of the run that is solved again; and the pins
    of people whom a rule excludes now, (request, expert) → rule."""
    rows, gone = [], Gone()
    if run.scores_of_id:
        for row in scores_of(run):
            rows.append(_still_eligible(row, run, gone))
        return rows, gone
    catch_up()
    entries = list(run.round.entries.select_related("request__department__root"))
    for number, entry in enumerate(entries):
        advance(run, Step.RANK, 80 * number // len(entries))
        rows.append(_rank(run, entry, gone))
    return rows, gone


def _pinned(run: AllocationRun, request_id: int, kinds: tuple[str, ...]) -> set[int]:
    pins = (p for p in run.pins if p["request"] == request_id)
    return {p["expert"] for p in pins if p["kind"] in kinds}


def _rank(run: AllocationRun, entry: Any, gone: Gone) -> AllocationScores:
    """The pipeline's own ranking of everybody who may be proposed for this request."""
    screening = eligibility.screen(entry.request)
    pinned = _pinned(run, entry.request_id, ("force", "forbid"))
    barred = screening.barred(pinned)
    forced = barred & _pinned(run, entry.request_id, ("force",))
    _note(gone, entry.request_id, eligibility.check_many(entry.request, forced))
    parameters = {"limit": run.parameters["candidates"]}
    query = query_of(entry.request)
    result = search(parameters, query, screening, pinned, pinned - barred)
    run.versions = result.versions
    return AllocationScores(
        run=run,
        request=entry.request,
        seats=entry.seats,
        request_version=entry.request.version,
        ranking=[found.as_json() for found in result.experts],
        exclusions=screening.excluded,
    )


def _still_eligible(row: AllocationScores, run: AllocationRun, gone: Gone) -> AllocationScores:
    """Earlier scores without those who may no longer be proposed."""
    forced = _pinned(run, row.request_id, ("force",))
    found = eligibility.check_many(
        row.request, {person["expert_id"] for person in row.ranking} | forced
    )
    _note(gone, row.request_id, {pk: why for pk, why in found.items() if pk in forced})
    row.ranking = [person for person in row.ranking if person["expert_id"] not in found]
    return row


def _note(gone: Gone, request_id: int, found: Mapping[int, Sequence[Exclusion]]) -> None:
    gone.update({(request_id, expert): why[0].rule for expert, why in found.items()})


def store(
    run: AllocationRun,
    scores: Sequence[AllocationScores],
    given: Numbered,
    plans: dict[str, tuple[Plan, Lacks]],
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
    lacking: Lacks,
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
        blocked=lacking,
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
