"""A worker's sign of life while its work blocks."""

from __future__ import annotations

from threading import Event
from time import monotonic
from typing import Any

import pytest
from django.db import connections

from matching.models import MatchRun
from matching.services import heartbeat
from tests.factories.matching import RunFactory

pytestmark = pytest.mark.django_db(transaction=True)


def beaten(run: MatchRun) -> bool:
    return MatchRun.objects.filter(pk=run.pk, heartbeat_at__isnull=False).exists()


def test_it_beats_until_the_work_is_over(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MATCHING_BEAT_SECONDS = 0.01
    closed = Event()
    monkeypatch.setattr(heartbeat, "connection", _Told(closed))
    run = RunFactory(running=True, heartbeat_at=None)
    with heartbeat.beating(run):
        end = monotonic() + 20
        while not beaten(run) and monotonic() < end:
            pass
        assert beaten(run) and not closed.is_set()
    assert closed.is_set()  # the block ends after the other thread has let go of the database


def test_whoever_has_lost_the_run_gives_no_sign(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MATCHING_BEAT_SECONDS = 0.01
    closed = Event()
    monkeypatch.setattr(heartbeat, "connection", _Told(closed))
    run = RunFactory(running=True, heartbeat_at=None)
    MatchRun.objects.filter(pk=run.pk).update(attempts=run.attempts + 1)
    with heartbeat.beating(run):
        assert closed.wait(20)  # by itself, while the work goes on
    assert not beaten(run)


class _Told:
    """The connection of the thread, which tells when it is closed."""

    def __init__(self, closed: Event) -> None:
        self._closed = closed

    def close(self) -> None:
        connections["default"].close()
        self._closed.set()
