"""Allocation: the optimum of small cases against brute force, limits kept, bad input refused."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.allocation import (
    ProblemError,
    alternates,
    blocked,
    fairest,
    from_dense,
    from_pairs,
    greatest_total,
    greedy,
    price_of_fairness,
    reconcile,
)
from tests.matching.allocating import holds, topics

#: scores are eighths, so that sums are exact and equality means equality
EIGHTHS = st.integers(-4, 8).map(lambda n: n / 8)


@st.composite
def cases(draw: Any, groups: bool = False, quotas: bool = False) -> dict[str, Any]:
    """Up to 3 requests × 4 experts with limits, forbidden pairs and perhaps groups or quotas."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    table = draw(st.lists(st.lists(EIGHTHS, min_size=m, max_size=m), min_size=n, max_size=n))
    flags = st.lists(st.booleans(), min_size=m, max_size=m)
    found = {
        "scores": np.array(table),
        "seats": np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))),
        "capacity": np.array(draw(st.lists(st.integers(0, 2), min_size=m, max_size=m))),
        "forbidden": np.array(draw(st.lists(flags, min_size=n, max_size=n))) & draw(st.booleans()),
    }
    if groups:
        labels = draw(st.lists(st.integers(-1, 1), min_size=m, max_size=m))
        most = draw(st.integers(0, 3))
        found["groupings"] = [(np.array(labels), most, draw(st.booleans()))]
    if quotas:
        count = draw(st.integers(1, 2))
        members = draw(st.lists(flags, min_size=count, max_size=count))
        numbers = st.lists(st.integers(0, 2), min_size=n, max_size=n)
        least = np.array(draw(st.lists(numbers, min_size=count, max_size=count)))
        more = np.array(draw(st.lists(numbers, min_size=count, max_size=count)))
        found |= {"groups": np.array(members), "group_least": least, "group_most": least + more}
    return found


def brute(case: dict[str, Any]) -> tuple[float, float, float, int]:
    """(greatest total, best worst-off value, greatest total with it, seats of minimums that stay
    open) of every possible plan among those that leave the fewest open."""
    scores, (n, m) = case["scores"], case["scores"].shape
    allowed = (scores > 0) & ~case["forbidden"]
    members = reachable(case)
    rows = []
    for i in range(n):
        usable = np.flatnonzero(allowed[i]).tolist()
        sets = [s for k in range(case["seats"][i] + 1) for s in combinations(usable, k)]
        rows.append([s for s in sets if fits_groups(case, i, s)])
    least = (-(10**6), 0.0)
    fair = (-(10**6), 0.0, 0.0)
    for plan in product(*rows):
        load = np.bincount([j for s in plan for j in s], minlength=m)
        if (load > case["capacity"]).any() or not fits_round(case, plan):
            continue
        sums = np.array([sum(scores[i, j] for j in s) for i, s in enumerate(plan)])
        worst = sums[members].min() if members.any() else 0.0
        met = -lacking(case, plan)
        least = max(least, (met, sums.sum()))
        fair = max(fair, (met, worst, sums.sum()))
    return least[1], fair[1], fair[2], -least[0]


def lacking(case: dict[str, Any], plan: tuple[tuple[int, ...], ...]) -> int:
    """How many seats of the minimums a plan leaves open."""
    if "groups" not in case:
        return 0
    have = np.array([[g[list(s)].sum() for s in plan] for g in case["groups"]])
    return int(np.maximum(case["group_least"] - have, 0).sum())


def reachable(case: dict[str, Any]) -> Any:
    """Requests that could get somebody if they were alone."""
    usable = (case["scores"] > 0) & ~case["forbidden"] & (case["capacity"] > 0)
    for labels, most, _whole in case.get("groupings", ()):
        usable &= (labels < 0) | (most > 0)
    for members, most in zip(case.get("groups", ()), case.get("group_most", ()), strict=True):
        usable &= ~members | (most[:, None] > 0)
    return usable.any(axis=1) & (case["seats"] > 0)


