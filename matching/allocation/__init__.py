"""Allocating experts over the requests of a round. Pure: numpy and scipy, no database.

problem = from_dense(scores, seats, capacity, forbidden)
best = greatest_total(problem)
fair = fairest(problem, best, seconds=60)
"""

from matching.allocation.advice import Blocked, Release, alternates, blocked
from matching.allocation.fairness import fairest, price_of_fairness
from matching.allocation.kinds import Grouping, ProblemError, Quota
from matching.allocation.optimum import greatest_total, greedy
from matching.allocation.plans import Plan
from matching.allocation.problem import Problem, from_dense, from_pairs

__all__ = [
    "Blocked",
    "Grouping",
    "Plan",
    "Problem",
    "ProblemError",
    "Quota",
    "Release",
    "alternates",
    "blocked",
    "fairest",
    "from_dense",
    "from_pairs",
    "greatest_total",
    "greedy",
    "price_of_fairness",
]
