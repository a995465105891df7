"""The first look over outlines says what exact scoring says and drops nobody of the list."""

from dataclasses import replace

import numpy as np
import pytest

from demo.material import demo_material, demo_queries
from matching import narrowing
from matching.encoders import active_encoders
from matching.engines import Filters
from matching.engines.postgres import PostgresEngine
from matching.models import ExpertIndexVectors
from matching.narrowing import depth, depth_for, first_look, narrowed
from matching.pipeline import current_context, rank_prepared, score
from matching.signals.dense import Asked, Measure, penalties, piece_similarities
from matching.signals.lexical import lexical_raw, middles, saturation, scaled_weights
from matching.signals.meaning import dense_outline, lexical_outline
from matching.signals.tags import TAG_SCALE, tag_matches, tags_signal
from matching.synthetic import Inventory, Population
from tests.matching.prepared import expert

COUNT = 260
EVERYBODY = range(1, COUNT + 3)
SKETCHED = 0.03  # of a signal, whose spread is one: what eight bits may change


@pytest.fixture(scope="module")
def material():
    """People, two of them without anything that can be measured, and requests of both languages."""
    encoders = active_encoders()
    population = Population(Inventory(demo_material(encoders), encoders))
    people = population.documents(0, population.people(0, COUNT))
    queries = demo_queries(encoders)
    english = [query for query in queries if query.language == "en"]
    odd = [expert(COUNT + 1, [], tags=["침수"]), _without_vectors(expert(COUNT + 2, ["침수 예측"]))]
    return [*people, *odd], [*english[:2], *queries[:4]]


def _without_vectors(document):
    zeros = {name: np.zeros_like(rows) for name, rows in document.vectors.items()}
    return replace(document, vectors=zeros, version="zeros")


@pytest.fixture
def filled(material, db):
    engine, context = PostgresEngine(), current_context()
    engine.upsert(material[0], context)
    return engine, context, material[1]


def plain(context):
    """The same without what outlines cannot tell."""
    return replace(context, scoring=replace(context.scoring, hub_penalty=0.0, kind_penalties={}))


def test_the_first_look_is_the_exact_score_less_what_outlines_lack(filled) -> None:
    engine, context, queries = filled
    reduced = plain(context)
    for query in queries:
        encoders = [e for e in context.encoders if e.name in query.vectors]
        found = engine.outlines([*EVERYBODY, 9_999], encoders, query.year, context)
        documents = engine.load(EVERYBODY)
        assert found.ids.tolist() == [d.expert_id for d in documents]
        exact = score(query, documents, reduced)
        look = first_look(query, found, context)
        assert look == pytest.approx(exact.fused, abs=SKETCHED)
        assert np.corrcoef(look, exact.fused)[0, 1] > 0.9999
        measure = Measure(context.encoders, context.background, context.scoring)
        assert dense_outline(query, found, measure) == pytest.approx(
            exact.signals["dense"], abs=SKETCHED
        )
        assert lexical_outline(query, found, measure) == pytest.approx(
            exact.signals["lexical"], abs=1e-9
        )


def test_rows_of_before_there_were_sketches_say_the_same(filled) -> None:
    engine, context, queries = filled
    query = queries[0]
    encoders = [e for e in context.encoders if e.name in query.vectors]
    now = engine.outlines(EVERYBODY, encoders, query.year, context)
    ExpertIndexVectors.objects.filter(expert_id__lt=100).update(sketch=None)
    before = engine.outlines(EVERYBODY, encoders, query.year, context)
    assert first_look(query, before, context) == pytest.approx(
        first_look(query, now, context), abs=SKETCHED
    )
    assert np.array_equal(  # who has nothing that can be measured
        before.pieces.vectors[encoders[0].name].scales > 0,
        now.pieces.vectors[encoders[0].name].scales > 0,
    )


# -- many at once give what each alone gives ------------------------------------------------------
def test_pieces_of_many_are_measured_as_those_of_each_alone(filled) -> None:
    engine, context, queries = filled
    documents = engine.load(EVERYBODY)
    measure = Measure(context.encoders, context.background, context.scoring)
    for query in queries:
        asked = Asked(query.language, {name: v[None] for name, v in query.vectors.items()})
        best = score(query, documents, context).best_piece
        for document, place in zip(documents, best.tolist(), strict=True):
            values = piece_similarities(asked, [document], measure)[:, 0]
            values = values - penalties(document, query.year, context.scoring)
            expected = -1 if np.isnan(values).all() else int(np.nanargmax(values))
            assert place == expected