def fits_groups(case: dict[str, Any], request: int, experts: tuple[int, ...]) -> bool:
    """Whether one request may get these people."""
    for labels, most, whole in case.get("groupings", ()):
        mine = [labels[j] for j in experts if labels[j] >= 0]
        if not whole and any(mine.count(label) > most for label in set(mine)):
            return False
    for members, most in zip(case.get("groups", ()), case.get("group_most", ()), strict=True):
        if members[list(experts)].sum() > most[request]:
            return False
    return True


def fits_round(case: dict[str, Any], plan: tuple[tuple[int, ...], ...]) -> bool:
    """Whether the limits over all requests hold."""
    for labels, most, whole in case.get("groupings", ()):
        used = [labels[j] for s in plan for j in s if labels[j] >= 0]
        if whole and any(used.count(label) > most for label in set(used)):
            return False
    return True


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.booleans().flatmap(lambda groups: cases(groups=groups)))
def test_small_cases_equal_brute_force(case: dict[str, Any]) -> None:
    equals_brute_force(case)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.booleans().flatmap(lambda groups: cases(groups=groups, quotas=True)))
def test_small_cases_with_quotas_equal_brute_force(case: dict[str, Any]) -> None:
    equals_brute_force(case)


def equals_brute_force(case: dict[str, Any]) -> None:
    """Both plans are the best there are, and say so."""
    total, worst, fair_total, missing = brute(case)
    problem = from_dense(**case)
    plan = greatest_total(problem)
    fair = fairest(problem, plan, 30)
    holds(problem, plan, case["scores"])
    holds(problem, fair, case["scores"])
    assert plan.missing == fair.missing == missing
    assert plan.total == pytest.approx(total, abs=1e-9)
    assert fair.worst == pytest.approx(worst, abs=1e-6)
    assert fair.total == pytest.approx(fair_total, abs=1e-6)
    assert fair.worst >= plan.worst and not fair.timed_out and not plan.timed_out
    assert plan.total_gap == fair.worst_gap == fair.total_gap == 0


@pytest.mark.parametrize(("shape", "seats", "capacity"), [((60, 40), 3, 5), ((150, 300), 3, 2)])
def test_larger_ones_equal_the_plain_linear_program(
    shape: tuple[int, int], seats: int, capacity: int
) -> None:
    import scipy.sparse as sp
    from scipy.optimize import linprog

    scores = topics(*shape)
    problem = from_dense(scores, seats, capacity)
    plan = greatest_total(problem)
    n, m = shape
    rows, cols = np.divmod(np.arange(n * m), m)
    ones = np.ones(2 * n * m)
    matrix = sp.csr_matrix((ones, (np.r_[rows, n + cols], np.r_[: n * m, : n * m])))
    limit = np.r_[np.full(n, seats), np.full(m, capacity)]
    whole = linprog(-scores.ravel(), A_ub=matrix, b_ub=limit, bounds=(0, 1))
    assert plan.total == pytest.approx(-whole.fun, rel=1e-9)
    holds(problem, plan, scores)
    assert problem.values[greedy(problem)].sum() < plan.total


def test_fairness_lifts_the_worst_off_and_names_its_price() -> None:
    scores = topics(60, 40)
    problem = from_dense(scores, 3, 5)
    best = greatest_total(problem)
    fair = fairest(problem, best, 60)
    holds(problem, fair, scores)
    assert fair.worst > best.worst and fair.total < best.total
    assert fair.worst == pytest.approx(problem.best_alone.min())
    assert 0 < price_of_fairness(best, fair) < 0.1


def test_without_time_the_fair_plan_is_the_best_known_and_says_so() -> None:
    problem = from_dense(topics(60, 40), 3, 5)
    best = greatest_total(problem)
    fair = fairest(problem, best, 0)
    assert fair.timed_out and fair.total == pytest.approx(best.total) and fair.worst == best.worst
    assert fair.worst_gap > 0


def test_one_seat_each_is_the_bottleneck_matching() -> None:
    scores = np.array([[0.9, 0.8], [0.85, 0.1]])
    problem = from_dense(scores, 1, 1)
    best = greatest_total(problem)
    fair = fairest(problem, best)
    assert best.total == pytest.approx(1.65)
    assert fair.matrix().tolist() == [[0, 1], [1, 0]]


