"""State moves of an allocation's computation; the same rules as for a search (``transitions``).

The round is locked first, then the run. A worker holds its number of ``attempts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import Conflict
from common.transitions import Move, MoveTable, moving
from consulting.models import Round
from matching.models import AllocationRun
from matching.permissions import desk
from matching.transitions import Lost

_WAITING = frozenset({"queued"})
_RUNNING = frozenset({"running"})
_ACTIVE = _WAITING | _RUNNING
S = AllocationRun.State
MOVES = MoveTable(
    [
        Move("claim", _("시작"), _WAITING, S.RUNNING, offered=False),
        Move("requeue", _("다시 대기"), _RUNNING, S.QUEUED, offered=False),
        Move("finish", _("완료"), _RUNNING, S.DONE, offered=False),
        Move("fail", _("실패"), _ACTIVE, S.FAILED, offered=False),
        Move("cancel", _("배정 계산 취소"), _ACTIVE, S.CANCELLED, desk, dangerous=True),
    ]
)


@contextmanager
def move(
    run_id: int, name: str, by: Any = None, *, token: int | None = None
) -> Iterator[AllocationRun]:
    """Lock the round, then the run; check the move and, for a worker, its token.

    Raises ``Conflict``, ``NotPermitted``, and ``Lost`` when the run is no longer the worker's.
    """
    with transaction.atomic():
        round_id = AllocationRun.objects.values_list("round_id", flat=True).get(pk=run_id)
        row = Round.objects.select_for_update(of=("self",)).get(pk=round_id)
        try:
            with moving(AllocationRun, run_id, MOVES, name, by) as run:
                if token is not None and run.attempts != token:
                    raise Lost
                run.round = row
                yield run
        except Conflict:
            if token is not None:
                raise Lost from None
            raise


def claim(run_id: int) -> AllocationRun | None:
    """Take a queued run; ``None`` when it is gone, over, or somebody else's."""
    try:
        with moving(AllocationRun, run_id, MOVES, "claim", None) as run:
            run.attempts += 1
            run.started_at = run.heartbeat_at = timezone.now()
            run.step, run.progress = AllocationRun.Step.RANK, 0
    except (AllocationRun.DoesNotExist, Conflict):
        return None
    return run


def advance(run: AllocationRun, step: str, percent: int) -> None:
    """Note how far the work is and beat. Raises ``Lost`` when the run is no longer ours."""
    mine = AllocationRun.objects.filter(pk=run.pk, state="running", attempts=run.attempts)
    if not mine.update(step=step, progress=percent, heartbeat_at=timezone.now()):
        raise Lost
