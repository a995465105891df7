"""The pool in memory proposes the same people as the database does, after any writes."""

from dataclasses import replace

import pytest
from django.db import transaction

from demo.material import demo_material, demo_queries
from matching.encoders import active_encoders
from matching.engines import pool
from matching.engines.base import Filters
from matching.engines.postgres import PostgresEngine
from matching.pipeline import current_context
from matching.synthetic import Inventory, Population

pytestmark = pytest.mark.django_db
COUNT = 260
FILTERS = [
    Filters(),
    Filters(all_of=("approved",), none_of=("availability:paused",), at_least={"monthly_cap": 3}),
    Filters(all_of=("pool:tenth", "verified")),
    Filters(only=frozenset(range(1, 40)), without=frozenset({3, 4, 5})),
    Filters(all_of=("nobody has this",)),
]


@pytest.fixture(scope="module")
def material():
    encoders = active_encoders()
    population = Population(Inventory(demo_material(encoders), encoders))
    documents = population.documents(0, population.people(0, COUNT))
    queries = demo_queries(encoders)
    english = [query for query in queries if query.language == "en"]
    return documents, [*english[:1], *queries[:3]]


@pytest.fixture
def context():
    return current_context()


def proposed(engine, query, filters, context, limit=20):
    return engine.propose(query, filters, limit, context).ranked


def assert_alike(engine, queries, context, settings):
    for query in queries:
        for filters in FILTERS:
            settings.MATCHING_POOL_IN_MEMORY = 10_000
            in_memory = proposed(engine, query, filters, context)
            settings.MATCHING_POOL_IN_MEMORY = 0
            assert in_memory == proposed(engine, query, filters, context)


def test_memory_and_database_propose_the_same(material, context, settings):
    documents, queries = material
    engine = PostgresEngine()
    engine.upsert(documents[:200], context)
    assert_alike(engine, queries, context, settings)
    engine.upsert(documents[150:], context)
    engine.delete([1, 2, 60])
    assert_alike(engine, queries, context, settings)
    assert proposed(engine, queries[0], FILTERS[0], context)


def test_many_small_writes_are_packed_together_again(material, context, settings):
    documents, queries = material
    engine = PostgresEngine()
    for start in range(0, 60, 5):
        engine.upsert(documents[start : start + 5], context)
        settings.MATCHING_POOL_IN_MEMORY = 10_000
        proposed(engine, queries[0], FILTERS[0], context)
    assert_alike(engine, queries, context, settings)


def test_what_was_taken_back_is_not_proposed(material, context, settings):
    documents, queries = material
    engine = PostgresEngine()
    settings.MATCHING_POOL_IN_MEMORY = 10_000
    engine.upsert(documents[:20], context)
    with transaction.atomic():
        engine.upsert(documents[20:40], context)
        assert len(proposed(engine, queries[0], FILTERS[0], context, 50)) == 40
        transaction.set_rollback(True)
    found = proposed(engine, queries[0], FILTERS[0], context, 50)
    assert sorted(found) == list(range(1, 21))


def test_another_process_sees_the_change(material, context, settings):
    documents, queries = material
    settings.MATCHING_POOL_IN_MEMORY = 10_000
    writer, reader = PostgresEngine(), PostgresEngine()
    writer.upsert(documents[:20], context)
    assert len(proposed(reader, queries[0], FILTERS[0], context, 50)) == 20
    writer.delete([7])
    assert 7 not in proposed(reader, queries[0], FILTERS[0], context, 50)


def test_an_empty_index_proposes_nobody(material, context):
    _, queries = material
    found = proposed(PostgresEngine(), queries[0], Filters(), context)
    assert found == []


def test_only_the_nearest_are_told_apart(material, context, settings, monkeypatch):
    documents, queries = material
    settings.MATCHING_POOL_IN_MEMORY = 10_000
    engine = PostgresEngine()
    korean = [document for document in documents if document.language == "ko"]
    engine.upsert(korean[:60], context)
    engine.upsert(korean[60:90], context)  # a second part: the nearest are those of both
    by_meaning = replace(context, scoring=replace(context.scoring, weights={"dense": 1.0}))
    usual = proposed(engine, queries[-1], FILTERS[0], by_meaning, 90)
    monkeypatch.setattr(pool, "REACH", 7)
    found = proposed(engine, queries[-1], FILTERS[0], by_meaning, 90)
    assert found[:7] == usual[:7] and found[7:] == sorted(usual[7:]) != usual[7:]