def test_scores_of_many_are_those_of_each_alone(filled) -> None:
    engine, context, queries = filled
    documents = engine.load(EVERYBODY)
    for query in queries[:3]:
        together = score(query, documents, context).fused
        alone = [score(query, [replace(d, version="")], context).fused[0] for d in documents]
        assert together == pytest.approx(np.array(alone), abs=1e-9)


def test_words_of_many_are_the_sum_over_each_ones_tokens(filled) -> None:
    engine, context, queries = filled
    documents = engine.load(EVERYBODY)
    background, scoring = context.background, context.scoring
    for query in queries:
        weights, ids = scaled_weights(query, background), query.words.ids
        middle = middles(ids, weights[:, None], query.language, background, scoring)
        expected = []
        for d in documents:
            said = saturation(d.words.of_tokens(ids), d.words.length, background, scoring)
            mean, unit = middle[d.language]
            expected.append(((weights @ said) - mean[0]) / unit[0])
        found = lexical_raw(query, documents, background, scoring)
        assert found == pytest.approx(np.array(expected), abs=1e-9)


def test_tags_of_many_are_the_sum_over_each_ones_matches(filled) -> None:
    engine, context, queries = filled
    documents = engine.load(EVERYBODY)
    for query in queries:
        rarity = {code: context.background.rarity(code) for code in query.tags}
        trust = dict(zip(query.tags, query.trust, strict=True))
        expected = [
            sum(rarity[m.wanted] * trust[m.wanted] * m.weight
                for m in tag_matches(query.tags, d.tags))
            for d in documents
        ]  # fmt: skip
        found = tags_signal(query, documents, context.background)
        share = np.array(expected) / sum(rarity.values()) / TAG_SCALE
        assert found == pytest.approx(share, abs=1e-9)


# -- what is kept ---------------------------------------------------------------------------------
def listed(query, engine, context, limit, must_include=()):
    result = rank_prepared(query, Filters(), limit, must_include, engine, context, COUNT)
    return [(e.expert_id, e.rank, e.score) for e in result.experts]


def test_nobody_who_would_be_listed_is_dropped(filled, monkeypatch) -> None:
    engine, context, queries = filled
    everybody = [listed(query, engine, context, 10) for query in queries]
    monkeypatch.setattr(narrowing, "FEW", 20)
    monkeypatch.setattr(narrowing, "KEPT", 30)
    proposed = engine.propose(queries[0], Filters(), COUNT, context).ids
    kept = narrowed(queries[0], proposed, engine, context, 10)
    assert len(proposed) > len(kept) == 30 and kept == sorted(kept)
    assert [listed(query, engine, context, 10) for query in queries] == [
        [(pk, rank, pytest.approx(value, abs=1e-9)) for pk, rank, value in each]
        for each in everybody
    ]


def test_whoever_was_named_is_scored_all_the_same(filled, monkeypatch) -> None:
    engine, context, queries = filled
    monkeypatch.setattr(narrowing, "FEW", 20)
    monkeypatch.setattr(narrowing, "KEPT", 30)
    last = COUNT + 2
    assert last in [pk for pk, *_ in listed(queries[0], engine, context, 5, (last,))]


def test_without_a_limit_everybody_is_scored(filled, monkeypatch) -> None:
    engine, context, queries = filled
    monkeypatch.setattr(narrowing, "FEW", 20)
    proposed = engine.propose(queries[0], Filters(), COUNT, context).ids
    assert narrowed(queries[0], proposed, engine, context) == proposed
    assert len(listed(queries[0], engine, context, None)) == len(proposed)


def test_more_is_proposed_in_a_larger_pool(filled, settings) -> None:
    assert [depth_for(size) for size in (0, 900, 1_000, 2_500, 10_000)] == [
        330, 330, 330, 434, 658]  # fmt: skip
    assert depth_for(narrowing.ENOUGH) == depth_for(10**9) == narrowing.MOST
    engine = filled[0]
    assert engine.size(100) == 100 and engine.size(10_000) == len(EVERYBODY)
    assert depth(engine) == narrowing.LEAST
    settings.MATCHING_CANDIDATES = 7
    assert depth(engine) == 7
