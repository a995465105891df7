"""Which limits a plan uses up, and the same problem with one of them wider."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matching.allocation.kinds import Flags, Floats, Ints
from matching.allocation.plans import Plan
from matching.allocation.problem import Problem, changed


@dataclass(frozen=True)
class Full:
    """A limit that is used up.

    kind: ``seats`` (of the request), ``capacity`` (of the expert), ``group`` (see ``grouping``)
    or ``quota``. limit: what it is. rivals: the assigned pairs that use it up.
    """

    kind: str
    limit: int
    rivals: tuple[tuple[int, int], ...] = ()
    grouping: int = -1
    label: int = -1
    quota: int = -1


def full_limits(plan: Plan, row: int, col: int) -> tuple[Full, ...]:
    """Every limit of the plan that has no room for one pair more."""
    problem = plan.problem
    found = [
        _full(plan, Full("seats", int(problem.seats[row])), plan.rows == row),
        _full(plan, Full("capacity", int(problem.capacity[col])), plan.cols == col),
    ]
    for number, grouping in enumerate(problem.groupings):
        if (label := int(grouping.labels[col])) >= 0:
            mine = (grouping.labels[plan.cols] == label) & (grouping.whole | (plan.rows == row))
            limit = Full("group", grouping.most, grouping=number, label=label)
            found.append(_full(plan, limit, mine))
    for number, quota in enumerate(problem.quotas):
        if quota.members[col]:
            mine = quota.members[plan.cols] & (plan.rows == row)
            found.append(_full(plan, Full("quota", int(quota.most[row]), quota=number), mine))
    return tuple(full for full in found if full)


def _full(plan: Plan, limit: Full, mine: Flags) -> Full | None:
    if int(mine.sum()) < limit.limit:
        return None
    rivals = zip(plan.rows[mine].tolist(), plan.cols[mine].tolist(), strict=True)
    return replace(limit, rivals=tuple(rivals))


def wider(problem: Problem, full: Full, row: int, col: int) -> Problem:
    """The problem with one more of what is full for this request and expert."""
    if full.kind == "seats":
        return changed(problem, seats=problem.seats + _one(problem.seats, row))
    if full.kind == "capacity":
        return changed(problem, capacity=problem.capacity + _one(problem.capacity, col))
    if full.kind == "group":
        groupings = list(problem.groupings)
        old = groupings[full.grouping]
        groupings[full.grouping] = replace(old, most=old.most + 1)
        return changed(problem, groupings=tuple(groupings))
    quotas = list(problem.quotas)
    quota = quotas[full.quota]
    quotas[full.quota] = replace(quota, most=quota.most + _one(quota.most, row))
    return changed(problem, quotas=tuple(quotas))


def _one(values: Ints, at: int) -> Ints:
    found = np.zeros(len(values), np.int64)
    found[at] = 1
    return found


def others(plan: Plan, row: int) -> tuple[Ints, Floats]:
    """(experts, scores) who could help the request and do not, best first; also those whom the
    fixed pairs or a limit of nothing keep out."""
    problem = plan.problem
    cols, values = [], []
    for pairs in (problem, problem.shut):
        mine = np.flatnonzero(pairs.rows == row)
        cols.append(pairs.cols[mine])
        values.append(pairs.values[mine])
    experts, scores = np.concatenate(cols), np.concatenate(values)
    away = ~np.isin(experts, plan.cols[plan.rows == row])
    experts, scores = experts[away], scores[away]
    order = np.argsort(-scores, kind="stable")
    return experts[order], scores[order]


def busy(plan: Plan, cols: Ints) -> Flags:
    """Which of the experts are at their capacity."""
    return (plan.load >= plan.problem.capacity)[cols]


def by_labels(plan: Plan, row: int, cols: Ints) -> Flags:
    """Which of the experts a limit of their label keeps off the request."""
    out = np.zeros(len(cols), bool)
    for grouping in plan.problem.groupings:
        used = grouping.labels[plan.cols[grouping.whole | (plan.rows == row)]]
        counts = np.bincount(used[used >= 0], minlength=int(grouping.labels.max(initial=0)) + 1)
        labels = grouping.labels[cols]
        out |= (labels >= 0) & (counts[np.maximum(labels, 0)] >= grouping.most)
    return out


def by_quotas(plan: Plan, row: int, cols: Ints) -> Flags:
    """Which of the experts a maximum keeps off the request."""
    out = np.zeros(len(cols), bool)
    for quota in plan.problem.quotas:
        used = int(quota.members[plan.cols[plan.rows == row]].sum())
        if used >= quota.most[row]:
            out |= quota.members[cols]
    return out
