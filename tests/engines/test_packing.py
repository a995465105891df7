"""A filled index is packed into one segment per shard."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

import pytest

from matching.engines.base import Context
from matching.engines.elasticsearch import ElasticsearchEngine, SearchClusterError
from matching.engines.elasticsearch.documents import read
from matching.engines.elasticsearch.layout import fingerprint
from matching.engines.elasticsearch.writing import entries, send
from tests.engines.prepared import address_of, engine_at
from tests.matching.prepared import context, crowd

pytestmark = pytest.mark.django_db


@cache
def _setting() -> Context:
    return context()


@pytest.fixture
def engine(elasticsearch_settings: dict[str, Any]) -> ElasticsearchEngine:
    return engine_at(address_of(elasticsearch_settings), f"-{uuid4().hex[:8]}")


def test_a_filled_index_is_packed(engine) -> None:
    setting = _setting()
    engine.store.upsert(crowd(30), setting)
    name = engine.indices.create(setting, fingerprint(setting), "1", 30)
    for start in range(1, 31, 10):
        found = read(range(start, start + 10), setting)
        send(engine.indices.client, entries(found, [name], setting), refresh=True)
    assert _segments(engine, name) > 1
    engine.indices.pack(name)
    engine.indices.client.indices.refresh(index=name)
    assert _segments(engine, name) == 1
    assert engine.indices.client.count(index=name)["count"] == 30


def _segments(engine: ElasticsearchEngine, name: str) -> int:
    found = engine.indices.client.indices.segments(index=name)["indices"][name]["shards"]
    return sum(len(copy["segments"]) for copies in found.values() for copy in copies)


def test_an_index_that_cannot_be_packed_is_searched_all_the_same(engine, monkeypatch) -> None:
    def refused(*_: object) -> None:
        raise SearchClusterError("refused", "no time for it")

    monkeypatch.setattr(type(engine.indices), "pack", refused)
    engine.store.upsert(crowd(12), _setting())
    assert engine.rebuild(_setting()) == 12
    (name,) = engine.indices.every()
    assert engine.indices.client.count(index=name)["count"] == 12
