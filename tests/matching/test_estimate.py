"""The estimate by which candidates are proposed is linear, comparable across languages, and near
enough to the fused value that the best are among the proposed."""

from dataclasses import replace

import numpy as np
import pytest

from demo.material import demo_material, demo_queries
from matching.encoders import active_encoders
from matching.engines import Filters
from matching.engines.asked import impacts
from matching.engines.postgres import PostgresEngine
from matching.pipeline import current_context, score
from matching.signals.dense import Measure, candidate_vector
from matching.signals.estimate import MOST_WORDS, estimate, follows
from matching.signals.tags import tags_signal
from matching.synthetic import Inventory, Population
from tests.matching.prepared import expert

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


def weighing(context, **weights):
    return replace(context, scoring=replace(context.scoring, weights=weights))


def estimated(query, documents, context):
    """The estimate of each, computed one by one from whole documents."""
    asked = estimate(query, measure_of(context))
    parts = {language: part for part in asked.near for language in part.bases}
    found = []
    for document in documents:
        part = parts[document.language]
        said = dict(zip(document.words.ids.tolist(), impacts(document.words, context), strict=True))
        value = part.bases[document.language]
        value += sum(weight * said.get(token, 0.0) for token, weight in asked.words.items())
        value += sum(asked.tags.get(tag, 0.0) for tag in document.tags)
        if part.encoder is not None:
            vector = candidate_vector(document, part.encoder, context.background)
            product = float(vector @ part.vector) * follows(len(document.pieces.years))
            value += part.slope * max(product, 0.0)
        found.append(value)
    return np.array(found)


def test_it_follows_the_score_and_means_the_same_in_each_language(material, context) -> None:
    documents, queries = material
    english = np.array([document.language == "en" for document in documents])
    apart = []
    for query in queries:
        fused = score(query, documents, context).fused
        best = np.argsort(-fused)[:300]
        guess = estimated(query, documents, context)
        assert np.corrcoef(fused[best], guess[best])[0, 1] > 0.5
        off = (guess - fused)[best]
        if english[best].sum() > 20 and (~english[best]).sum() > 20:
            apart.append(off[english[best]].mean() - off[~english[best]].mean())
    # nobody stands much higher only because the list of his language does
    assert len(apart) > 4 and abs(np.mean(apart)) < 0.5


def test_the_best_are_among_the_proposed(material, context) -> None:
    documents, queries = material
    engine = PostgresEngine()
    engine.upsert(documents, context)
    together, by_meaning = [], []
    for query in queries:
        fused = score(query, documents, context).fused
        best = {documents[i].expert_id for i in np.argsort(-fused)[:20].tolist()}
        ids = engine.propose(query, Filters(), 100, context).ids
        together.append(len(best & set(ids)) / len(best))
        ids = engine.propose(query, Filters(), 100, weighing(context, dense=1.0)).ids
        by_meaning.append(len(best & set(ids)) / len(best))
    assert np.mean(together) > 0.95 > np.mean(by_meaning)


def test_what_the_engine_orders_by_is_the_estimate(material, context) -> None:
    documents, queries = material
    people = [*documents[:300], expert(2_001, [], tags=["침수"])]
    engine = PostgresEngine()
    engine.upsert(people, context)
    for query in queries[2:6]:
        guess = estimated(query, people, context)
        order = np.lexsort(([d.expert_id for d in people], -guess.round(9)))[:40].tolist()
        found = engine.propose(query, Filters(), 40, context).ranked
        assert found == [people[i].expert_id for i in order]


def test_a_tag_adds_what_the_signal_would_give_for_it_alone(material, context) -> None:
    documents, queries = material
    for query in queries:
        tags = estimate(query, measure_of(context)).tags
        for tag in query.tags:
            signal = tags_signal(query, [replace(documents[0], tags=(tag,))], context.background)
            assert 0 < tags[tag] <= context.scoring.weights["tags"] * signal[0] + 1e-12


def test_without_meaning_words_and_tags_propose(material, context) -> None:
    documents, queries = material
    engine = PostgresEngine()
    engine.upsert(documents[:200], context)
    blind = replace(queries[5], vectors={})
    asked = estimate(blind, measure_of(context))
    assert asked and all(part.encoder is None for part in asked.near)
    assert {lang for part in asked.near for lang in part.bases} == {"ko", "en"}
    fused = score(blind, documents[:200], context).fused
    best = {documents[i].expert_id for i in np.argsort(-fused)[:10].tolist()}
    assert len(best & set(engine.propose(blind, Filters(), 40, context).ids)) >= 9


def test_an_english_model_alone_says_nothing_about_korean_people(material, context) -> None:
    _, queries = material
    english = next(e for e in context.encoders if e.languages == {"en"})
    query = next(q for q in queries if q.language == "en")
    only = replace(context, encoders=(english,))
    asked = estimate(replace(query, vectors={english.name: query.vectors[english.name]}),
                     measure_of(only))  # fmt: skip
    assert [(part.encoder, set(part.bases)) for part in asked.near] == [
        (english, {"en"}), (None, {"ko"})]  # fmt: skip


def test_a_request_that_says_nothing_proposes_nobody(material, context) -> None:
    documents, queries = material
    engine = PostgresEngine()
    engine.upsert(documents[:20], context)
    words = replace(queries[0].words, ids=np.zeros(0, np.int64), counts=np.zeros(0, np.int32))
    silent = replace(queries[0], vectors={}, words=words, tags=(), trust=(), text="")
    assert not estimate(silent, measure_of(context))
    assert engine.propose(silent, Filters(), 10, context).ids == []


def test_a_signal_that_does_not_count_adds_nothing(material, context) -> None:
    _, queries = material
    asked = estimate(queries[5], measure_of(weighing(context, dense=1.0)))
    assert asked.near[0].encoder is not None and not asked.words and not asked.tags
    asked = estimate(queries[5], measure_of(weighing(context, lexical=1.0)))
    assert all(part.encoder is None for part in asked.near) and not asked.tags
    assert 0 < len(asked.words) <= MOST_WORDS


def test_a_single_piece_is_its_own_mean() -> None:
    assert follows(1) == follows(0) == 1.0
    assert np.all(np.diff(follows(np.arange(1, 50))) < 0) and follows(10_000) > 0.5
