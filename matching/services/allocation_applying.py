"""Applying a plan: its people are named as chosen on the shortlists, all or nothing.

Locks: the round, its plan, requests by id, their runs, then experts by id (docs/locking.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict
from consulting import transitions as consulting
from consulting.models import Request, Round
from consulting.rounds.selectors import capacities
from experts.models import Expert
from matching.conf import setting
from matching.events import allocation as events
from matching.events import candidate_marked
from matching.models import (
    AllocationPlan,
    AllocationRun,
    AllocationScores,
    AllocationSeat,
    MatchCandidate,
    MatchRun,
)
from matching.results import ScoredExpert
from matching.selectors.allocation import board, scores_of
from matching.services.allocation import locked, refuse_excluded
from matching.services.execution import candidate_row, expert_versions
from matching.services.shortlist import lock_experts
from matching.services.texts import needed
from matching.transitions import lock_request

Mark = MatchCandidate.Mark


def apply_plan(
    plan_id: int,
    by: Any,
    reason: str,
    *,
    confirmed_old: bool = True,
    confirmed_partial: bool = False,
) -> AllocationPlan:
    """Name the plan's people as chosen on the shortlists of its requests.

    A plan that drops a pin or leaves a minimum open is applied only when that was seen.

    Requests that have no list yet get one from the plan's scores. Decisions are still made request
    by request. All or nothing: somebody who may no longer be proposed, a request that has moved
    on or a limit that is used up since stops everything with a sentence.
    """
    why = needed("reason", reason)
    round_id = AllocationRun.objects.values_list("round_id", flat=True).get(plans=plan_id)
    with transaction.atomic():
        row = locked(round_id, by)
        plan: AllocationPlan = AllocationPlan.objects.select_for_update(of=("self",)).get(
            pk=plan_id
        )
        plan.run.round = row
        _refuse_applied(row)
        if not confirmed_old and board(plan).is_old:
            text = _("배정안을 만든 뒤에 내용이 바뀌었습니다. 다시 계산하거나 확인해 주십시오.")
            raise Conflict(text, state="old")
        if plan.is_partial and not confirmed_partial:
            text = _("지키지 못한 고정이나 최소 인원 조건이 있는 안입니다. 확인해 주십시오.")
            raise Conflict(text, state="partial")
        by_request = _assigned(plan)
        requests = {pk: lock_request(pk) for pk in sorted(by_request)}
        _refuse_moved_on(requests.values())
        people = [seat.expert_id for seats in by_request.values() for seat in seats]
        experts = {e.pk: e for e in lock_experts(sorted(set(people)))}
        _refuse_overloaded(row, people, experts)
        for pk, seats in by_request.items():
            refuse_excluded(requests[pk], [experts[seat.expert_id] for seat in seats])
        scores = {score.request_id: score for score in scores_of(plan.run)}
        for pk, seats in by_request.items():
            _name(requests[pk], seats, scores[pk], by, why)
        plan.applied_by, plan.applied_at, plan.reason = by, timezone.now(), why
        plan.save()
        refs = [request.ref for request in requests.values()]
        events.applied(plan, by, refs, sorted(set(people)))
    return plan


def _refuse_applied(row: Round) -> None:
    if AllocationPlan.objects.filter(run__round=row).exclude(applied_at=None).exists():
        raise Conflict(
            _("이 회차에는 이미 적용한 배정안이 있습니다. 더 고칠 것은 각 요청에서 고쳐 주십시오.")
        )


def _assigned(plan: AllocationPlan) -> dict[int, list[AllocationSeat]]:
    found: dict[int, list[AllocationSeat]] = defaultdict(list)
    for seat in plan.people.filter(role="assigned").order_by("request_id", "-score"):
        found[seat.request_id].append(seat)
    if not found:
        raise Conflict(_("배정된 사람이 없는 안은 적용할 수 없습니다."))
    return dict(found)


def _refuse_overloaded(row: Round, people: list[int], experts: dict[int, Expert]) -> None:
    """Under the experts' locks: somebody may have been chosen elsewhere meanwhile."""
    free = capacities(row, experts)
    load = Counter(people)
    told = [experts[pk].name for pk in sorted(load) if load[pk] > free[pk]]
    if told:
        text = _("그 사이에 이 회차에서 맡을 수 있는 건수를 넘게 된 사람이 있습니다: %(names)s")
        raise Conflict(text % {"names": ", ".join(told)}, state="overloaded")


def _refuse_moved_on(requests: Any) -> None:
    ready = (Request.State.ACCEPTED, Request.State.SHORTLISTED)
    told = [f"{r.ref}: {r.get_state_display()}" for r in requests if r.state not in ready]
    if told:
        text = _("접수되었거나 추천이 끝난 요청에만 적용할 수 있습니다. %(told)s")
        raise Conflict(text % {"told": ", ".join(told)}, state="moved_on")


def _name(
    request: Request, seats: list[AllocationSeat], scores: AllocationScores, by: Any, reason: str
) -> None:
    """Mark the people as chosen on the request's list; who is missing there is added."""
    run = _list_of(request, scores, by)
    listed = {row.expert_id: row for row in run.candidates.all()}
    versions = expert_versions([seat.expert_id for seat in seats])
    place = max((row.preference or 0 for row in listed.values()), default=0)
    scored = {found["expert_id"]: found for found in scores.ranking}
    for seat in seats:
        candidate = listed.get(seat.expert_id) or _added(
            run, seat, scored.get(seat.expert_id), versions[seat.expert_id], by, reason
        )
        place += 1
        candidate.preference = candidate.preference or place
        candidate.mark, candidate.mark_reason = Mark.CHOSEN, reason
        candidate.marked_by, candidate.marked_at = by, timezone.now()
        candidate.run = run
        candidate.save()
        candidate_marked(candidate, by)


def _list_of(request: Request, scores: AllocationScores, by: Any) -> MatchRun:
    """The request's shortlist; made from the plan's scores where there is none."""
    run: MatchRun | None = MatchRun.objects.with_list().filter(request=request).first()
    if request.state == Request.State.SHORTLISTED and run is not None:
        run.request = request
        return run
    consulting.start_matching(request.pk, by)
    now = timezone.now()
    run = MatchRun.objects.create(
        request=request,
        requested_by=by,
        request_version=scores.request_version,
        state=MatchRun.State.DONE,
        parameters={"limit": setting("MATCHING_SHORTLIST")},
        versions=scores.run.versions,
        exclusions=scores.exclusions,
        attempts=1,
        progress=100,
        started_at=now,
        finished_at=now,
    )
    found = [ScoredExpert(**row) for row in scores.ranking[: setting("MATCHING_SHORTLIST")]]
    versions = expert_versions([row.expert_id for row in found])
    MatchCandidate.objects.bulk_create(
        candidate_row(run, row, versions[row.expert_id], listed=True)
        for row in found
        if row.expert_id in versions
    )
    consulting.shortlist(request.pk)
    return run


def _added(
    run: MatchRun, seat: AllocationSeat, scored: Any, version: int, by: Any, reason: str
) -> MatchCandidate:
    if scored is None:
        row = MatchCandidate(run=run, expert_id=seat.expert_id, expert_version=version)
        row.origin = MatchCandidate.Origin.ADDED
    else:
        row = candidate_row(run, ScoredExpert(**scored), version, listed=False)
    row.added_by, row.added_reason = by, reason
    return row
