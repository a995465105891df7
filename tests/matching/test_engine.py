"""The PostgreSQL engine: filters never leak, writes replace, what goes in comes out."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.engines import Filters
from matching.engines.base import Context
from matching.engines.postgres import PostgresEngine
from matching.explain import best_evidence
from matching.models.index import ExpertIndexPosting
from matching.pipeline import rank_prepared
from tests.matching.prepared import SUBJECTS, context, crowd, expert, request

pytestmark = pytest.mark.django_db
FACTS = ("approved", "verified", "org:1", "org:2")


@pytest.fixture
def engine() -> PostgresEngine:
    return PostgresEngine()


@cache
def _setting() -> Context:
    return context()


@cache
def _people() -> list:
    return [
        expert(
            n,
            [SUBJECTS[n % 6], SUBJECTS[(n + 1) % 6]],
            tags=["침수" if n % 2 else "민원"],
            facts=[fact for bit, fact in enumerate(FACTS) if n >> bit & 1],
            monthly_cap=n % 4,
        )
        for n in range(1, 33)
    ]


filters = st.builds(
    Filters,
    all_of=st.sets(st.sampled_from(FACTS), max_size=2).map(tuple),
    none_of=st.sets(st.sampled_from(FACTS), max_size=2).map(tuple),
    at_least=st.fixed_dictionaries({}, optional={"monthly_cap": st.integers(0, 4)}),
    only=st.none() | st.frozensets(st.integers(1, 40), max_size=20),
    without=st.frozensets(st.integers(1, 40), max_size=20),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=filters, subject=st.sampled_from(SUBJECTS))
def test_nobody_outside_the_filters_is_proposed(engine, asked: Filters, subject: str) -> None:
    people, setting = _people(), _setting()
    if not engine.versions():
        engine.upsert(people, setting)
    allowed = {d.expert_id for d in people if _passes(d, asked)}
    proposal = engine.propose(request(subject, ["침수"]), asked, 50, setting)
    assert set(proposal.ranked) == allowed
    assert engine.count(asked) == len(allowed)


def _passes(document, asked: Filters) -> bool:
    facts = set(document.facts)
    return (
        set(asked.all_of) <= facts
        and not set(asked.none_of) & facts
        and all(document.numbers.get(name, 0) >= least for name, least in asked.at_least.items())
        and (asked.only is None or document.expert_id in asked.only)
        and document.expert_id not in asked.without
    )


def test_documents_come_back_as_they_went_in(engine) -> None:
    setting, before = context(), expert(7, ["침수 예측", "Flood warning"], ["침수"], ["approved"])
    engine.upsert([before], setting)
    after = PostgresEngine().load([7, 8])[0]
    assert (after.language, after.tags, after.facts, after.version) == (
        before.language,
        before.tags,
        before.facts,
        before.version,
    )
    assert after.shown_pieces == before.shown_pieces
    assert np.array_equal(after.words.ids, before.words.ids)
    assert np.array_equal(after.words.counts, before.words.counts)
    assert after.pieces.languages == before.pieces.languages
    for name, vectors in before.vectors.items():
        assert np.array_equal(after.vectors[name], vectors)


def test_writing_twice_replaces_and_deleting_twice_is_no_error(engine) -> None:
    setting = context()
    engine.upsert([expert(1, ["침수 예측"]), expert(2, ["민원 분류"])], setting)
    engine.upsert([expert(1, ["교차로 신호"])], setting)
    assert engine.load([1])[0].shown_pieces[0]["title"] == "교차로 신호"
    assert engine.status().documents == 2
    engine.delete([1])
    engine.delete([1, 99])
    assert engine.load([1, 2])[0].expert_id == 2
    assert not ExpertIndexPosting.objects.filter(expert_id=1).exists()


def test_an_expert_without_evidence_and_one_with_odd_text_can_be_indexed(engine) -> None:
    odd = expert(2, ["nul\x00 \ud800 😀 " + "가" * 5_000])
    engine.upsert([expert(1), odd], context())
    assert [d.expert_id for d in engine.load([1, 2])] == [1, 2]


def test_the_best_is_proposed_first(engine) -> None:
    people, setting = crowd(30), context()
    people.append(expert(99, ["교차로 신호 제어 강화학습"], tags=["강화학습"]))
    engine.upsert(people, setting)
    query = request("교차로 신호 제어 강화학습", ["강화학습"])
    proposal = engine.propose(query, Filters(), 3, setting)
    assert proposal.ranked[0] == 99 and len(proposal.ranked) == 3


def test_a_ranking_with_someone_asked_about(engine) -> None:
    setting = context()
    engine.upsert(crowd(30), setting)
    asked = rank_prepared(
        request("침수 예측과 하수관로 수위 분석", ["침수"]),
        Filters(without=frozenset({30})),
        3,
        [30],
        engine,
        setting,
        10,
    )
    assert [e.rank for e in asked.experts[:3]] == [1, 2, 3]
    assert 30 in [e.expert_id for e in asked.experts]
    for scored in asked.experts:
        assert sum(scored.contributions.values()) == pytest.approx(scored.score, abs=1e-12)
        assert scored.evidence["source_ref"] == "" and scored.evidence["text"]
    again = rank_prepared(
        request("침수 예측과 하수관로 수위 분석", ["침수"]),
        Filters(without=frozenset({30})),
        3,
        [30],
        PostgresEngine(),
        setting,
        10,
    )
    assert [e.as_json() for e in again.experts] == [e.as_json() for e in asked.experts]


def test_an_empty_index_gives_an_empty_list(engine) -> None:
    result = rank_prepared(request("침수"), Filters(), 5, [], engine, context(), 10)
    assert result.experts == []


def test_a_headline_alone_is_no_evidence_where_a_sentence_speaks() -> None:
    headline = {"kind": "bio", "title": "침수 / 수위 / 센서", "text": ""}
    far = {"kind": "project", "title": "행사", "text": "축제 방문객을 세었습니다."}
    near = {"kind": "project", "title": "수위", "text": "침수 구간의 수위를 예측했습니다."}
    query, setting = request("침수 예측과 하수관로 수위 분석"), context()
    document = replace(expert(1, ["침수"]), shown_pieces=(headline, far, near))
    assert best_evidence(query, document, 0, setting.background)["text"] == near["text"]
    assert best_evidence(query, document, 1, setting.background)["text"] == far["text"]
    alone = replace(document, shown_pieces=(headline,))
    assert best_evidence(query, alone, 0, setting.background)["text"] == headline["title"]
