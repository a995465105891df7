"""Both engines give the same list: same top ten, scores equal to 1e-6, on a real server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from matching.engines import Filters
from matching.engines.elasticsearch import ElasticsearchEngine
from matching.engines.postgres import PostgresEngine
from matching.evaluation.dataset import read_set
from tests.engines.prepared import address_of, differences, engine_at, judged_parts, top

pytestmark = [pytest.mark.django_db, pytest.mark.encoder]
ROOT = Path(__file__).resolve().parents[2]
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
    for per_signal in (5, 20, 100):
        for query in queries:
            one = top(PostgresEngine(), query, context, per_signal)
            other = top(engine, query, context, per_signal)
            assert one
            if found := differences(one, other):
                wrong[query.key, per_signal] = found
    assert not wrong


def test_filters_hold_inside_the_search(engine) -> None:
    judged = read_set(SMALL)
    experts, queries, context = judged_parts(judged)
    engine.upsert(experts, context)
    everyone = [d.expert_id for d in experts]
    asked = Filters(only=frozenset(everyone[1:]), without=frozenset(everyone[:3]))
    for query in queries:
        one = top(PostgresEngine(), query, context, 5, asked)
        assert not differences(one, top(engine, query, context, 5, asked))
        assert not {pk for pk, _ in one} & set(everyone[:3])
