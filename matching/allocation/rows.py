"""The constraints of a problem over some of its pairs, as rows of a linear program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from matching.allocation.kinds import Floats, Ints
from matching.allocation.problem import Problem, room


@dataclass(frozen=True, eq=False)
class Rows:
    """matrix @ (x, spare) <= limit, and how duals become prices of all pairs.

    active: positions of the pairs that are the first columns. spare: seats of minimums that may
    stay open, one column per minimum, empty where all can be met; its numbers are their limits.
    keys: per grouping the (request, label) of its rows. quotas: per quota the requests of its
    rows, first of the maximum, then of the minimum.
    """

    problem: Problem
    active: Ints
    matrix: Any
    limit: Floats
    experts: Ints
    keys: tuple[Ints, ...]
    quotas: tuple[tuple[Ints, Ints], ...]
    spare: Floats

    @property
    def upper(self) -> Floats:
        """Upper limits of the columns."""
        return np.concatenate([np.ones(len(self.active)), self.spare])

    def prices(self, duals: Floats) -> Floats:
        """What seats, capacity, groups and quotas cost each pair of the whole problem."""
        problem = self.problem
        requests, count = len(problem.seats), len(self.experts)
        parts = _Parts(duals)
        total = parts.next(requests)[problem.rows]
        of_expert = np.zeros(len(problem.capacity))
        of_expert[self.experts] = parts.next(count)
        total += of_expert[problem.cols]
        for number, keys in enumerate(self.keys):
            part = parts.next(len(keys))
            if len(keys):
                mine = group_keys(problem, number)
                place = np.minimum(np.searchsorted(keys, mine), len(keys) - 1)
                total += np.where(keys[place] == mine, part[place], 0.0)
        for quota, (capped, needed) in zip(problem.quotas, self.quotas, strict=True):
            of_request = np.zeros(requests)
            of_request[capped] += parts.next(len(capped))
            of_request[needed] -= parts.next(len(needed))
            total += of_request[problem.rows] * quota.members[problem.cols]
        return total


class _Parts:
    """The duals, handed out in the order of the rows."""

    def __init__(self, duals: Floats) -> None:
        self.duals, self.at = duals, 0

    def next(self, count: int) -> Floats:
        self.at += count
        return self.duals[self.at - count : self.at]


def group_keys(problem: Problem, number: int) -> Ints:
    """One number per (request, label) for each pair; -1 where the expert is in no group."""
    grouping = problem.groupings[number]
    mine = grouping.labels[problem.cols]
    if grouping.whole:
        return mine
    return np.where(mine < 0, -1, problem.rows * (int(grouping.labels.max(initial=0)) + 1) + mine)


class _Builder:
    """Collects rows: entries of the matrix and limits."""

    def __init__(self) -> None:
        self.lines: list[Ints] = []
        self.columns: list[Ints] = []
        self.signs: list[Floats] = []
        self.limits: list[Floats] = []
        self.height = 0

    def add(self, lines: Ints, columns: Ints, limit: Any, sign: float = 1.0) -> None:
        """Rows numbered from 0 in ``lines``; one limit for each."""
        self.lines.append(self.height + lines)
        self.columns.append(columns)
        self.signs.append(np.full(len(lines), sign))
        self.limits.append(np.asarray(limit, float))
        self.height += len(self.limits[-1])

    def matrix(self, width: int) -> Any:
        entries = (np.concatenate(self.lines), np.concatenate(self.columns))
        shape = (self.height, width)
        return sp.csr_matrix((np.concatenate(self.signs), entries), shape=shape)


def rows_of(problem: Problem, active: Ints) -> Rows:
    """Seats, capacity, groups and quotas over the active pairs."""
    build, each = _Builder(), np.arange(len(active))
    experts, column = np.unique(problem.cols[active], return_inverse=True)
    build.add(problem.rows[active], each, problem.free_seats)
    build.add(column, each, problem.free_capacity[experts])
    keys = []
    for number in range(len(problem.groupings)):
        wanted, left, line, entry = _group_rows(problem, number, active)
        build.add(line, entry, left)
        keys.append(wanted)
    quotas, spare = _quota_rows(problem, active, build)
    width = len(active) + len(spare)
    return Rows(
        problem,
        active,
        build.matrix(width),
        np.concatenate(build.limits),
        experts,
        tuple(keys),
        quotas,
        spare,
    )


def _group_rows(problem: Problem, number: int, active: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """(key per row, what it may hold, row of each entry, column of each entry)."""
    grouping = problem.groupings[number]
    mine = group_keys(problem, number)[active]
    keys, first, inverse, counts = np.unique(
        mine, return_index=True, return_inverse=True, return_counts=True
    )
    members = active[first]
    left = room(problem, grouping, problem.rows[members], grouping.labels[problem.cols[members]])
    binding = (keys >= 0) & (counts > left)
    number_of = np.cumsum(binding) - 1
    entry = np.flatnonzero(binding[inverse])
    return keys[binding], left[binding], number_of[inverse[entry]], entry


def _quota_rows(
    problem: Problem, active: Ints, build: _Builder
) -> tuple[tuple[tuple[Ints, Ints], ...], Floats]:
    """Adds the rows of maximums that can bind and of minimums, and one for all that may miss."""
    found: list[tuple[Ints, Ints]] = []
    spare: list[Floats] = []
    for quota, (need, left) in zip(problem.quotas, problem.free_quotas, strict=True):
        entry = np.flatnonzero(quota.members[problem.cols[active]])
        rows = problem.rows[active[entry]]
        capped = np.flatnonzero(np.bincount(rows, minlength=len(need)) > left)
        needed = np.flatnonzero(need > 0)
        _add(build, rows, entry, capped, left[capped], 1.0)
        if problem.missing:  # the spare columns are entries of the same rows
            at = len(active) + sum(len(part) for part in spare) + np.arange(len(needed))
            rows, entry = np.concatenate([rows, needed]), np.concatenate([entry, at])
            spare.append(need[needed].astype(float))
        _add(build, rows, entry, needed, -need[needed], -1.0)
        found.append((capped, needed))
    limits = np.concatenate([*spare, np.empty(0)])
    if len(limits):
        at = len(active) + np.arange(len(limits))
        build.add(np.zeros(len(at), np.int64), at, [problem.missing])
    return tuple(found), limits


def _add(build: _Builder, rows: Ints, entry: Ints, wanted: Ints, limit: Ints, sign: float) -> None:
    """A row for each of the wanted requests, with those entries that belong to them."""
    line = np.searchsorted(wanted, rows)
    line = np.minimum(line, max(0, len(wanted) - 1))
    mine = wanted[line] == rows if len(wanted) else np.zeros(len(rows), bool)
    build.add(line[mine], entry[mine], limit, sign)


def gains(rows: Rows) -> Any:
    """Sparse requests × columns: what each active pair brings its request."""
    problem, active = rows.problem, rows.active
    shape = (len(problem.seats), rows.matrix.shape[1])
    entries = (problem.values[active], (problem.rows[active], np.arange(len(active))))
    return sp.csr_matrix(entries, shape=shape)
