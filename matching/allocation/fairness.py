"""The fair plan: the worst-off request as well off as can be, then the greatest total.

A request's value is the sum of its people's scores. Requests that can get nobody at all are no
part of the minimum. Sharing indivisible people fairly is hard in general (maximin allocation), so
the search has a time limit and says how far it may be from the best.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import maximum_flow

from matching.allocation.branching import whole
from matching.allocation.kinds import Flags, Ints
from matching.allocation.plans import Plan, plan_of
from matching.allocation.problem import Problem
from matching.allocation.relaxation import SMALL, Clock, OutOfTime, relax, relax_worst

#: what lies closer together, in largest scores, is the same to the solver's tolerances
CLOSE = 5e-6
#: a floor missed by this part even in parts of pairs is not tried with whole ones
HOPELESS = 1e-2


def fairest(problem: Problem, best: Plan, seconds: float | None = 60.0) -> Plan:
    """The fair plan; never worse in its worst-off request than ``best``, the plan of greatest
    total. When ``seconds`` end, the best plan found so far with what may be missing."""
    clock = Clock(seconds)
    if problem.has_minimums:  # no more of them stays open than in ``best``
        seeds = np.flatnonzero(_held(problem, best))
        problem = replace(problem, missing=best.problem.missing, seeds=seeds)
    search = _Search(problem, best, clock)
    try:
        search.run()
    except OutOfTime:
        search.timed_out = True
    return search.plan()


class _Search:
    """Floors are tried from the bound downwards; what is found and ruled out closes the gap."""

    def __init__(self, problem: Problem, best: Plan, clock: Clock) -> None:
        self.given, self.best, self.clock = problem, best, clock
        self.problem = problem.unit
        self.low = best.worst / problem.scale
        self.bound = best.worst_bound / problem.scale
        self.picked: Ints | None = None
        self.total_bound = best.total_bound / problem.scale
        self.columns: Flags | None = None
        self.timed_out = False

    def run(self) -> None:
        if self._closed(self.bound):
            return
        self.bound = min(self.bound, bottleneck(self.problem, self.bound))
        if self._closed(self.bound):
            return
        high = self.bound
        if not self._try(high):
            self._tighten()
            high = min(high, self.bound)
            if self._closed(high) or self._try(high):
                return
            self._halve(high)

    def _closed(self, high: float) -> bool:
        return self.low >= high - CLOSE

    def _tighten(self) -> None:
        """The greatest floor that can be met in parts of pairs is a bound."""
        relaxed = relax_worst(self.problem, self.clock, start=self.columns)
        self._keep(relaxed.active)
        self.bound = min(self.bound, relaxed.value)

    def _halve(self, high: float) -> None:
        """Between the best floor met and the lowest one missed; lowers the bound where a floor
        is proven out of reach."""
        small = len(self.problem.rows) <= SMALL
        while not self._closed(high):
            middle = (self.low + high) / 2
            if not self._try(middle):
                high = middle
            elif small and not self._try(self.low + 0.9 * CLOSE):
                return  # nothing lies between: sums of few scores are far apart

    def _keep(self, active: Ints) -> None:
        if self.columns is None:
            self.columns = np.zeros(len(self.problem.rows), bool)
        self.columns[active] = True

    def _try(self, floor: float) -> bool:
        """Look for the greatest total with this floor; keep it when it is a step forward."""
        self.clock.check()
        share = self.clock.part(0.5)
        slack = 1e-9 * max(1.0, floor)
        floors = np.where(self.problem.members, floor - slack, -np.inf)
        relaxed = relax(self.problem, self.clock, floors=floors, start=self.columns)
        self._keep(relaxed.active)
        if relaxed.shortage > HOPELESS * floor:
            return False
        found = whole(self.problem, relaxed, share, floors)
        if found.picked is None:
            if found.proven:
                self.bound = min(self.bound, floor)
            else:
                self.timed_out = True
            return False
        worst = plan_of(self.problem, found.picked, 0.0, 0.0).worst
        if worst < self.low:
            return False
        self.picked, self.low, self.total_bound = found.picked, worst, found.bound
        return worst >= floor - CLOSE / 2

    def plan(self) -> Plan:
        missing = not self._closed(self.bound)
        bound = (self.bound if missing else self.low) * self.given.scale
        if self.picked is None:
            own = np.flatnonzero(_held(self.given, self.best))
            return plan_of(self.given, own, self.best.total_bound, bound, missing)
        total = self.total_bound * self.given.scale
        return plan_of(self.given, self.picked, total, bound, missing)


def _held(problem: Problem, plan: Plan) -> Flags:
    """Which of the problem's pairs the plan uses."""
    width = len(problem.capacity)
    return np.isin(problem.rows * width + problem.cols, plan.rows * width + plan.cols)


def bottleneck(problem: Problem, high: float) -> float:
    """A bound of the worst-off value: each request needs one pair worth its share of it.

    To reach ``t`` a request with ``k`` seats needs at least one pair of ``t / k``; whether every
    request can have such a pair at once is a flow. The greatest ``t`` of which that is true is
    found by halving over the shares that occur. With one seat each it is the exact answer.
    """
    need = problem.members & (problem.fixed_sums <= 0) & (problem.free_seats > 0)
    mine = need[problem.rows]
    worth = problem.values * problem.free_seats[problem.rows]
    steps = np.unique(worth[mine & (worth <= high)])
    count = int(need.sum())
    if not count or _served(problem, mine & (worth >= high)) == count:
        return high
    low, top = 0, len(steps)  # steps[low - 1] can be met, steps[top] cannot
    while low < top:
        middle = (low + top) // 2
        if _served(problem, mine & (worth >= steps[middle])) == count:
            low = middle + 1
        else:
            top = middle
    return float(steps[low - 1]) if low else 0.0


def _served(problem: Problem, usable: Flags) -> int:
    """How many requests can have one of the usable pairs at the same time."""
    requests, experts = problem.shape
    rows, cols = problem.rows[usable], problem.cols[usable]
    source, sink = requests + experts, requests + experts + 1
    asked = np.unique(rows)
    given = np.unique(cols)
    tails = np.concatenate([np.full(len(asked), source), rows, requests + given])
    heads = np.concatenate([asked, requests + cols, np.full(len(given), sink)])
    room = np.minimum(problem.free_capacity[given], requests)
    most = np.concatenate([np.ones(len(asked) + len(rows)), room]).astype(np.int32)
    graph = sp.csr_matrix((most, (tails, heads)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)


def price_of_fairness(best: Plan, fair: Plan) -> float:
    """What part of the greatest total the fair plan gives up."""
    return max(0.0, (best.total - fair.total) / best.total) if best.total > 0 else 0.0
