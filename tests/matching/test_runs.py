"""Runs: the table of moves, claiming, storing, cancelling, rescuing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import transitions as consulting
from consulting.models import Request
from experts.models import Expert
from experts.signals import experts_changed
from matching import services, transitions
from matching.adapters import days_of
from matching.eligibility import Screening
from matching.eligibility.scope import Scope
from matching.models import IndexJob, MatchCandidate, MatchRun
from matching.results import RankedResult, ScoredExpert
from matching.services import execution, index_jobs, runs
from matching.transitions import MOVES, Lost
from notifications.models import Notice
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory, scene
from tests.factories.experts import ExpertFactory
from tests.factories.matching import CandidateFactory, RunFactory

pytestmark = pytest.mark.django_db
STATES = [str(state) for state in MatchRun.State]
TRAITS = {"done": {}, **{s: {s: True} for s in STATES if s != "done"}}


def in_state(state: str) -> MatchRun:
    run: MatchRun = RunFactory(**TRAITS[state])
    return run


def found(run: MatchRun, experts: list[Expert]) -> execution.Found:
    """A result as the pipeline gives it, without the encoder."""
    scored = [
        ScoredExpert(e.pk, rank, 0.9 - rank / 10, 1.0, {"base": 0.1, "dense": 0.8 - rank / 10}, {})
        for rank, e in enumerate(experts, 1)
    ]
    result = RankedResult(scored, {"encode": 1.0}, {"engine": "postgres"})
    scope = Scope(run.request, timezone.localdate())
    number = len(experts)
    screening = Screening(scope, number, number, {"cap": 1}, timezone.now(), frozenset())
    return execution.Found(screening, result, {})


# --- the table of moves ----------------------------------------------------------------------

CALLS: dict[str, Callable[[MatchRun], Any]] = {
    "claim": lambda run: transitions.claim(run.pk),
    "finish": lambda run: execution.store(run, found(run, [ExpertFactory()]), {}, 0.0),
    "end_empty": lambda run: execution.store(run, found(run, []), {}, 0.0),
    "fail": lambda run: runs.fail(run.pk, "unexpected"),
    "cancel": lambda run: services.cancel_run(run.pk, UserFactory(manager=True)),
    "drop": lambda run: services.drop_runs(run.request_id),
    "requeue": lambda run: runs.resume(run.pk),
}
ALLOWED = [(m.name, s) for m in MOVES for s in sorted(m.sources)]
FORBIDDEN = [(m.name, s) for m in MOVES for s in STATES if s not in m.sources]


@pytest.mark.parametrize(("name", "state"), ALLOWED)
def test_allowed_moves(name: str, state: str) -> None:
    run = in_state(state)
    if name == "requeue":
        MatchRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(60))
    CALLS[name](run)
    run.refresh_from_db()
    assert run.state == MOVES[name].target


@pytest.mark.parametrize(("name", "state"), FORBIDDEN)
def test_forbidden_moves_change_nothing(name: str, state: str) -> None:
    run = in_state(state)
    before = MatchRun.objects.filter(pk=run.pk).values().get()
    with suppress(Conflict, Lost):
        CALLS[name](run)
    assert MatchRun.objects.filter(pk=run.pk).values().get() == before
    assert run.request.state == Request.objects.get(pk=run.request_id).state
    assert not MatchCandidate.objects.exists()


def test_only_the_desk_starts_and_cancels() -> None:
    people = scene(accepted=True)
    for person in (people.officer, people.auditor, people.administrator):
        with pytest.raises(NotPermitted):
            services.start_run(people.request.pk, person)
        with pytest.raises(NotPermitted):
            services.cancel_run(RunFactory(queued=True).pk, person)


# --- starting --------------------------------------------------------------------------------


def test_starting_moves_the_request_and_queues_one_run(
    django_capture_on_commit_callbacks: Any,
) -> None:
    people = scene(accepted=True)
    with django_capture_on_commit_callbacks() as waiting:
        run = services.start_run(people.request.pk, people.manager)
    assert len(waiting) >= 1  # the task starts after the commit
    people.request.refresh_from_db()
    assert (run.state, people.request.state) == ("queued", "matching")
    assert run.parameters == {"limit": 20} and run.request_version == people.request.version
    assert Event.objects.filter(type="match.started").count() == 1


def test_a_second_click_finds_the_first_run() -> None:
    people = scene(accepted=True)
    first = services.start_run(people.request.pk, people.manager)
    assert services.start_run(people.request.pk, UserFactory(manager=True)) == first
    assert MatchRun.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "submitted", "decided", "rejected"])
def test_no_run_for_a_request_that_is_not_ready(state: str) -> None:
    people = scene(**({} if state == "draft" else {state: True}))
    with pytest.raises(Conflict):
        services.start_run(people.request.pk, people.manager)
    assert not MatchRun.objects.exists()


@pytest.mark.parametrize("limit", ["viele", 0, -1, 1_000])
def test_a_senseless_limit_is_named(limit: Any) -> None:
    people = scene(accepted=True)
    if limit == 0:  # nothing given
        assert services.start_run(people.request.pk, people.manager, {"limit": 0})
        return
    with pytest.raises(MissingFacts) as caught:
        services.start_run(people.request.pk, people.manager, {"limit": limit})
    assert "limit" in caught.value.message_dict


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_make_one_run() -> None:
    people = scene(accepted=True)
    made, gate = [], threading.Barrier(2)

    def click() -> None:
        gate.wait(10)
        made.append(services.start_run(people.request.pk, people.manager).pk)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    close_old_connections()
    assert len(made) == 2 and len(set(made)) == 1
    assert MatchRun.objects.count() == 1


# --- the worker's side -----------------------------------------------------------------------


def test_a_run_is_claimed_once() -> None:
    run = in_state("queued")
    taken = transitions.claim(run.pk)
    assert taken is not None and taken.attempts == 1 and taken.timings["queue"] >= 0
    assert transitions.claim(run.pk) is None
    assert transitions.claim(0) is None


def test_storing_writes_everything_and_tells_the_manager() -> None:
    run = in_state("running")
    experts = ExpertFactory.create_batch(3)
    execution.store(run, found(run, experts), {}, 0.0)
    run.refresh_from_db()
    assert run.request.state == "shortlisted"
    assert [c.rank for c in run.candidates.all()] == [1, 2, 3]
    assert (run.pool_size, run.eligible_size, run.exclusions) == (3, 3, {"cap": 1})
    assert run.progress == 100 and run.timings["store"] > 0 and run.versions
    assert Notice.objects.filter(person=run.request.manager).exists()


def test_storing_is_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state("running")

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr(consulting, "shortlist", broken)
    with pytest.raises(RuntimeError):
        execution.store(run, found(run, [ExpertFactory()]), {}, 0.0)
    run.refresh_from_db()
    assert run.state == "running" and not run.candidates.exists()
    assert run.request.state == "matching" and not Event.objects.exists()


def test_an_old_worker_cannot_store() -> None:
    run = in_state("running")
    MatchRun.objects.filter(pk=run.pk).update(attempts=2)
    with pytest.raises(Lost):
        execution.store(run, found(run, [ExpertFactory()]), {}, 0.0)
    with pytest.raises(Lost):
        transitions.advance(run, "store", 90)
    assert not MatchCandidate.objects.exists()


def test_nobody_found_puts_the_request_back_with_a_sentence() -> None:
    run = in_state("running")
    execution.store(run, found(run, []), {}, 0.0)
    run.refresh_from_db()
    assert (run.state, run.error, run.request.state) == ("empty", "nobody", "accepted")
    assert "적격인 전문가가 없습니다" in Notice.objects.get().body


def test_an_error_is_a_sentence_without_the_error_text(monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state("queued")

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ValueError("홍길동 010-1234-5678")

    monkeypatch.setattr(execution.pipeline, "rank", broken)
    services.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.request.state) == ("failed", "unexpected", "accepted")
    assert "홍길동" not in runs.sentence(run.error)
    assert not any("홍길동" in str(event.facts) for event in Event.objects.all())


def test_a_run_cancelled_under_the_worker_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run, expert = in_state("queued"), ExpertFactory()

    def cancel_meanwhile(*args: Any, **kwargs: Any) -> RankedResult:
        services.cancel_run(run.pk, UserFactory(manager=True))
        return found(run, [expert]).result

    monkeypatch.setattr(execution.pipeline, "rank", cancel_meanwhile)
    services.execute(run.pk)
    run.refresh_from_db()
    assert (run.state, run.request.state) == ("cancelled", "accepted")
    assert not run.candidates.exists()


def test_a_second_delivery_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run, expert = in_state("queued"), ExpertFactory()
    monkeypatch.setattr(execution.pipeline, "rank", lambda *a, **k: found(run, [expert]).result)
    services.execute(run.pk)
    first = MatchRun.objects.filter(pk=run.pk).values().get()
    rows = list(MatchCandidate.objects.values())
    services.execute(run.pk)
    assert MatchRun.objects.filter(pk=run.pk).values().get() == first
    assert list(MatchCandidate.objects.values()) == rows


def test_eligibility_is_given_to_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_state("queued")
    fine, paused = ExpertFactory(), ExpertFactory(paused=True)
    seen: dict[str, Any] = {}

    def search(query: Any, filters: Any, limit: int, must: Any) -> RankedResult:
        seen.update(filters=filters, limit=limit)
        return found(run, [fine]).result

    monkeypatch.setattr(execution.pipeline, "rank", search)
    services.execute(run.pk)
    assert seen["filters"].all_of == ("approved",)
    days = [days_of(expert) for expert in (fine, paused)]
    least = seen["filters"].at_least
    assert [all(d[n] >= least[n] for n in least) for d in days] == [True, False]
    run.refresh_from_db()
    assert (run.pool_size, run.eligible_size) == (2, 1)
    assert run.exclusions == {"availability": 1}


def test_running_again_keeps_marks_and_people_added_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = RunFactory()
    added = CandidateFactory(run=before, added=True)
    marked = CandidateFactory(run=before, rank=1, chosen=True)
    again = services.start_run(before.request_id, before.requested_by)
    experts = [marked.expert, *ExpertFactory.create_batch(20), added.expert]
    asked: dict[str, Any] = {}

    def search(query: Any, filters: Any, limit: int, must: Any) -> RankedResult:
        asked["must"] = set(must)
        return found(again, experts).result

    monkeypatch.setattr(execution.pipeline, "rank", search)
    services.execute(again.pk)
    assert asked["must"] == {added.expert_id, marked.expert_id}
    kept = again.candidates.get(expert=added.expert)
    assert (kept.origin, kept.rank, kept.added_reason) == ("added", None, added.added_reason)
    assert again.candidates.get(expert=marked.expert).mark == "chosen"


# --- cancelling and rescuing -----------------------------------------------------------------


@pytest.mark.parametrize("state", ["queued", "running"])
def test_cancelling_puts_the_request_back(state: str) -> None:
    run = in_state(state)
    services.cancel_run(run.pk, UserFactory(manager=True))
    run.refresh_from_db()
    assert (run.state, run.request.state) == ("cancelled", "accepted")
    assert run.finished_at is not None


def test_withdrawing_the_request_stops_its_run(django_capture_on_commit_callbacks: Any) -> None:
    run = in_state("running")
    with django_capture_on_commit_callbacks(execute=True):
        consulting.withdraw(run.request_id, run.request.requester, "계획이 바뀌었습니다.")
    run.refresh_from_db()
    assert (run.state, run.request.state) == ("cancelled", "withdrawn")


def quiet(run: MatchRun, seconds: int = 60, **facts: Any) -> None:
    then = timezone.now() - timedelta(seconds=seconds)
    MatchRun.objects.filter(pk=run.pk).update(heartbeat_at=then, enqueued_at=then, **facts)


def test_the_sweep_resumes_a_silent_run() -> None:
    run = in_state("running")
    assert runs.sweep_runs() == {"overdue": 0, "resumed": 0, "untaken": 0}
    quiet(run)
    assert runs.sweep_runs()["resumed"] == 1
    run.refresh_from_db()
    assert run.state == "queued" and run.attempts == 1
    assert transitions.claim(run.pk).attempts == 2  # type: ignore[union-attr]


def test_the_sweep_gives_up_after_the_last_attempt() -> None:
    run = in_state("running")
    quiet(run, attempts=3)
    runs.sweep_runs()
    run.refresh_from_db()
    assert (run.state, run.error, run.request.state) == ("failed", "attempts", "accepted")


def test_the_sweep_ends_runs_that_take_too_long() -> None:
    run = in_state("running")
    MatchRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(hours=1))
    assert runs.sweep_runs()["overdue"] == 1
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "time_limit")


def test_the_sweep_tells_the_broker_again(django_capture_on_commit_callbacks: Any) -> None:
    run = in_state("queued")
    quiet(run)
    with django_capture_on_commit_callbacks() as waiting:
        assert runs.sweep_runs()["untaken"] == 1
    assert len(waiting) == 1
    assert runs.sweep_runs()["untaken"] == 0  # told just now


# --- index work ------------------------------------------------------------------------------


def test_changes_become_one_row_each_and_one_job(django_capture_on_commit_callbacks: Any) -> None:
    experts_changed.send(None, expert_ids=[3, 1])
    with django_capture_on_commit_callbacks() as waiting:
        experts_changed.send(None, expert_ids=[1, 2])
    assert len(waiting) == 1
    wanted = dict(IndexJob.objects.values_list("object_id", "wanted"))
    assert wanted == {1: 2, 2: 1, 3: 1}


def test_a_change_during_the_work_stays_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    index_jobs.want("expert", [7])

    def change_meanwhile(kind: str, ids: list[int]) -> None:
        index_jobs.want("expert", [7])

    monkeypatch.setattr(index_jobs, "_index", change_meanwhile)
    index_jobs.work_off()
    assert IndexJob.objects.get().wanted == 2
    monkeypatch.setattr(index_jobs, "_index", lambda kind, ids: None)
    index_jobs.work_off()
    assert not IndexJob.objects.exists()


def test_a_failure_postpones_and_keeps_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    index_jobs.want("expert", [7])

    def broken(kind: str, ids: list[int]) -> None:
        raise OSError("engine away")

    monkeypatch.setattr(index_jobs, "_index", broken)
    assert index_jobs.work_off() == 0
    job = IndexJob.objects.get()
    assert (job.attempts, job.error) == (1, "OSError") and job.due_at > timezone.now()
    assert index_jobs.due() == []


def test_a_changed_request_is_embedded_in_the_background(
    django_capture_on_commit_callbacks: Any,
) -> None:
    request = RequestFactory()
    with django_capture_on_commit_callbacks(execute=True):
        consulting.submit(request.pk, request.requester)
    assert IndexJob.objects.get().object_id == request.pk
