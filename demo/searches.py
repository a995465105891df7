"""Searches and decisions on the demo requests, made by the real matcher at their own times."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from common.errors import Conflict
from consulting.models import Request
from demo.clock import at
from demo.reading import document
from demo.requests import S, creation_key
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
SPARE = "선정된 분이 사정이 생기면 모실 예비 전문가입니다."


def search_all(progress: Progress) -> int:
    """Run what is missing, oldest first; returns how many searches were made."""
    rows = [row for row in document("requests") if row["state"] in (S.SHORTLISTED, S.DECIDED)]
    rows.sort(key=lambda row: -row["filed_days_ago"])
    made = 0
    for number, row in enumerate(rows):
        request = Request.objects.select_related("manager").get(creation_key=creation_key(row))
        if request.state == S.ACCEPTED:
            _search(request)
            request.refresh_from_db()
            made += 1
        if row["state"] == S.DECIDED and request.state == S.SHORTLISTED:
            _decide(request, row, number)
        elif request.state == S.SHORTLISTED and number % 3 == 0:
            _decline_one(request, number)
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


def _search(request: Request) -> None:
    """Start a run and do at once what the worker would do."""
    begun = min(request.state_since + timedelta(days=1, hours=1), timezone.now())
    with at(begun):
        run = start_run(request.pk, request.manager)
        MatchRun.objects.filter(pk=run.pk).update(created_at=timezone.now())
        execute(run.pk)


def _decide(request: Request, row: dict[str, Any], number: int) -> None:
    """Choose as many as are wanted, with a spare one, for the reasons written for the request."""
    manager = request.manager
    decided = min(request.state_since + timedelta(days=2 + number % 3), timezone.now())
    with at(decided):
        for place, reason in enumerate(row["reasons"]):
            _name(
                request, MatchCandidate.Mark.CHOSEN, reason, manager, skip=int(place == number % 3)
            )
        _name(request, MatchCandidate.Mark.ALTERNATE, SPARE, manager)
        decide(request.pk, manager, row["note"])


def _name(request: Request, what: str, reason: str, by: User | None, skip: int = 0) -> None:
    """Mark the best candidate that is free after ``skip`` others and that the rules allow."""
    for candidate in _unmarked(request)[skip:]:
        try:
            mark(request.pk, candidate.pk, what, reason, by)
        except Conflict:
            continue  # no place left in the month
        return


def _unmarked(request: Request) -> Sequence[MatchCandidate]:
    run = MatchRun.objects.with_list().filter(request=request).first()
    return list(run.candidates.filter(mark="").order_by("rank")) if run else []


def _decline_one(request: Request, number: int) -> None:
    """A member of staff has begun to look at the list."""
    reason = DECLINES[number % len(DECLINES)]
    with at(min(request.state_since + timedelta(hours=5), timezone.now())):
        _name(request, MatchCandidate.Mark.DECLINED, reason, request.manager, skip=2)
