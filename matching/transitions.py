"""State moves of a run.

Lock order everywhere in matching: the request, then its run, then candidates, then experts in id
order (docs/locking.md). A worker that claims a run holds its number of ``attempts``; whoever holds
an older number finds ``Lost`` and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict
from common.transitions import Move, MoveTable, moving
from consulting.models import Request
from matching.models import MatchRun
from matching.permissions import desk

S = MatchRun.State


def _states(*states: str) -> frozenset[str]:
    return frozenset(str(state) for state in states)


MOVES = MoveTable(
    [
        Move("claim", _("시작"), _states(S.QUEUED), S.RUNNING, offered=False),
        Move("requeue", _("다시 대기"), _states(S.RUNNING), S.QUEUED, offered=False),
        Move("finish", _("완료"), _states(S.RUNNING), S.DONE, offered=False),
        Move("end_empty", _("결과 없음"), _states(S.RUNNING), S.EMPTY, offered=False),
        Move("fail", _("실패"), _states(S.QUEUED, S.RUNNING), S.FAILED, offered=False),
        Move(
            "cancel",
            _("검색 취소"),
            _states(S.QUEUED, S.RUNNING),
            S.CANCELLED,
            desk,
            dangerous=True,
        ),
        # the request was closed under the run
        Move("drop", _("검색 중단"), _states(S.QUEUED, S.RUNNING), S.CANCELLED, offered=False),
    ]
)


class Lost(Exception):  # noqa: N818 - named for what it tells the worker
    """The run is no longer this worker's: cancelled, or taken over after a silence."""


#: what a move of a run reads and writes of its request; the rest is read when it is asked for
_IN_MOVE = ("number", "title", "state", "state_since", "next_due", "updated_at", "requester",
            "department", "manager")  # fmt: skip
#: a note of progress that is lost with the server's power is no loss: nobody waits for the disk
_ADVANCE = """
UPDATE matching_matchrun SET step = %s, progress = %s, heartbeat_at = %s
WHERE id = %s AND state = 'running' AND attempts = %s
AND set_config('synchronous_commit', 'off', true) = 'off'"""


def lock_request(request_id: int) -> Request:
    """The request's row, locked first of all."""
    rows = Request.objects.select_for_update(of=("self",))
    return rows.select_related("department__root", "kind", "requester", "manager").get(
        pk=request_id
    )


@contextmanager
def move(
    run_id: int,
    name: str,
    by: Any = None,
    *,
    token: int | None = None,
    request_id: int | None = None,
) -> Iterator[MatchRun]:
    """Lock the request, then the run; check the move and, for a worker, its token.

    ``request_id`` of the run, where the caller knows it. The run's request is the locked row, with
    its manager. Raises ``MatchRun.DoesNotExist``, ``Conflict``, ``NotPermitted``, and ``Lost`` when
    ``token`` is not the run's current number of attempts.
    """
    with transaction.atomic():
        if request_id is None:
            request_id = MatchRun.objects.values_list("request_id", flat=True).get(pk=run_id)
        rows = Request.objects.select_for_update(of=("self",)).select_related("manager")
        request = rows.only(*_IN_MOVE).get(pk=request_id)
        run = MatchRun.objects.select_for_update().get(pk=run_id)
        run.request = request
        try:
            with moving(MatchRun, run_id, MOVES, name, by, run):
                if token is not None and run.attempts != token:
                    raise Lost
                yield run
        except Conflict:
            if token is not None:
                raise Lost from None
            raise


def claim(run_id: int) -> MatchRun | None:
    """Take a queued run with its request; ``None`` when it is gone, over, or somebody else's."""
    rows = MatchRun.objects.select_for_update(of=("self",)).select_related("request")
    try:
        with transaction.atomic():
            run = rows.get(pk=run_id)
            with moving(MatchRun, run_id, MOVES, "claim", None, run):
                now = timezone.now()
                run.attempts += 1
                run.started_at = run.heartbeat_at = now
                run.step, run.progress = MatchRun.Step.PREPARE, 0
                if run.attempts == 1:
                    run.timings = {"queue": (now - run.created_at).total_seconds() * 1_000}
    except (MatchRun.DoesNotExist, Conflict):
        return None
    return run


def advance(run: MatchRun, step: str, percent: int) -> None:
    """Note how far the work is and beat. Raises ``Lost`` when the run is no longer ours."""
    with connection.cursor() as cursor:
        cursor.execute(_ADVANCE, [step, percent, timezone.now(), run.pk, run.attempts])
        if not cursor.rowcount:
            raise Lost
