"""Without the cluster: PostgreSQL answers with a note, nobody waits twice, writes catch up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from threading import Thread
from uuid import uuid4

import pytest
from django.template.loader import render_to_string

from matching.engines import Filters, active_engine, pending
from matching.engines.base import Context
from matching.engines.elasticsearch import Address, ElasticsearchEngine
from matching.engines.elasticsearch.breaker import Breaker
from matching.engines.elasticsearch.errors import SearchClusterError
from matching.engines.postgres import PostgresEngine
from matching.health import engine_status
from matching.models import IndexJob
from matching.models.index import ExpertIndexPosting
from matching.pipeline import current_context, rank_prepared
from matching.services.index_jobs import send_waiting
from tests.engines.prepared import address_of
from tests.matching.prepared import SUBJECTS, context, crowd, expert, request

pytestmark = pytest.mark.django_db
CLOSED = "http://127.0.0.1:1"
QUERY = request(SUBJECTS[0], ["침수"])


@cache
def _setting() -> Context:
    return context()


class Silent:
    """A server that takes connections and never answers."""

    def __init__(self) -> None:
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._kept.append(connection)
            self.asked += 1

    def close(self) -> None:
        self._listener.close()
        for connection in self._kept:
            connection.close()


@contextmanager
def silent() -> Iterator[Silent]:
    server = Silent()
    try:
        yield server
    finally:
        server.close()


def test_a_cluster_that_is_away_is_stood_in_for() -> None:
    engine, setting = ElasticsearchEngine(Address((CLOSED,))), _setting()
    engine.upsert(crowd(20), setting)
    assert pending.waiting() == 20
    result = rank_prepared(QUERY, Filters(), 5, (), engine, setting, 10)
    wanted = rank_prepared(QUERY, Filters(), 5, (), PostgresEngine(), setting, 10)
    assert [e.as_json() for e in result.experts] == [e.as_json() for e in wanted.experts]
    assert result.versions["engine"] == "postgres"
    assert result.versions["fallback_for"] == "elasticsearch"
    assert result.versions["fallback_reason"] == "unreachable"
    assert engine.count(Filters()) == 20
    assert "fallback_for" not in wanted.versions


def test_among_too_many_people_nobody_stands_in(settings) -> None:
    settings.MATCHING_STAND_IN_MOST = 10
    engine, setting = ElasticsearchEngine(Address((CLOSED,))), _setting()
    engine.upsert(crowd(20), setting)
    assert pending.waiting() == 20  # writes go on and wait for the cluster
    with pytest.raises(SearchClusterError, match="unreachable"):
        engine.propose(QUERY, Filters(), 5, setting)
    status = engine.status()
    assert not status.ok and not status.stands_in and status.detail
    assert engine.count(Filters()) == 20
    settings.MATCHING_STAND_IN_MOST = 20
    assert engine.propose(QUERY, Filters(), 5, setting).ids and engine.status().ok


def test_only_the_first_search_waits_for_a_silent_cluster(settings) -> None:
    settings.ELASTICSEARCH_PAUSE = 600
    with silent() as server:
        engine = ElasticsearchEngine(Address((server.url,), timeout=0.3))
        engine.store.upsert(crowd(20), _setting())
        first = engine.propose(QUERY, Filters(), 5, _setting())
        asked = server.asked
        assert asked and first.notes["fallback_reason"] == "timeout"
        for _ in range(5):
            again = engine.propose(QUERY, Filters(), 5, _setting())
            assert again.notes["fallback_reason"] == "timeout"
        assert engine.count(Filters()) == 20
        engine.upsert(crowd(1), _setting())
        assert server.asked == asked and pending.waiting() == 1


def test_a_breaker_lets_one_try_after_the_pause() -> None:
    now = [0.0]
    breaker = Breaker(lambda: 10.0, lambda: now[0])
    assert breaker.allows()
    breaker.failed("timeout")
    assert not breaker.allows() and breaker.reason == "timeout"
    now[0] = 10.0
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.failed("timeout")
    now[0] = 20.0
    assert breaker.allows()
    breaker.worked()
    assert breaker.allows() and not breaker.reason


def test_it_goes_on_with_the_cluster_once_that_is_back(elasticsearch_settings, settings) -> None:
    settings.ELASTICSEARCH_PAUSE = 0
    right = address_of(elasticsearch_settings)
    right = replace(right, prefix=f"{right.prefix}-{uuid4().hex[:8]}")
    engine, setting = ElasticsearchEngine(replace(right, hosts=(CLOSED,))), _setting()
    engine.upsert(crowd(20), setting)
    before = engine.propose(QUERY, Filters(), 5, setting)
    engine._address = right
    wishes = dict(IndexJob.objects.values_list("object_id", "wanted"))
    assert engine.catch_up(wishes, setting) == 20 and not pending.waiting()
    after = engine.propose(QUERY, Filters(), 5, setting)
    assert before.notes and not after.notes and before.ranked == after.ranked


def test_an_index_of_other_settings_is_never_searched(elasticsearch_settings, settings) -> None:
    right = address_of(elasticsearch_settings)
    engine = ElasticsearchEngine(replace(right, prefix=f"{right.prefix}-{uuid4().hex[:8]}"))
    engine.upsert(crowd(20), _setting())
    other = replace(_setting(), scoring=replace(_setting().scoring, b=0.9))
    found = engine.propose(QUERY, Filters(), 5, other)
    assert found.notes["fallback_reason"] == "rebuild" and found.ids
    assert not engine.propose(QUERY, Filters(), 5, _setting()).notes  # and needs no pause


def test_without_postings_the_note_says_what_is_missing(settings) -> None:
    settings.MATCHING_POSTINGS, settings.MATCHING_POOL_IN_MEMORY = False, 0
    engine = ElasticsearchEngine(Address((CLOSED,)))
    engine.upsert([expert(1, ["침수 예측과 하수관로 수위 분석"], ["침수"])], _setting())
    assert not ExpertIndexPosting.objects.exists()
    found = engine.propose(QUERY, Filters(), 5, _setting())
    assert found.notes["fallback_without"] == ["lexical"]
    assert found.ranked == [1]


def test_the_site_is_well_and_says_who_stands_in(settings) -> None:
    settings.SEARCH_ENGINE = "elasticsearch"
    settings.ELASTICSEARCH = {"hosts": [CLOSED], "prefix": "nobody"}
    status = engine_status()
    assert status["ok"] and status["stands_in"] == "postgres" and status["problem"]
    settings.ELASTICSEARCH = {}
    assert engine_status()["ok"] and engine_status()["stands_in"] == "postgres"


def test_the_rows_of_an_engine_that_is_no_longer_used_go(settings) -> None:
    pending.note([1, 2])
    assert active_engine().name == "postgres" and send_waiting() == 2
    assert not pending.waiting() and active_engine().ensure(current_context())


def test_the_notice_on_the_page_of_a_list() -> None:
    versions = {"engine": "postgres", "fallback_for": "elasticsearch"}
    text = render_to_string("matching/_engine_notice.html", {"versions": versions})
    assert "데이터베이스로 찾은 목록" in text and "낱말로 찾는 후보" not in text
    versions["fallback_without"] = ["lexical"]
    text = render_to_string("matching/_engine_notice.html", {"versions": versions})
    assert "낱말로 찾는 후보" in text
    assert not render_to_string("matching/_engine_notice.html", {"versions": {}}).strip()
