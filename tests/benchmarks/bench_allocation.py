"""How long an allocation takes and what it is worth, beside greedy and the plain linear program.

    python -m tests.benchmarks.bench_allocation

Needs no database. *ratio* columns: greedy's total over ours, and the plain program's time over
ours. Scores of the first problem are random pairs with a few people whom everybody wants; those of
the others come from subjects that requests want and experts know, so that good people are scarce.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import linprog

from matching.allocation import (
    Problem,
    fairest,
    from_dense,
    from_pairs,
    greatest_total,
    greedy,
    price_of_fairness,
)

FAIR_SECONDS = 30
#: pairs up to which the plain program is run beside ours
PLAIN = 1_000_000


def sparse(requests: int, experts: int, candidates: int, seed: int = 0) -> Problem:
    """Everybody's candidates, drawn with a heavy tail of people in demand."""
    random = np.random.default_rng(seed)
    demand = random.pareto(1.2, experts) + 0.05
    rows = np.repeat(np.arange(requests), candidates)
    drawn = [
        random.choice(experts, candidates, replace=False, p=demand / demand.sum())
        for _ in range(requests)
    ]
    values = random.beta(4, 3, len(rows))
    seats, capacity = random.integers(1, 5, requests), random.integers(1, 4, experts)
    return from_pairs((requests, experts), rows, np.concatenate(drawn), values, seats, capacity)


def dense(requests: int, experts: int, seats: int, capacity: int, seed: int = 0) -> Problem:
    """Every expert may go everywhere."""
    random = np.random.default_rng(seed)
    wanted = random.dirichlet(np.full(20, 0.2), requests)
    known = random.dirichlet(np.full(20, 0.2), experts)
    scores = wanted @ known.T
    return from_dense(
        0.8 * scores / scores.max() + 0.2 * random.random(scores.shape), seats, capacity
    )


def plain(problem: Problem) -> tuple[float, float]:
    """(total, seconds) of scipy's linear program over all pairs at once."""
    requests, _experts = problem.shape
    count = len(problem.rows)
    each = np.arange(count)
    lines = np.concatenate([problem.rows, requests + problem.cols])
    matrix = sp.csr_matrix(
        (np.ones(2 * count), (lines, np.concatenate([each, each]))),
        shape=(sum(problem.shape), count),
    )
    limit = np.concatenate([problem.seats, problem.capacity])
    start = perf_counter()
    answer = linprog(-problem.values, A_ub=matrix, b_ub=limit, bounds=(0, 1), method="highs-ds")
    return -answer.fun, perf_counter() - start


def measure(name: str, problem: Problem) -> dict[str, Any]:
    """Both plans of one problem, greedy and the plain program."""
    start = perf_counter()
    best = greatest_total(problem)
    seconds = perf_counter() - start
    start = perf_counter()
    fair = fairest(problem, best, FAIR_SECONDS)
    fair_seconds = perf_counter() - start
    row: dict[str, Any] = {
        "problem": name,
        "pairs": len(problem.rows),
        "total_s": round(seconds, 3),
        "greedy_ratio": round(float(problem.values[greedy(problem)].sum()) / best.total, 4),
    }
    if len(problem.rows) <= PLAIN:
        total, other = plain(problem)
        row |= {
            "plain_lp_s": round(other, 3),
            "plain_ratio": round(other / seconds, 1),
            "same_total": bool(abs(total - best.total) <= 1e-9 * total),
        }
    return row | {
        "fair_s": round(fair_seconds, 2),
        "worst": round(best.worst, 4),
        "worst_fair": round(fair.worst, 4),
        "gap_worst": round(fair.worst_gap, 6),
        "gap_total": round(fair.total_gap, 6),
        "price": round(price_of_fairness(best, fair), 6),
    }


def run() -> list[dict[str, Any]]:
    """Measure every problem."""
    return [
        measure("1,000 × 20,000, 50 candidates each", sparse(1_000, 20_000, 50)),
        measure("40 × 850 dense, a survey round", dense(40, 850, 3, 2)),
        measure("100 × 1,000 dense", dense(100, 1_000, 3, 1)),
        measure("500 × 1,000 dense", dense(500, 1_000, 3, 2)),
        measure("200 × 100 dense, capacity all needed", dense(200, 100, 3, 6)),
    ]


def main() -> None:
    from tabulate import tabulate

    rows = run()
    print(tabulate(rows, headers="keys", tablefmt="github"))
    print(json.dumps(rows, ensure_ascii=False))


if __name__ == "__main__":
    main()
