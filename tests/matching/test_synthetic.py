"""Synthetic experts: the same for the same seed, and shaped like real documents."""

import numpy as np
import pytest

from demo.material import demo_material, demo_queries
from matching.documents import MAX_PIECES
from matching.encoders import active_encoders
from matching.evidence import VERIFICATION_CODES
from matching.synthetic import Inventory, Population

COUNT = 1_200  # more than a block


@pytest.fixture(scope="module")
def population():
    encoders = active_encoders()
    return Population(Inventory(demo_material(encoders), encoders))


@pytest.fixture(scope="module")
def documents(population):
    found = []
    for block in population.blocks(COUNT):
        found += population.documents(block, population.people(block, COUNT), first_id=11)
    return found


def test_ids_count_on_and_versions_differ(documents):
    assert [d.expert_id for d in documents] == list(range(11, 11 + COUNT))
    assert len({d.version for d in documents}) == COUNT


def test_a_person_is_the_same_in_a_smaller_population(population, documents):
    (again,) = population.documents(0, population.people(0, 1), first_id=11)
    assert again.tags == documents[0].tags
    assert np.array_equal(again.words.ids, documents[0].words.ids)
    assert population.people(0, 1)[0] == population.people(0, 400)[0]


def test_another_seed_makes_other_people(population):
    other = Population(population.inventory, seed=7)
    assert other.people(0, 5) != population.people(0, 5)


def test_documents_are_whole(documents):
    for document in documents:
        size = len(document.shown_pieces)
        facts = document.pieces
        assert 1 <= size <= MAX_PIECES
        assert len(facts.languages) == len(facts.years) == len(facts.verification) == size
        assert (np.diff(document.words.ids) > 0).all()
        for vectors in document.vectors.values():
            assert vectors.shape == (size, 384) and vectors.dtype == np.float32
            lengths = np.linalg.norm(vectors, axis=1)
            assert np.all((np.abs(lengths - 1) < 1e-3) | (lengths == 0))
            assert np.array_equal(vectors, vectors.astype("<f2").astype(np.float32))


def test_an_encoder_is_used_only_for_languages_that_it_knows(documents):
    for document in documents:
        known = document.vectors["minilm"].any(axis=1)
        assert [lang == "en" for lang in document.pieces.languages] == known.tolist()
        assert document.vectors["e5-small"].any(axis=1).all()


def test_six_pieces_on_average_and_half_of_the_pool_may_be_recommended(population, documents):
    sizes = [len(d.shown_pieces) for d in documents]
    assert 5.5 < np.mean(sizes) < 6.5
    people = [p for b in population.blocks(COUNT) for p in population.people(b, COUNT)]
    ready = [p for p in people if p.standing == "ready"]
    assert 0.45 < len(ready) / COUNT < 0.55
    assert all(any(p.verified) for p in ready if len(p.pieces) > 1)
    assert 0.07 < sum("pool:tenth" in d.facts for d in documents) / COUNT < 0.13
    assert {d.language for d in documents} == {"ko", "en"}


def test_vectors_are_perturbed_not_copied(population, documents):
    stock = population.inventory
    person, document = population.people(0, 1)[0], documents[0]
    known = stock.vectors["e5-small"][[body for _, body in person.pieces]]
    nearness = (known * document.vectors["e5-small"]).sum(axis=1)
    assert (nearness > 0.85).all() and (nearness < 0.999).all()


def test_facts_and_pieces_agree(documents):
    for document in documents:
        verified = (document.pieces.verification == VERIFICATION_CODES["verified"]).any()
        assert verified == ("verified" in document.facts)
        assert ("approved" in document.facts) == ("state:approved" in document.facts)


def test_requests_of_the_demo_come_with_their_vectors():
    queries = demo_queries(active_encoders())
    assert len(queries) > 80
    assert {q.language for q in queries} == {"ko", "en"}
    for query in queries:
        assert query.vectors and len(query.words.ids)
        assert ("minilm" in query.vectors) == (query.language == "en")


def test_documents_of_one_version_are_the_same(population) -> None:
    people = population.people(0, 40)
    some, more = (population.documents(0, people[:count]) for count in (20, 40))
    for one, other in zip(some, more, strict=False):
        same = all(np.array_equal(one.vectors[name], other.vectors[name]) for name in one.vectors)
        assert same or one.version != other.version
    again = population.documents(0, people[:20])
    assert [d.version for d in some] == [d.version for d in again]
