"""The estimate by which candidates are proposed is linear, comparable across languages, and near
enough to the fused value that the best are among the proposed."""

from dataclasses import replace

import numpy as np
import pytest

from demo.material import demo_material, demo_queries
from matching.encoders import active_encoders
from matching.engines import Filters
from matching.engines.asked import HEAVIEST_ALONE, MOST_ALONE, wanted
from matching.engines.postgres import PostgresEngine
from matching.pipeline import current_context, score
from matching.signals.dense import Measure, candidate_vector
from matching.signals.estimate import estimates, tag_parts
from matching.signals.tags import tags_signal
from matching.synthetic import Inventory, Population

pytestmark = pytest.mark.django_db
COUNT = 1_000


@pytest.fixture(scope="module")
def material():
    encoders = active_encoders()
    population = Population(Inventory(demo_material(encoders), encoders))
    queries = demo_queries(encoders)
    english = [query for query in queries if query.language == "en"]
    others = [query for query in queries if query.language != "en"]
    return population.documents(0, population.people(0, COUNT)), [*english[:4], *others[:8]]


@pytest.fixture
def context():
    return current_context()


def measure_of(context):
    return Measure(context.encoders, context.background, context.scoring)


def estimated(query, documents, context):
    """The estimate of each, computed one by one from whole documents."""
    asked = wanted(query, 50, context)
    scoring, background = context.scoring, context.background
    parts = {part.language: part for part in asked.together}
    found = []
    for document in documents:
        part = parts[document.language]
        tokens = dict(zip(document.words.ids.tolist(), document.words.counts.tolist(), strict=True))
        ratio = document.words.length / background.average_length
        norm = scoring.k1 * (1 - scoring.b + scoring.b * ratio)
        words = sum(
            w * tokens[t] / (tokens[t] + norm) for t, w in asked.words.items() if t in tokens
        )
        product = float(candidate_vector(document, part.encoder, background) @ part.vector)
        tags = sum(asked.parts.get(tag, 0.0) for tag in document.tags)
        found.append(part.base + part.slope * product + part.by_words * words + tags)
    return np.array(found)


def test_it_follows_the_score_and_means_the_same_in_each_language(material, context) -> None:
    documents, queries = material
    english = np.array([document.language == "en" for document in documents])
    apart = []
    for query in queries:
        fused = score(query, documents, context).fused
        guess = estimated(query, documents, context)
        assert np.corrcoef(fused, guess)[0, 1] > 0.8
        off = guess - fused
        apart.append(off[english].mean() - off[~english].mean())
    # nobody stands higher only because the list of his language does
    assert abs(np.mean(apart)) < 0.25 * np.std(fused)


def test_the_best_are_among_the_proposed(material, context) -> None:
    documents, queries = material
    engine = PostgresEngine()
    engine.upsert(documents, context)
    together, alone = [], []
    for query in queries:
        fused = score(query, documents, context).fused
        best = {documents[i].expert_id for i in np.argsort(-fused)[:20].tolist()}
        proposal = engine.propose(query, Filters(), 100, context)
        together.append(len(best & set(proposal.lists["fused"])) / len(best))
        alone.append(len(best & set(proposal.lists["lexical"])) / len(best))
    assert np.mean(together) > 0.9 > np.mean(alone)


def test_what_the_engine_orders_by_is_the_estimate(material, context) -> None:
    documents, queries = material
    engine = PostgresEngine()
    engine.upsert(documents[:300], context)
    for query in queries[2:6]:
        guess = estimated(query, documents[:300], context)
        known = [documents[i].expert_id for i in np.argsort(-guess, kind="stable")[:40].tolist()]
        found = engine.propose(query, Filters(), 40, context).lists["fused"]
        # impacts are stored in nine bits, so near ties may change places
        assert len(set(found) & set(known)) >= 38


def test_parts_of_tags_are_those_of_the_signal_where_each_wish_has_one_answer(
    material, context
) -> None:
    documents, queries = material
    for query in queries:
        parts = tag_parts(query, measure_of(context))
        for tag in query.tags:
            alone = replace(documents[0], tags=(tag,))
            signal = tags_signal(query, [alone], context.background)[0]
            assert parts[tag] <= context.scoring.weights["tags"] * signal + 1e-12
            assert parts[tag] > 0


def test_without_meaning_words_propose_as_many_as_are_asked_for(material, context) -> None:
    _, queries = material
    blind = replace(queries[5], vectors={})
    assert estimates(blind, measure_of(context)) == []
    asked = wanted(blind, 700, context)
    assert (asked.most_words, asked.most_tags) == (700, MOST_ALONE)
    assert len(asked.alone) > HEAVIEST_ALONE
    indifferent = replace(
        context, scoring=replace(context.scoring, weights={"dense": 0.0, "lexical": 1.0})
    )
    assert wanted(queries[5], 700, indifferent).together == ()
    usual = wanted(queries[5], 700, context)
    assert usual.most_words == MOST_ALONE and len(usual.alone) == HEAVIEST_ALONE


def test_a_signal_that_does_not_count_adds_nothing(material, context) -> None:
    _, queries = material
    only = replace(context, scoring=replace(context.scoring, weights={"dense": 1.0}))
    asked = wanted(queries[5], 50, only)
    assert asked.parts == {} and all(part.by_words == 0 for part in asked.together)
