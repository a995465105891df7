"""What is searched follows what is stored: writes, rebuilds beside the live index, comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from io import StringIO
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, assume
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from experts.models import Expert
from matching.engines import Filters, pending
from matching.engines.base import Context
from matching.engines.elasticsearch import ElasticsearchEngine, SearchClusterError, rebuilding
from matching.engines.elasticsearch.documents import read
from matching.engines.elasticsearch.layout import fingerprint
from matching.engines.elasticsearch.writing import entries, send
from matching.indexing import index_experts, note_versions, versions_of
from matching.models import ExpertIndex, IndexJob
from matching.models.index import SEQUENCE
from matching.services import index_check
from matching.services.index_jobs import send_waiting, work_off_all
from tests.engines.prepared import address_of, engine_at
from tests.factories.experts import ExpertFactory
from tests.matching.prepared import SUBJECTS, context, crowd, expert, request

pytestmark = pytest.mark.django_db
NOWHERE = ("http://127.0.0.1:1",)
EVERYONE = Filters()


@cache
def _setting() -> Context:
    return context()


@pytest.fixture(autouse=True)
def _never_pausing(settings: Any) -> None:
    settings.ELASTICSEARCH_PAUSE = 0


@pytest.fixture
def engine(elasticsearch_settings: dict[str, Any]) -> ElasticsearchEngine:
    return engine_at(address_of(elasticsearch_settings), f"-{uuid4().hex[:8]}")


def searched(engine: ElasticsearchEngine, setting: Context | None = None) -> dict[int, int]:
    """Expert id → version of every document of the index that is searched."""
    setting = setting or _setting()
    index = engine.indices.searched(fingerprint(setting))
    assert index
    client = engine.indices.client
    client.indices.refresh(index=index)
    hits = client.search(index=index, size=10_000, version=True, source=False)["hits"]["hits"]
    return {int(hit["_id"]): hit["_version"] for hit in hits}


def stored() -> dict[int, int]:
    return dict(ExpertIndex.objects.values_list("expert_id", "sequence"))


@contextmanager
def away(engine: ElasticsearchEngine) -> Iterator[None]:
    """The cluster does not answer, and the engine goes on."""
    before = engine._address
    assert before
    engine._address, engine._fallback = replace(before, hosts=NOWHERE), True
    try:
        yield
    finally:
        engine._address, engine._fallback = before, False


def test_writes_replace_and_deletes_remove(engine) -> None:
    engine.upsert([expert(1, ["침수 예측"]), expert(2, ["민원 분류"])], _setting())
    before = searched(engine)
    engine.upsert([expert(1, ["교차로 신호"])], _setting())
    after = searched(engine)
    assert after == stored() and after[1] > before[1] and after[2] == before[2]
    engine.delete([1, 99])
    engine.delete([1])
    assert searched(engine) == stored() and not IndexJob.objects.exists()


def test_a_late_write_never_replaces_a_newer_one(engine) -> None:
    engine.upsert([expert(1, ["침수 예측"]), expert(2, ["민원 분류"])], _setting())
    late = read([1, 2], _setting())
    engine.upsert([expert(1, ["교차로 신호"])], _setting())
    engine.delete([2])
    index = engine.indices.present(fingerprint(_setting())).writable
    outcome = send(engine.indices.client, entries(late, index, _setting()), refresh=True)
    assert not outcome.failed and searched(engine) == stored()


def test_of_a_bulk_only_what_failed_is_tried_again(engine) -> None:
    odd = replace(expert(2, ["민원 분류"]), numbers={"limit": 1, "limit.most": 2})
    engine.ensure(_setting())
    engine.upsert([expert(1, ["침수 예측"]), odd, expert(3, ["교차로 신호"])], _setting())
    assert set(searched(engine)) == {1, 3}
    row = IndexJob.objects.get()
    assert row.object_id == 2 and row.attempts == 1 and "exception" in row.error
    assert engine.rebuild(_setting()) == 2 and set(searched(engine)) == {1, 3}
    engine.upsert([expert(2, ["민원 분류"])], _setting())
    assert searched(engine) == stored() and not IndexJob.objects.exists()


def test_writes_wait_while_the_cluster_is_away(engine) -> None:
    engine.upsert([expert(1, ["침수 예측"]), expert(2, ["민원 분류"])], _setting())
    with away(engine):
        engine.upsert([expert(3, ["교차로 신호"])], _setting())
        engine.delete([1])
    assert set(stored()) == {2, 3} and set(searched(engine)) == {1, 2}
    assert pending.waiting() == 2
    assert engine.catch_up(pending.everything(), _setting()) == 2
    assert searched(engine) == stored() and not pending.waiting()
    with away(engine):
        engine.upsert([expert(4, ["교차로 신호"])], _setting())
    engine.rebuild(_setting())
    assert searched(engine) == stored() and not pending.waiting()


def test_no_search_fails_during_rebuilds(engine) -> None:
    people, setting = crowd(60), _setting()
    engine.upsert(people, setting)
    query = request(SUBJECTS[0], ["침수"])
    wanted = engine.propose(query, EVERYONE, 10, setting).ranked
    stop, problems, done = Event(), [], []

    def search() -> None:
        while not stop.is_set():
            try:
                found = engine._search(query, EVERYONE, 10, setting)
            except Exception as error:
                problems.append(repr(error))
            else:
                done.append(found == wanted)

    threads = [Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            assert engine.rebuild(setting) == 60
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not problems and len(done) > 4 and all(done)
    assert len(engine.indices.every()) == 1


def test_changes_during_a_rebuild_are_kept(engine, monkeypatch) -> None:
    monkeypatch.setattr(rebuilding, "BATCH", 10)
    setting = _setting()
    engine.upsert(crowd(30), setting)

    def change(done: int, total: int) -> None:
        if done == 20:  # 5 is in the new index already, 25 is not
            engine.upsert(
                [expert(5, ["새 글"]), expert(25, ["새 글"]), expert(99, ["새 글"])], setting
            )
            engine.delete([6, 26])

    engine.rebuild(setting, change)
    assert searched(engine) == stored() and {5, 25, 99} <= set(stored())
    assert not {6, 26} & set(stored())
    assert not engine.compare(setting, 7).wrong


def test_a_failed_rebuild_leaves_the_old_index(engine, monkeypatch) -> None:
    setting = _setting()
    engine.upsert(crowd(12), setting)
    before = engine.indices.every()

    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.rebuild(setting, fail)
    assert engine.indices.every() == before and searched(engine) == stored()


def test_an_index_left_by_a_killed_rebuild_goes_with_the_next(engine) -> None:
    setting = _setting()
    engine.upsert(crowd(12), setting)
    engine.indices.create(setting, fingerprint(setting), "20200101", 12)
    assert len(engine.indices.every()) == 2
    engine.rebuild(setting)
    assert len(engine.indices.every()) == 1 and searched(engine) == stored()


def test_another_fingerprint_needs_another_index(engine, monkeypatch) -> None:
    setting = _setting()
    engine.upsert(crowd(12), setting)
    other = replace(setting, scoring=replace(setting.scoring, k1=9.0))
    monkeypatch.setattr("matching.engines.elasticsearch.engine.BUILT_AT_ONCE", 0)
    with pytest.raises(SearchClusterError, match="rebuild"):
        engine.propose(request(SUBJECTS[0]), EVERYONE, 5, other)
    assert not engine.ensure(other)
    assert engine.problem(other).code == "rebuild" and engine.problem(setting) is None
    engine.rebuild(other)
    assert engine.propose(request(SUBJECTS[0]), EVERYONE, 5, other).ranked
    assert engine.problem(setting).code == "rebuild"


def test_comparison_finds_and_repair_mends_every_kind(engine) -> None:
    setting = _setting()
    engine.upsert(crowd(40), setting)
    index = engine.indices.searched(fingerprint(setting))
    client = engine.indices.client
    client.delete(index=index, id="3")
    client.delete(index=index, id="33")
    engine.store.upsert([expert(7, ["바뀐 글"])], setting)
    surplus = read([9], setting)[0]
    engine.store.delete([9])
    client.indices.refresh(index=index)
    found = engine.compare(setting, 10)
    assert (found.missing, found.stale, found.surplus) == ((3, 33), (7,), (surplus.expert_id,))
    assert found.ranges_differing == 2 and found.ranges == 5
    pending.note([3])
    assert engine.compare(setting, 10).missing == (33,)
    assert engine.repair(engine.compare(setting, 10), setting) == 3
    assert pending.waiting() == 1
    send_waiting_of(engine, setting)
    engine.repair(engine.compare(setting, 10), setting)
    assert not engine.compare(setting, 10).wrong and searched(engine) == stored()


def send_waiting_of(engine: ElasticsearchEngine, setting: Context) -> None:
    engine.catch_up(pending.everything(), setting)


def test_after_a_restored_database_the_index_is_brought_back(engine) -> None:
    """The copy holds smaller numbers than the index, which would refuse them as old."""
    setting = _setting()
    engine.upsert(crowd(10), setting)
    ExpertIndex.objects.update(sequence=F("sequence") - 5)
    engine.store.delete([4])
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(%s, 1)", [SEQUENCE])
    found = engine.compare(setting, 1_000)
    assert len(found.stale) == 9 and found.surplus == (4,)
    engine.repair(found, setting)
    assert searched(engine) == stored() and not engine.compare(setting, 1_000).wrong


class Sequence(RuleBasedStateMachine):
    """Any sequence of changes, failures and rebuilds; afterwards index and database agree."""

    engine: ElasticsearchEngine

    @initialize()
    def begin(self) -> None:
        ids = list(ExpertIndex.objects.values_list("expert_id", flat=True))
        self.engine.delete(ids)
        self.down = False

    def _do(self, work: Any) -> None:
        if self.down:
            with away(self.engine):
                work()
        else:
            work()

    @rule(pk=st.integers(1, 6), text=st.sampled_from(SUBJECTS))
    def write(self, pk: int, text: str) -> None:
        self._do(lambda: self.engine.upsert([expert(pk, [text])], _setting()))

    @rule(pk=st.integers(1, 6))
    def remove(self, pk: int) -> None:
        self._do(lambda: self.engine.delete([pk]))

    @rule(pk=st.integers(1, 6))
    def refused(self, pk: int) -> None:
        odd = replace(expert(pk, ["민원"]), numbers={"limit": 1, "limit.most": 2})
        self._do(lambda: self.engine.upsert([odd], _setting()))
        self._do(lambda: self.engine.upsert([expert(pk, ["민원"])], _setting()))

    @rule(pk=st.integers(1, 6))
    def killed_before_sending(self, pk: int) -> None:
        self.engine.store.upsert([expert(pk, ["다른 글"])], _setting())
        pending.note([pk])

    @rule(pk=st.integers(1, 6))
    def lost_on_the_server(self, pk: int) -> None:
        assume(not self.down)
        index = self.engine.indices.searched(fingerprint(_setting()))
        if index:
            client = self.engine.indices.client.options(ignore_status=404)
            client.delete(index=index, id=str(pk), refresh=True)

    @rule()
    def goes_down(self) -> None:
        self.down = True

    @rule()
    def comes_back(self) -> None:
        self.down = False

    @rule()
    def rebuilt(self) -> None:
        assume(not self.down)
        self.engine.rebuild(_setting())

    @invariant()
    def agrees_once_caught_up(self) -> None:
        if getattr(self, "down", True):
            return
        self.engine.ensure(_setting())
        send_waiting_of(self.engine, _setting())
        self.engine.repair(self.engine.compare(_setting(), 3), _setting())
        assert searched(self.engine) == stored()
        assert not pending.waiting()


def test_index_and_database_agree_after_anything(engine) -> None:
    machine = type("Bound", (Sequence,), {"engine": engine})
    machine.TestCase.settings = hypothesis_settings(
        max_examples=6, stateful_step_count=8, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    machine.TestCase("runTest").runTest()


# -- experts and documents, whichever engine ------------------------------------------------------
@pytest.mark.encoder
def test_the_sweep_finds_what_a_killed_process_left(settings) -> None:
    settings.MATCHING_INDEX_WINDOW = 10_000_000
    kept, draft = ExpertFactory(), ExpertFactory(draft=True)
    IndexJob.objects.all().delete()
    assert index_check.sweep() == 1
    assert IndexJob.objects.get().object_id == kept.pk
    assert index_check.sweep() == 0  # it waits already
    work_off_all()
    assert index_check.sweep() == 0 and not IndexJob.objects.exists()
    Expert.objects.filter(pk=kept.pk).update(version=F("version") + 1)
    assert index_check.sweep() == 1
    work_off_all()
    assert index_check.sweep() == 0
    Expert.objects.filter(pk=kept.pk).update(state=Expert.State.WITHDRAWN)
    assert index_check.sweep() == 1
    work_off_all()
    assert index_check.sweep() == 0 and not ExpertIndex.objects.exists()
    assert draft.state == Expert.State.DRAFT


def test_the_sweep_goes_from_window_to_window(settings) -> None:
    people = [ExpertFactory() for _ in range(3)]
    IndexJob.objects.all().delete()
    settings.MATCHING_INDEX_WINDOW = 1
    index_check.cache.set(index_check.POSITION, people[0].pk - 1)
    assert [index_check.sweep() for _ in people] == [1, 1, 1]
    assert index_check.cache.get(index_check.POSITION) == 0


@pytest.mark.encoder
def test_the_command_tells_and_mends(elasticsearch_settings, settings) -> None:
    settings.SEARCH_ENGINE = "elasticsearch"
    prefix = f"{elasticsearch_settings['prefix']}-command"
    settings.ELASTICSEARCH = {**elasticsearch_settings, "prefix": prefix, "timeout": 60}
    people = [ExpertFactory() for _ in range(3)]
    index_experts([p.pk for p in people])
    assert _command() == (0, "database and index agree\n")
    Expert.objects.filter(pk=people[0].pk).update(version=F("version") + 1)
    ExpertIndex.objects.filter(pk=people[1].pk).update(sequence=F("sequence") + 1_000_000)
    status, text = _command()
    assert status == 1
    assert f"documents older than the expert or the synonyms: 1 ({people[0].pk})" in text
    assert f"old on the search server: 1 ({people[1].pk})" in text
    status, text = _command("--repair")
    assert status == 0 and text.endswith("database and index agree\n")
    assert _command("--range", "2") == (0, "database and index agree\n")
    assert index_check.last_report()["ok"]
    assert send_waiting() == 0


def _command(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("check_index", *words, stdout=out, no_color=True)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_documents_made_elsewhere_can_be_noted() -> None:
    person = ExpertFactory()
    ExpertIndex.objects.create(
        expert_id=person.pk, version="v", language="ko", words=b"", pieces=b""
    )
    assert index_check.unlike(0, person.pk)["stale"] == [person.pk]
    note_versions(versions_of([person.pk]))
    assert not index_check.unlike(0, person.pk)["stale"]
