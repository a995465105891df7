"""Choosing a committee: constraints are never broken, and greedy is as good as it promises."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.panels.sectors import sector_of
from matching.panels.selection import (
    Choice,
    Person,
    Terms,
    Wish,
    _filled,
    _Value,
    choose,
    next_best,
)

ORGANISATIONS = ("가온대", "한빛연구원", "다온", "라움")
share = st.floats(0, 1, allow_nan=False).map(lambda x: round(x, 3))


@st.composite
def crowds(draw: st.DrawFn, most: int = 9, single: bool = True) -> tuple[list[Person], Terms]:
    needs = draw(st.integers(1, 4))
    people = [
        Person(
            key,
            draw(share),
            tuple(draw(share) for _ in range(needs)),
            frozenset(draw(st.lists(st.sampled_from(ORGANISATIONS), max_size=1 if single else 2))),
            {"origin": draw(st.sampled_from(["domestic", "overseas"]))},
        )
        for key in range(1, draw(st.integers(3, most)) + 1)
    ]
    weights = tuple(draw(st.floats(0.05, 1)) for _ in range(needs))
    wishes = (Wish("origin", "overseas", draw(st.integers(1, 2))),) if draw(st.booleans()) else ()
    terms = Terms(
        seats=draw(st.integers(1, 4)),
        weights=weights,
        per_organisation=draw(st.integers(1, 3)),
        wishes=wishes,
        mandatory=frozenset(draw(st.lists(st.integers(1, len(people)), max_size=2))),
        excluded=frozenset(draw(st.lists(st.integers(1, len(people)), max_size=2))),
    )
    return people, terms


def possible(people: list[Person], terms: Terms) -> list[tuple[Person, ...]]:
    """Every committee that keeps the constraints."""
    pool = [p for p in people if p.key not in terms.excluded]
    found = []
    for group in itertools.combinations(pool, terms.seats):
        counts = Counter(name for p in group for name in p.organisations)
        if terms.mandatory <= {p.key for p in group} and all(
            n <= terms.per_organisation for n in counts.values()
        ):
            found.append(group)
    return found


def worth(group: tuple[Person, ...], terms: Terms) -> float:
    """The value of a committee, written out without any matrix."""
    total = sum(terms.weights)
    covered = sum(
        weight / total * (1 - math.prod(1 - p.covers[n] for p in group))
        for n, weight in enumerate(terms.weights)
    )
    wishes = sum(
        w.weight * min(1, sum(p.traits.get(w.trait) == w.value for p in group) / w.least)
        for w in terms.wishes
    )
    fit = sum(p.fit for p in group) / terms.seats
    return terms.fit_share * fit + (1 - terms.fit_share) * covered + wishes


@given(crowds())
@settings(max_examples=150, deadline=None)
def test_constraints_hold_or_the_contradiction_is_named(case: tuple[list[Person], Terms]) -> None:
    people, terms = case
    answers = possible(people, terms)
    chosen = choose(people, terms)
    if not isinstance(chosen, Choice):
        assert chosen and (not answers or terms.mandatory & terms.excluded)
        return
    group = tuple(next(p for p in people if p.key == key) for key in chosen.keys)
    assert set(chosen.keys) in [{p.key for p in answer} for answer in answers]
    assert chosen.value == pytest.approx(worth(group, terms))


@given(crowds(single=False))
@settings(max_examples=100, deadline=None)
def test_people_with_two_employers_count_for_both(case: tuple[list[Person], Terms]) -> None:
    people, terms = case
    chosen = choose(people, terms)
    if isinstance(chosen, Choice):
        assert set(chosen.keys) in [{p.key for p in group} for group in possible(people, terms)]


@given(crowds())
@settings(max_examples=150, deadline=None)
def test_it_is_near_the_best_of_all_committees(case: tuple[list[Person], Terms]) -> None:
    people, terms = case
    chosen = choose(people, terms)
    if not isinstance(chosen, Choice):
        return
    best = max(worth(group, terms) for group in possible(people, terms))
    assert chosen.value <= best + 1e-9
    assert chosen.value >= (1 - 1 / math.e) * best - 1e-9
    assert chosen.share <= chosen.value / best + 1e-9 if best else True


@given(crowds())
@settings(max_examples=150, deadline=None)
def test_greedy_alone_keeps_its_bound_without_a_limit(case: tuple[list[Person], Terms]) -> None:
    people, terms = case
    free = Terms(terms.seats, terms.weights, len(people), terms.wishes)
    if len(people) < free.seats:
        return
    greedy = _filled(people, free, _Value(people, free), [])
    best = max(worth(group, free) for group in possible(people, free))
    got = worth(tuple(people[i] for i in greedy), free)
    assert got >= (1 - 1 / math.e) * best - 1e-9


@given(crowds())
@settings(max_examples=100, deadline=None)
def test_what_each_adds_makes_up_the_whole(case: tuple[list[Person], Terms]) -> None:
    people, terms = case
    chosen = choose(people, terms)
    if not isinstance(chosen, Choice):
        return
    assert sum(a.gain for a in chosen.additions) == pytest.approx(chosen.value)
    for n, covered in enumerate(chosen.coverage):
        assert sum(a.covers[n] for a in chosen.additions) == pytest.approx(covered)


def person(key: int, *covers: float, fit: float = 0.5, at: str = "", **traits: str) -> Person:
    return Person(key, fit, covers, frozenset([at] if at else []), traits)


def test_a_second_specialist_gives_way_to_what_is_still_open() -> None:
    people = [
        person(1, 0.9, 0.0, fit=0.8),
        person(2, 0.9, 0.0, fit=0.79),
        person(3, 0.0, 0.7, fit=0.5),
    ]
    chosen = choose(people, Terms(2, (0.5, 0.5)))
    assert isinstance(chosen, Choice)
    assert set(chosen.keys) == {1, 3}


def test_a_wish_is_met_where_it_costs_little_and_not_where_it_costs_much() -> None:
    people = [person(1, 0.9), person(2, 0.8), person(3, 0.78, origin="overseas")]
    wish = (Wish("origin", "overseas"),)
    chosen = choose(people, Terms(2, (1.0,), wishes=wish))
    assert isinstance(chosen, Choice) and chosen.reached == (1,)
    poor = [*people[:2], person(3, 0.0, fit=0.0, origin="overseas")]
    chosen = choose(poor, Terms(1, (1.0,), wishes=wish))
    assert isinstance(chosen, Choice) and chosen.reached == (0,)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms(2, (1.0,), mandatory=frozenset([1]), excluded=frozenset([1])), "both"),
        (Terms(1, (1.0,), mandatory=frozenset([1, 2])), "too_many_mandatory"),
        (Terms(2, (1.0,), mandatory=frozenset([99])), "not_eligible"),
        (Terms(2, (1.0,), 1, mandatory=frozenset([1, 2])), "mandatory_organisation"),
        (Terms(9, (1.0,)), "too_few"),
        (Terms(3, (1.0,), 1), "limit_too_small"),
    ],
)
def test_contradictions_are_named(terms: Terms, code: str) -> None:
    people = [person(1, 0.5, at="가온대"), person(2, 0.5, at="가온대"), person(3, 0.5, at="가온대")]
    people += [person(4, 0.5, at="다온")]
    problems = choose(people, terms)
    assert isinstance(problems, list) and code in [p.code for p in problems]


def test_alternates_are_who_would_add_most() -> None:
    people = [person(1, 0.9, 0.0), person(2, 0.0, 0.9), person(3, 0.8, 0.1), person(4, 0.1, 0.1)]
    terms = Terms(2, (0.7, 0.3))
    chosen = choose(people, terms)
    assert isinstance(chosen, Choice)
    assert next_best(people, terms, chosen.keys, 2) == [3, 4]


@pytest.mark.parametrize(
    ("name", "sector"),
    [
        ("가온대학교", "academia"),
        ("University of Ghent", "academia"),
        ("한국교통연구원", "public"),
        ("서울특별시 강남구청", "public"),
        ("누리데이터 주식회사", "industry"),
        ("Blue Lake Analytics", "industry"),
        (" ", ""),
    ],
)
def test_sectors_by_name(name: str, sector: str) -> None:
    assert sector_of(name) == sector