def test_when_not_all_can_be_served_nobody_is_worse_off() -> None:
    problem = from_dense(np.array([[0.5], [0.6]]), 1, 1)
    best = greatest_total(problem)
    fair = fairest(problem, best)
    assert best.worst == fair.worst == 0 and fair.total == pytest.approx(0.6)
    assert not fair.timed_out


def test_forced_pairs_are_kept_and_count() -> None:
    scores = np.array([[0.9, 0.2, -0.5], [0.8, 0.7, 0.1]])
    problem = from_dense(scores, 1, 1, forced=[(0, 2)])
    plan = greatest_total(problem)
    holds(problem, plan, scores)
    assert plan.matrix().tolist() == [[0, 0, 1], [1, 0, 0]]
    assert plan.worst == pytest.approx(-0.5)


def test_a_minimum_leaves_seats_empty() -> None:
    plan = greatest_total(from_dense(np.array([[0.9, 0.3]]), 2, 1, minimum=0.4))
    assert plan.filled.tolist() == [1]


def test_alternates_are_free_and_best_first() -> None:
    plan = greatest_total(from_dense(np.array([[0.9, 0.5, 0.7], [0.8, 0.1, 0.0]]), 1, 1))
    assert [found.tolist() for found in alternates(plan)] == [[1], [1]]


@st.composite
def pinned(draw: Any) -> dict[str, Any]:
    """A case with pins that may contradict its limits."""
    case = draw(cases(groups=True, quotas=True))
    n, m = case["scores"].shape
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, m - 1))
    case["pins"] = sorted(draw(st.sets(pairs, max_size=7)))
    return case


@settings(max_examples=120, deadline=None, derandomize=True)
@given(pinned())
def test_as_many_pins_as_possible_are_kept_and_the_dearest(case: dict[str, Any]) -> None:
    scores, pins = case["scores"], case.pop("pins")
    kept, broken = reconcile(from_dense(**case), pins, [float(scores[p]) for p in pins])
    best: tuple[float, ...] = (0, 0.0)
    for count in range(len(pins) + 1):
        for some in combinations(pins, count):
            if fits(case, some):
                best = max(best, (count, sum(float(scores[p]) for p in some)))
    assert fits(case, kept) and sorted([*kept, *((b.request, b.expert) for b in broken)]) == pins
    assert (len(kept), sum(float(scores[p]) for p in kept)) == pytest.approx(best)
    problem = from_dense(**case, forced=kept)  # now they go into a problem
    assert set(kept) <= set(map(tuple, greatest_total(problem).pairs.tolist()))
    for one in broken:
        assert one.full
        for full in one.full:
            assert not fits(case, [*full.rivals, (one.request, one.expert)])
        freed = {rival for full in one.full for rival in full.rivals}
        assert fits(case, [*(set(kept) - freed), (one.request, one.expert)]) or any(
            full.limit == 0 for full in one.full
        )


def fits(case: dict[str, Any], pairs: Any) -> bool:
    """Whether these pairs alone hold every upper limit."""
    n, m = case["scores"].shape
    plan = tuple(tuple(col for row, col in pairs if row == i) for i in range(n))
    load = np.bincount([col for _row, col in pairs], minlength=m)
    if (load > case["capacity"]).any() or any(map(lambda s, k: len(s) > k, plan, case["seats"])):
        return False
    return fits_round(case, plan) and all(fits_groups(case, i, s) for i, s in enumerate(plan))


def test_empty_seats_without_anybody() -> None:
    plan = greatest_total(from_dense(np.array([[0.0, -1.0], [0.5, 0.0]]), [1, 2], 1))
    assert [(b.request, b.reason, b.people) for b in blocked(plan)] == [
        (0, "nobody", 0),
        (1, "few", 1),
    ]


