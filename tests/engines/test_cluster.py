"""Three nodes on one machine: the master dies without a word, no search fails, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from matching.documents import ExpertDocument
from matching.engines import Filters
from matching.engines.base import Context
from matching.engines.elasticsearch import (
    Address,
    ElasticsearchEngine,
    rebuilding,
)
from tests.engines.clusters import Cluster, cluster
from tests.matching.prepared import SUBJECTS, context, expert, request
from tests.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.encoder,
    pytest.mark.timeout(900),
]
PEOPLE = 300
ALL = Filters(only=frozenset(range(1, PEOPLE + 1)))  # newcomers must not change the lists
ENOUGH = 10  # searches after each change of the cluster


def people() -> list[ExpertDocument]:
    """No two with the same vector: where many are equally near, copies of an index may differ in
    whom they name first."""
    return [expert(n, [f"{n:03} {SUBJECTS[n % len(SUBJECTS)]}"]) for n in range(1, PEOPLE + 1)]


Found = list[int]


class Searching:
    """Searches that never stop while the cluster changes; each must find what the first found."""

    def __init__(self, engine: ElasticsearchEngine, setting: Context) -> None:
        self._engine, self._setting = engine, setting
        self._requests = [request(subject) for subject in SUBJECTS]
        self.right = [self._search(number) for number in range(len(SUBJECTS))]
        self.done = 0
        self.wrong: list[str] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def _search(self, number: int) -> Found:
        query = self._requests[number % len(SUBJECTS)]
        return self._engine.propose(query, ALL, 20, self._setting).ranked

    def _go_on(self) -> None:
        while not self._end.is_set():
            try:
                found, right = self._search(self.done), self.right[self.done % len(SUBJECTS)]
                if found != right:
                    self.wrong.append(f"search {self.done}: {found} instead of {right}")
            except Exception as error:
                self.wrong.append(f"search {self.done}: {type(error).__name__}: {error}")
            self.done += 1

    def more(self) -> None:
        """Wait until some more searches have been answered."""
        until = self.done + ENOUGH
        eventually(lambda: self.done >= until, 120, f"{ENOUGH} more searches")

    @contextmanager
    def all_along(self) -> Iterator[Searching]:
        self._thread.start()
        try:
            yield self
        finally:
            self._end.set()
            self._thread.join()
        assert not self.wrong, self.wrong[:5]


def master(engine: ElasticsearchEngine) -> str:
    (line,) = engine.indices.client.cat.master(format="json")
    return str(line["node"])


def indexed(engine: ElasticsearchEngine) -> set[int]:
    """Ids in the index that searches ask."""
    client = engine.indices.client
    client.indices.refresh(index=f"{engine.address.prefix}-*")
    answer: Any = client.search(
        index=engine.indices.names.write, size=10_000, source=False, query={"match_all": {}}
    )
    return {int(hit["_id"]) for hit in answer["hits"]["hits"]}


def test_the_master_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """During searches and, another one, during a rebuild; one test, as three nodes start slowly."""
    monkeypatch.setattr(rebuilding, "BATCH", 50)
    setting = context()
    with cluster() as three:
        address = Address(tuple(three.hosts), prefix="cluster", timeout=60)
        engine = ElasticsearchEngine(address, fallback=False)  # nothing may stand in
        engine.store.upsert(people(), setting)
        assert engine.rebuild(setting) == PEOPLE
        three.wait(status="green", number_of_nodes=3)
        with Searching(engine, setting).all_along() as searching:
            searching.more()
            _during_searches(three, engine, setting, searching)
            assert indexed(engine) == set(range(1, PEOPLE + 2))
            _during_a_rebuild(three, engine, setting)
            assert indexed(engine) == set(range(1, PEOPLE + 2))
            searching.more()


def _during_searches(
    three: Cluster, engine: ElasticsearchEngine, setting: Context, searching: Searching
) -> None:
    """What is written while a node is missing is not lost either; the node comes back."""
    three.kill(master(engine))
    searching.more()
    three.wait(number_of_nodes=2)
    searching.more()
    engine.upsert([expert(PEOPLE + 1, ["전혀 다른 주제의 도자기 복원"])], setting)
    three.revive()
    searching.more()


def _during_a_rebuild(three: Cluster, engine: ElasticsearchEngine, setting: Context) -> None:
    """The live index answers all along, and the new one becomes complete on the other nodes."""
    (before,) = engine.indices.every()
    killed = []

    def kill_half_way(done: int, total: int) -> None:
        if done >= total / 2 and not killed:
            killed.append(master(engine))
            three.kill(killed[0])

    assert engine.rebuild(setting, kill_half_way) == PEOPLE + 1
    assert killed
    (after,) = engine.indices.every()
    assert after != before
