"""A worker's sign of life, given by a thread of its own while the work blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import structlog
from django.db import connection
from django.utils import timezone

from matching.conf import setting
from matching.models import MatchRun

log = structlog.get_logger(__name__)


@contextmanager
def beating(run: MatchRun) -> Iterator[None]:
    """Keep ``heartbeat_at`` fresh until the block ends, and no longer than the time limit."""
    stop = Event()
    thread = Thread(target=_beat, args=(run.pk, run.attempts, stop), daemon=True, name="run beat")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def _beat(run_id: int, token: int, stop: Event) -> None:
    end = monotonic() + setting("MATCHING_RUN_SECONDS") + 10
    try:
        while not stop.wait(setting("MATCHING_BEAT_SECONDS")) and monotonic() < end:
            rows = MatchRun.objects.filter(pk=run_id, state="running", attempts=token)
            if not rows.update(heartbeat_at=timezone.now()):
                return
    except Exception as error:
        log.warning("run.beat_failed", run=run_id, error=type(error).__name__)
    finally:
        connection.close()