GOOD = np.array([[0.5, 0.6], [0.7, 0.8]])


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"scores": GOOD[0]}, "1 dimension"),
        ({"scores": np.array([["a"]])}, "numbers are needed"),
        ({"scores": GOOD * np.nan}, "request 0, expert 0 (nan)"),
        ({"scores": GOOD * np.inf}, "(inf)"),
        ({"seats": [1, 1, 1]}, "one for each of 2 requests"),
        ({"seats": 1.5}, "whole numbers"),
        ({"seats": "1"}, "whole numbers"),
        ({"capacity": [1, -1]}, "expert 1 has -1"),
        ({"capacity": np.nan}, "whole numbers"),
        ({"forbidden": np.zeros((3, 2), bool)}, "not that of scores"),
        ({"forbidden": np.full((2, 2), np.nan)}, "truth values"),
        ({"forced": [(0, 5)]}, "nobody of this problem"),
        ({"forced": [(0, 0), (0, 1)]}, "request 0 is named more often"),
        ({"forced": [(0, 0), (1, 0)], "seats": 2}, "expert 0 is named more often"),
        ({"groupings": [(np.array([1]), 1)]}, "groups"),
        (
            {"groupings": [(np.array([1, 1]), 1)], "forced": [(0, 0), (0, 1)], "seats": 2},
            "request 0 gets 2 of group 1",
        ),
        (
            {"groupings": [(np.array([1, 1]), 1, True)], "forced": [(0, 0), (1, 1)]},
            "the requests get 2 of group 1",
        ),
        ({"groups": [1, 0]}, "1 dimension"),
        ({"groups": [[1, 0, 1]]}, "shape (1, 3) is not groups × experts, (1, 2)"),
        ({"groups": [[np.nan, 0]]}, "truth values"),
        ({"groups": [[1, 0]], "group_least": [1, 1]}, "group_least: shape (2,)"),
        ({"groups": [[1, 0]], "group_most": [[1]]}, "group_most: shape (1, 1)"),
        ({"groups": [[1, 0]], "group_least": [[0, -1]]}, "group 0 on request 1 has -1"),
        ({"groups": [[1, 0]], "group_least": [[0.5, 0]]}, "whole numbers"),
        ({"groups": [[1, 0]], "group_least": [[np.inf, 0]]}, "finite"),
        (
            {"groups": [[1, 0]], "group_least": [[2, 0]], "group_most": [[1, 1]]},
            "group 0 needs 2 on request 0, but group_most allows 1",
        ),
        (
            {"groups": [[1, 1]], "group_most": [[1, 1]], "forced": [(0, 0), (0, 1)], "seats": 2},
            "request 0 gets 2 of group 0, 1 may be",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_a_sentence(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(ProblemError) as raised:
        from_dense(**{"scores": GOOD, "seats": 1, "capacity": 1, **facts})
    assert words in str(raised.value)


def test_a_pair_named_twice_is_refused() -> None:
    with pytest.raises(ProblemError, match="twice"):
        from_pairs((1, 1), [0, 0], [0, 0], [0.5, 0.6])


def test_nan_and_minus_infinity_may_stand_where_nobody_may_go() -> None:
    scores = np.array([[np.nan, -np.inf, 0.5]])
    plan = greatest_total(from_dense(scores, 3, 1, np.array([[1, 0, 0]], np.uint8)))
    assert plan.matrix().tolist() == [[0, 0, 1]]


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.int64, np.uint8, bool])
def test_kinds_of_numbers(kind: Any) -> None:
    plan = greatest_total(from_dense(np.eye(3).astype(kind), np.float64(1), np.uint8(1)))
    assert plan.matrix().tolist() == np.eye(3).tolist()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_to_do(shape: tuple[int, int]) -> None:
    problem = from_dense(np.zeros(shape), 1, 1)
    plan = greatest_total(problem)
    fair = fairest(problem, plan)
    assert plan.total == fair.total == 0 and fair.matrix().shape == shape
    assert [b.reason for b in blocked(plan)] == ["nobody"] * shape[0]


@pytest.mark.parametrize("scale", [1e-6, 1e5])
def test_the_unit_of_the_scores_does_not_matter(scale: float) -> None:
    scores = topics(30, 20)
    one = from_dense(scores, 2, 3)
    other = from_dense(scores * scale, 2, 3)
    best = greatest_total(one)
    assert greatest_total(other).total == pytest.approx(best.total * scale)
    fair = fairest(one, best)
    assert fairest(other, greatest_total(other)).worst == pytest.approx(fair.worst * scale)
