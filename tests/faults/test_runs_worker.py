"""Runs on a real worker and a real broker: done, killed, cancelled, too long, broker away."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from matching import services, tasks
from matching.conf import setting
from matching.indexing import index_experts
from matching.models import IndexJob, MatchRun
from matching.services import index_jobs, runs
from tests.factories.consulting import scene
from tests.factories.experts import ExpertFactory
from tests.waiting import eventually
from tests.workers import GATE, WITHIN, Workers, publishing_to

pytestmark = [
    pytest.mark.worker,
    pytest.mark.encoder,
    pytest.mark.django_db(transaction=True, serialized_rollback=False),
]


@contextmanager
def closed_gate() -> Iterator[None]:
    """No search begins until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])


@pytest.fixture
def people() -> Any:
    """An accepted request and three indexed experts."""
    found = scene(accepted=True)
    index_experts([expert.pk for expert in ExpertFactory.create_batch(3)])
    return found


def state_of(run: MatchRun) -> str:
    return str(MatchRun.objects.values_list("state", flat=True).get(pk=run.pk))


def wait_for(run: MatchRun, *states: str) -> MatchRun:
    eventually(lambda: state_of(run) in states, within=WITHIN, what=f"{states}: {state_of(run)}")
    return MatchRun.objects.select_related("request").get(pk=run.pk)


def in_the_middle(run: MatchRun) -> bool:
    rows = MatchRun.objects.filter(pk=run.pk, state="running", step="retrieve")
    return rows.exists()


def make_silent(run: MatchRun) -> None:
    """As if twenty seconds had passed since the last sign of life."""
    then = timezone.now() - timedelta(seconds=setting("MATCHING_SILENT_SECONDS") + 1)
    MatchRun.objects.filter(pk=run.pk).update(heartbeat_at=then, enqueued_at=then)


def test_a_run_is_taken_and_stored(workers: Workers, people: Any) -> None:
    workers.start()
    run = services.start_run(people.request.pk, people.manager)
    done = wait_for(run, "done")
    assert done.request.state == "shortlisted" and done.attempts == 1
    assert [c.rank for c in done.candidates.all()] == [1, 2, 3]
    assert done.timings["total"] > 0 and done.versions["encoders"]
    ranks = list(done.candidates.values_list("expert_id", "score"))
    tasks.run_match.delay(run.pk)  # the same message once more
    again = services.start_run(people.request.pk, people.manager)
    assert list(wait_for(again, "done").candidates.values_list("expert_id", "score")) == ranks
    assert list(done.candidates.values_list("expert_id", "score")) == ranks


def test_a_killed_worker_is_replaced_mid_run(workers: Workers, people: Any) -> None:
    first = workers.start()
    with closed_gate():
        run = services.start_run(people.request.pk, people.manager)
        eventually(lambda: in_the_middle(run), within=WITHIN, what="mid-run")
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
    assert state_of(run) == "running"
    assert runs.sweep_runs()["resumed"] == 0  # it may still be alive
    make_silent(run)
    assert runs.sweep_runs()["resumed"] == 1
    workers.start()
    done = wait_for(run, "done")
    assert done.attempts == 2 and done.candidates.count() == 3


def test_work_resumes_within_a_minute() -> None:
    """Silence, the sweep after it and the task's start, with room to spare."""
    sweep = tasks.SCHEDULE["sweep"]["schedule"]
    assert setting("MATCHING_SILENT_SECONDS") + 2 * sweep <= 45  # type: ignore[operator]
    assert setting("MATCHING_BEAT_SECONDS") * 3 < setting("MATCHING_SILENT_SECONDS")


def test_cancelled_mid_run(workers: Workers, people: Any) -> None:
    workers.start()
    with closed_gate():
        run = services.start_run(people.request.pk, people.manager)
        eventually(lambda: in_the_middle(run), within=WITHIN, what="mid-run")
        services.cancel_run(run.pk, people.manager)
        again = services.start_run(people.request.pk, people.manager)
    assert wait_for(again, "done").candidates.count() == 3
    assert state_of(run) == "cancelled" and not run.candidates.exists()


def test_a_run_that_takes_too_long(
    workers: Workers, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers.start()
    with monkeypatch.context() as hurry, closed_gate():
        # the sender writes the limit into the message
        hurry.setattr(tasks.run_match, "soft_time_limit", 1)
        hurry.setattr(tasks.run_match, "_exec_options", None)
        run = services.start_run(people.request.pk, people.manager)
        ended = wait_for(run, "failed")
    assert (ended.error, ended.request.state) == ("time_limit", "accepted")
    again = services.start_run(people.request.pk, people.manager)
    assert wait_for(again, "done").candidates.count() == 3


def test_a_broker_away_at_the_start_loses_nothing(
    workers: Workers, people: Any, tmp_path: Path
) -> None:
    with publishing_to(f"redis+socket://{tmp_path}/nobody-listens"):
        run = services.start_run(people.request.pk, people.manager)
        index_jobs.want("expert", [0])
    assert (state_of(run), people.request.__class__.objects.get().state) == ("queued", "matching")
    make_silent(run)
    assert runs.sweep_runs()["untaken"] == 1
    tasks.sweep.delay()
    workers.start()
    assert wait_for(run, "done").attempts == 1
    eventually(lambda: not IndexJob.objects.exists(), within=WITHIN, what="index work")


@pytest.fixture(autouse=True)
def close_other_connections() -> Iterator[None]:
    yield
    connections.close_all()
