"""A worker's sign of life, given by a thread of its own while the work blocks."""

from __future__ import annotations

from _thread import start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

import structlog
from django.db import connection
from django.utils import timezone

from matching.conf import setting
from matching.models import AllocationRun, MatchRun

log = structlog.get_logger(__name__)


@contextmanager
def beating(run: MatchRun | AllocationRun, seconds: int | None = None) -> Iterator[None]:
    """Keep ``heartbeat_at`` fresh until the block ends, and no longer than the time limit."""
    stop, over = Event(), Event()
    # ``Thread.start`` would hold the work up until the other thread runs
    start_new_thread(_beat, (run, seconds or setting("MATCHING_RUN_SECONDS"), stop, over))
    try:
        yield
    finally:
        stop.set()
        over.wait(timeout=5)


def _beat(run: MatchRun | AllocationRun, limit: int, stop: Event, over: Event) -> None:
    end = monotonic() + limit + 10
    mine = type(run).objects.filter(pk=run.pk, state="running", attempts=run.attempts)
    try:
        while not stop.wait(setting("MATCHING_BEAT_SECONDS")) and monotonic() < end:
            if not mine.update(heartbeat_at=timezone.now()):
                return
    except Exception as error:
        log.warning("run.beat_failed", run=run.pk, error=type(error).__name__)
    finally:
        try:
            connection.close()
        finally:
            over.set()
