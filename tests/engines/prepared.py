"""Engines on the real server, and lists to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from matching.background_builder import build_background
from matching.background_store import shipped_background
from matching.conf import Scoring
from matching.documents import QueryDocument
from matching.encoders import active_encoders
from matching.engines import Engine, Filters
from matching.engines.base import Context
from matching.engines.elasticsearch import Address, ElasticsearchEngine
from matching.evaluation.dataset import JudgedSet
from matching.pipeline import rank_prepared
from matching.preparing import prepare_experts, prepare_queries

#: generous: two cores may be busy with other tests
SECONDS = 60.0


def address_of(values: Mapping[str, Any]) -> Address:
    """The address that the setting ELASTICSEARCH would give, with time enough for tests."""
    return Address(
        hosts=tuple(values["hosts"]),
        user=values["user"],
        password=values["password"],
        api_key=values["api_key"],
        ca=values["ca"],
        prefix=values["prefix"],
        timeout=SECONDS,
    )


def engine_at(address: Address, suffix: str = "") -> ElasticsearchEngine:
    """An engine that raises instead of standing in, with indices of its own."""
    own = replace(address, prefix=f"{address.prefix}{suffix}")
    return ElasticsearchEngine(own, fallback=False)


def top(
    engine: Engine, query: QueryDocument, context: Context, candidates: int,
    filters: Filters | None = None, limit: int = 10,
) -> list[tuple[int, float]]:  # fmt: skip
    """The best experts and their scores."""
    result = rank_prepared(query, filters or Filters(), limit, (), engine, context, candidates)
    return [(scored.expert_id, scored.score) for scored in result.experts]


def judged_parts(judged: JudgedSet) -> tuple[list[Any], list[QueryDocument], Context]:
    """Experts, requests and context of a judged set, as an evaluation makes them."""
    encoders, scoring = active_encoders(), Scoring.current()
    experts = prepare_experts(judged.experts, encoders)
    queries = prepare_queries(judged.requests, encoders)
    background = build_background(
        experts, queries, encoders, scoring, prior=shipped_background(), note="parity"
    )
    return experts, queries, Context(encoders, background, scoring)


def differences(
    one: Sequence[tuple[int, float]], other: Sequence[tuple[int, float]], tolerance: float = 1e-6
) -> list[str]:
    """What is not the same in two lists, place by place."""
    found = [] if len(one) == len(other) else [f"{len(one)} and {len(other)} experts"]
    for place, (left, right) in enumerate(zip(one, other, strict=False), 1):
        if left[0] != right[0] or abs(left[1] - right[1]) > tolerance:
            found.append(f"place {place}: {left} and {right}")
    return found
