"""Searches and decisions on the demo requests, made by the real matcher at their own times."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.errors import Conflict
from consulting.due import add_working_days
from consulting.models import Request
from demo.clock import at
from demo.reading import document
from demo.requests import S, creation_key, moment
from matching.models import MatchCandidate, MatchRun
from matching.services.execution import execute
from matching.services.runs import start_run
from matching.services.shortlist import decide, mark

Progress = Callable[[int, int], None]
DECLINES = (
    "요청 기한 안에 시간을 내기 어렵다고 알려 오셨습니다.",
    "근거가 오래되어 지금 쓰는 기술과 차이가 있습니다.",
    "같은 기관의 다른 과제를 맡고 계십니다.",
    "대면 회의가 꼭 필요한데 비대면만 가능하십니다.",
)
#: staff look at so many of the list
LOOKED_AT = 4
SPARE = "선정된 분이 사정이 생기면 모실 예비 전문가입니다."


def search_all(progress: Progress) -> int:
    """Run what is missing, oldest first; returns how many searches were made."""
    rows = [row for row in document("requests") if row["state"] in (S.SHORTLISTED, S.DECIDED)]
    rows.sort(key=lambda row: -row["filed_days_ago"])
    made = 0
    for number, row in enumerate(rows):
        request = Request.objects.select_related("manager").get(creation_key=creation_key(row))
        if request.state == S.ACCEPTED:
            _search(request, number)
            request.refresh_from_db()
            made += 1
            if row["state"] == S.SHORTLISTED and number % 3 == 0:
                _decline_one(request, number)
        if row["state"] == S.DECIDED and request.state == S.SHORTLISTED:
            _decide(request, row, number)
        progress(number + 1, len(rows))
    return made


def leave_waiting() -> int:
    """Searches that are left for the worker of the site to take; returns how many."""
    rows = [row for row in document("requests") if row["state"] == S.MATCHING]
    for row in rows:
        request = Request.objects.select_related("manager").get(creation_key=creation_key(row))
        if request.state == S.ACCEPTED:
            start_run(request.pk, request.manager)
    return len(rows)


def _search(request: Request, number: int) -> None:
    """Start a run on the next working day and do at once what the worker would do.

    In one transaction: a worker that is already there hears of the run when it is done.
    """
    with at(_later(request, 1, number)), transaction.atomic():
        run = start_run(request.pk, request.manager)
        MatchRun.objects.filter(pk=run.pk).update(created_at=timezone.now())
        execute(run.pk)


def _later(request: Request, days: int, number: int) -> datetime:
    """Some time of the working day so many after the last move; never in the future."""
    day = add_working_days(timezone.localdate(request.state_since), days)
    return max(
        moment(day, number), min(request.state_since + timedelta(minutes=40), timezone.now())
    )


def _decide(request: Request, row: dict[str, Any], number: int) -> None:
    """Choose as many as are wanted, with a spare one, for the reasons written for the request."""
    with at(_later(request, 2 + number % 2, number)):
        for reason in row["reasons"]:
            _name(request, MatchCandidate.Mark.CHOSEN, reason)
        _name(request, MatchCandidate.Mark.ALTERNATE, SPARE)
        decide(request.pk, request.manager, row["note"])


def _name(request: Request, what: str, reason: str) -> None:
    """Mark the candidate who looks best to a person and whom the rules allow."""
    for candidate in sorted(_unmarked(request)[:LOOKED_AT], key=partial(_doubt, request)):
        try:
            mark(request.pk, candidate.pk, what, reason, request.manager)
        except Conflict:
            continue  # no place left in the month
        return


def _doubt(request: Request, candidate: MatchCandidate) -> tuple[int, int]:
    """Staff look for shared fields first, then at the rank."""
    wanted = {field.node_id for field in request.fields.all()}
    shared = {field.node_id for field in candidate.expert.fields.all()} & wanted
    return -len(shared), candidate.rank or 0


def _unmarked(request: Request) -> list[MatchCandidate]:
    run = MatchRun.objects.with_list().filter(request=request).first()
    if run is None:
        return []
    rows = run.candidates.filter(mark="").select_related("expert").order_by("rank")
    return list(rows.prefetch_related("expert__fields"))


def _decline_one(request: Request, number: int) -> None:
    """A member of staff has begun to look at the list."""
    candidate = _unmarked(request)[1 + number % 3]
    soon = min(request.state_since + timedelta(hours=2), timezone.now())
    with at(soon):
        reason = DECLINES[number % len(DECLINES)]
        mark(request.pk, candidate.pk, MatchCandidate.Mark.DECLINED, reason, request.manager)
