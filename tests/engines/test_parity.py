"""Both engines give the same list: same top ten, scores equal to 1e-6, on a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from demo.material import demo_material, demo_queries
from matching.documents import ExpertDocument
from matching.engines import Filters
from matching.engines.elasticsearch import ElasticsearchEngine
from matching.engines.postgres import PostgresEngine
from matching.evaluation.dataset import read_set
from matching.pipeline import current_context
from matching.synthetic import synthetic_documents
from tests.engines.prepared import address_of, differences, engine_at, judged_parts, top

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]
ROOT = Path(__file__).resolve().parents[2]
MANY = 20_000
SMALL = ROOT / "tests" / "data" / "judged_small"


@pytest.fixture
def engine(elasticsearch_settings: dict[str, Any]) -> ElasticsearchEngine:
    return engine_at(address_of(elasticsearch_settings), "-parity")


def judged_folders() -> list[Path]:
    """The set in the repository and, where one is given, a larger one."""
    named = os.environ.get("MATCHING_DEV_DIR")
    larger = Path(named) if named else ROOT.parent / "shared" / "data" / "matching_dev"
    return [SMALL, *([larger] if (larger / "requests.jsonl").exists() else [])]


@pytest.mark.parametrize("folder", judged_folders(), ids=lambda path: path.name)
def test_every_judged_request_has_the_same_list(engine, folder: Path) -> None:
    judged = read_set(folder)
    experts, queries, context = judged_parts(judged)
    engine.upsert(experts, context)
    wrong = {}
    for candidates in (5, 20, 100, 600):  # of more than 500 the nearest are not measured again
        for query in queries:
            one = top(PostgresEngine(), query, context, candidates)
            other = top(engine, query, context, candidates)
            assert one
            if found := differences(one, other):
                wrong[query.key, candidates] = found
    assert not wrong


@pytest.mark.timeout(900)
def test_twenty_thousand_people_and_fifty_candidates(engine) -> None:
    """Here retrieval really cuts: one expert of four hundred is proposed."""
    context = current_context()
    queries = demo_queries(context.encoders)
    store = engine.store
    for batch in batched(
        synthetic_documents(demo_material(context.encoders), context.encoders, MANY)
    ):
        store.upsert(batch, context)
    assert engine.rebuild(context) == MANY
    halves = [Filters(), Filters(all_of=("approved",), without=frozenset(range(1, MANY, 2)))]
    wrong = {}
    for query in queries:
        for number, filters in enumerate(halves):
            one = top(store, query, context, 50, filters)
            found = differences(one, top(engine, query, context, 50, filters))
            if found:
                wrong[query.key, number] = found
    assert len(queries) > 20 and not wrong
    assert not engine.compare(context, 1_000).wrong


def batched(documents: Iterator[ExpertDocument]) -> Iterator[list[ExpertDocument]]:
    while batch := list(islice(documents, 1_000)):
        yield batch


def test_filters_hold_inside_the_search(engine) -> None:
    judged = read_set(SMALL)
    experts, queries, context = judged_parts(judged)
    engine.store.upsert(experts, context)
    assert engine.rebuild(context) == len(experts)
    everyone = [d.expert_id for d in experts]
    asked = Filters(only=frozenset(everyone[1:]), without=frozenset(everyone[:3]))
    for query in queries:
        one = top(PostgresEngine(), query, context, 5, asked)
        assert not differences(one, top(engine, query, context, 5, asked))
        assert not {pk for pk, _ in one} & set(everyone[:3])
