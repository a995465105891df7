"""Seats and minimums that stay open: what keeps them so, and what would help."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matching.allocation import (
    blocked,
    from_dense,
    greatest_total,
    unmet,
)
from tests.matching.allocating import holds, topics

#: scores are eighths, so that sums are exact and equality means equality


def test_empty_seats_name_the_limit_and_what_would_help() -> None:
    scores = np.array([[0.9, 0.0], [0.8, 0.0]])
    plan = greatest_total(from_dense(scores, 1, 1))
    (found,) = blocked(plan)
    assert (found.request, found.reason, found.missing) == (1, "capacity", 1)
    assert found.release is not None and found.release.expert == 0
    assert found.release.gain == pytest.approx(0.8)


def test_empty_seats_by_a_group_limit() -> None:
    problem = from_dense(np.array([[0.9, 0.8]]), 2, 1, groupings=[(np.array([4, 4]), 1)])
    (found,) = blocked(greatest_total(problem))
    assert found.reason == "group" and found.release is not None
    assert (found.release.kind, found.release.label) == ("group", 4)


def test_empty_seats_by_a_maximum() -> None:
    facts = {"groups": [[1, 1, 0]], "group_most": [[1]]}
    plan = greatest_total(from_dense(np.array([[0.9, 0.8, 0.0]]), 3, 1, **facts))
    (found,) = blocked(plan)
    assert found.reason == "quota" and found.release is not None
    assert (found.release.kind, found.release.quota, found.release.expert) == ("quota", 0, 1)
    assert found.release.gain == pytest.approx(0.8)


def test_empty_seats_by_a_limit_over_all_requests() -> None:
    scores = np.array([[0.9, 0.0], [0.0, 0.8]])
    plan = greatest_total(from_dense(scores, 1, 1, groupings=[(np.array([4, 4]), 1, True)]))
    (found,) = blocked(plan)
    assert found.request == 1 and found.reason == "group" and found.release is not None
    assert (found.release.label, found.release.grouping) == (4, 0)


def test_somebody_whom_a_pin_uses_up_is_named() -> None:
    scores = np.array([[0.0], [0.8]])
    problem = from_dense(scores, 1, 1, forced=[(0, 0)])
    (found,) = blocked(greatest_total(problem))
    assert (found.request, found.reason) == (1, "capacity") and found.release is not None
    assert (found.release.kind, found.release.expert) == ("capacity", 0)


SCORES = np.array([[0.9, 0.8, 0.1], [0.7, 0.6, 0.2]])


@pytest.mark.parametrize(
    ("scores", "facts", "reason", "kind"),
    [
        (SCORES, {"group_least": [[1], [0]], "scores": SCORES[:, :2]}, "nobody", None),
        (SCORES, {"group_least": [[2], [0]]}, "few", None),
        (SCORES, {"group_least": [[1], [1]]}, "capacity", "capacity"),
        (SCORES, {"group_least": [[2], [0]], "groups": [[0, 1, 1]], "seats": 1}, "seats", "seats"),
        (SCORES, {"group_least": [[1], [0]], "forced": [(0, 0)], "seats": 1}, "pins", "unpin"),
        (SCORES, {"group_least": [[1], [0]], "groupings": [(np.array([-1, -1, 7]), 0)]}, "group",
         "group"),
    ],
)  # fmt: skip
def test_a_minimum_that_stays_open_is_named_with_what_helps(
    scores: Any, facts: dict[str, Any], reason: str, kind: str | None
) -> None:
    least = np.array(facts["group_least"]).T
    groups = np.array(facts.get("groups", [[0, 0, 1]]))
    if "scores" in facts:
        scores, groups = facts["scores"], np.array([[0, 0]])
    given = {k: v for k, v in facts.items() if k in ("seats", "forced", "groupings")}
    problem = from_dense(
        scores, **{"seats": 2, "capacity": 1, **given}, groups=groups, group_least=least
    )
    plan = greatest_total(problem)
    assert plan.missing == 1 and plan.total > 0
    (found,) = unmet(plan)
    assert (found.quota, found.missing, found.reason) == (0, 1, reason)
    assert (found.release.kind if found.release else None) == kind


def test_minimums_come_before_the_total_and_are_shared_out() -> None:
    facts = {"groups": [[0, 0, 1]], "group_least": [[0, 1]]}
    plan = greatest_total(from_dense(SCORES, 1, 2, **facts))
    assert plan.matrix().tolist() == [[1, 0, 0], [0, 0, 1]]
    assert not unmet(plan) and greatest_total(from_dense(SCORES, 1, 2)).total > plan.total


def test_overlapping_groups_are_whole_and_agree_with_the_plain_program() -> None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, m = 12, 30
    scores, random = topics(n, m), np.random.default_rng(3)
    groups = random.random((3, m)) < 0.4
    least, most = np.ones((3, n), int), np.full((3, n), 2)
    problem = from_dense(scores, 3, 2, groups=groups, group_least=least, group_most=most)
    plan = greatest_total(problem, 30)
    holds(problem, plan, scores)
    rows, cols = np.divmod(np.arange(n * m), m)
    of_request = np.eye(n)[:, rows]
    bound = [LinearConstraint(of_request, -np.inf, 3), LinearConstraint(np.eye(m)[:, cols], 0, 2)]
    bound += [LinearConstraint(of_request * g[cols], 1, 2) for g in groups]
    whole = milp(-scores.ravel(), integrality=np.ones(n * m), bounds=Bounds(0, 1),
                 constraints=bound, options={"mip_rel_gap": 1e-9})  # fmt: skip
    assert plan.missing == 0 and plan.total == pytest.approx(-whole.fun)
    assert plan.total_gap == 0 and not plan.timed_out


def test_without_time_minimums_still_come_first() -> None:
    facts = {"groups": [[0, 0, 1]], "group_least": [[1, 1]]}
    problem = from_dense(SCORES, 2, 2, **facts)
    plan = greatest_total(problem, 0)
    holds(problem, plan, SCORES)
    assert plan.missing == 0 and plan.timed_out and plan.total_gap > 0
