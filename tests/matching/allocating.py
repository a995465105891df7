"""What every plan must hold, and scores of people with topics, for tests of allocation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matching.allocation import Plan, Problem


def holds(problem: Problem, plan: Plan, scores: Any = None) -> None:
    """No constraint is broken, nobody is used for nothing."""
    assert len(set(zip(plan.rows.tolist(), plan.cols.tolist(), strict=True))) == len(plan.rows)
    assert (plan.filled <= problem.seats).all() and (plan.load <= problem.capacity).all()
    fixed = set(map(tuple, problem.fixed.tolist()))
    usable = set(zip(problem.rows.tolist(), problem.cols.tolist(), strict=True)) | fixed
    assert set(zip(plan.rows.tolist(), plan.cols.tolist(), strict=True)) <= usable
    assert fixed <= set(zip(plan.rows.tolist(), plan.cols.tolist(), strict=True))
    for grouping in problem.groupings:
        for row in range(len(problem.seats)):
            mine = grouping.labels[plan.cols[grouping.whole | (plan.rows == row)]]
            assert all((mine == label).sum() <= grouping.most for label in mine[mine >= 0])
    for quota in problem.quotas:
        assert (problem.held(quota, plan.pairs) <= quota.most).all()
    if scores is not None:
        assert plan.total == pytest.approx(float((plan.matrix() * scores).sum()))


def topics(requests: int, experts: int, seed: int = 0) -> Any:
    """Scores of people who know some subjects better than others."""
    random = np.random.default_rng(seed)
    wanted = random.dirichlet(np.full(8, 0.2), requests)
    known = random.dirichlet(np.full(8, 0.2), experts)
    return wanted @ known.T + 0.2 * random.random((requests, experts))
