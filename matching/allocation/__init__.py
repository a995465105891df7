"""Allocating experts over the requests of a round. Pure: numpy and scipy, no database.

problem = from_dense(scores, seats, capacity, forbidden)
best = greatest_total(problem)
fair = fairest(problem, best, seconds=60)
"""

from matching.allocation.advice import Blocked, Release, Unmet, alternates, blocked, unmet
from matching.allocation.fairness import fairest, price_of_fairness
from matching.allocation.filling import greedy
from matching.allocation.kinds import Grouping, ProblemError, Quota
from matching.allocation.optimum import greatest_total
from matching.allocation.pins import Broken, reconcile
from matching.allocation.plans import Plan
from matching.allocation.problem import Problem, from_dense, from_pairs
from matching.allocation.tight import Full

__all__ = [
    "Blocked",
    "Broken",
    "Full",
    "Grouping",
    "Plan",
    "Problem",
    "ProblemError",
    "Quota",
    "Release",
    "Unmet",
    "alternates",
    "blocked",
    "fairest",
    "from_dense",
    "from_pairs",
    "greatest_total",
    "greedy",
    "price_of_fairness",
    "reconcile",
    "unmet",
]
