"""What is to be allocated: scores, limits and constraints, checked once and kept sparse.

Seats and capacity are upper limits. Only pairs with a positive score may be used, so a plan never
gives a request somebody who lowers the total. Needs numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.allocation import checking
from matching.allocation.kinds import Flags, Floats, Grouping, Ints, ProblemError, Quota


@dataclass(frozen=True, eq=False)
class Pairs:
    """Some pairs with their scores."""

    rows: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    cols: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    values: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class Problem:
    """Pairs that may be used, and the limits.

    rows, cols, values: one entry per usable pair, sorted by request and falling score, all > 0.
    seats: per request, capacity: per expert, upper limits before anything is fixed.
    fixed: (k, 2) pairs that are in every plan, ``fixed_values`` their scores.
    missing: how many seats of the quotas' minimums stay open in every plan, ``seeds`` pairs with
    which no more than that do (see ``minimums``). shut: pairs that only the limits keep out.
    """

    rows: Ints
    cols: Ints
    values: Floats
    seats: Ints
    capacity: Ints
    groupings: tuple[Grouping, ...] = ()
    fixed: Ints = field(default_factory=lambda: np.empty((0, 2), np.int64))
    fixed_values: Floats = field(default_factory=lambda: np.empty(0))
    quotas: tuple[Quota, ...] = ()
    missing: int = 0
    seeds: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    shut: Pairs = field(default_factory=Pairs)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.seats), len(self.capacity)

    @cached_property
    def free_seats(self) -> Ints:
        """Seats that the fixed pairs leave."""
        return self.seats - np.bincount(self.fixed[:, 0], minlength=len(self.seats))

    @cached_property
    def free_capacity(self) -> Ints:
        """Capacity that the fixed pairs leave."""
        return self.capacity - np.bincount(self.fixed[:, 1], minlength=len(self.capacity))

    @cached_property
    def free_quotas(self) -> tuple[tuple[Ints, Ints], ...]:
        """Per quota what its minimum still needs and its maximum leaves on each request."""
        counts = [self.held(quota, self.fixed) for quota in self.quotas]
        pairs = zip(self.quotas, counts, strict=True)
        return tuple((np.maximum(q.least - n, 0), q.most - n) for q, n in pairs)

    def held(self, quota: Quota, pairs: Ints) -> Ints:
        """How many of the quota's people each request gets by these pairs (k, 2)."""
        mine = pairs[quota.members[pairs[:, 1]], 0]
        return np.bincount(mine, minlength=len(self.seats))

    @property
    def has_minimums(self) -> bool:
        """Whether a quota needs more than the fixed pairs give."""
        return any(bool(need.any()) for need, _room in self.free_quotas)

    @cached_property
    def fixed_sums(self) -> Floats:
        """What the fixed pairs give each request."""
        return sums(self.fixed[:, 0], self.fixed_values, len(self.seats))

    @cached_property
    def best_alone(self) -> Floats:
        """The most that each request could get if it were the only one."""
        place = places(self.rows, len(self.seats))
        taken = place < self.free_seats[self.rows]
        return self.fixed_sums + sums(self.rows[taken], self.values[taken], len(self.seats))

    @cached_property
    def scale(self) -> float:
        """The largest score."""
        return float(self.values.max(initial=0.0)) or 1.0

    @cached_property
    def many_ties(self) -> bool:
        """Whether fewer than one score in ten is distinct."""
        return len(np.unique(self.values)) * 10 < len(self.values)

    @cached_property
    def unit(self) -> Problem:
        """The same problem with scores up to 1, as the solver's tolerances want it."""
        if self.scale == 1.0:
            return self
        values, fixed = self.values / self.scale, self.fixed_values / self.scale
        return replace(self, values=values, fixed_values=fixed)

    @cached_property
    def members(self) -> Flags:
        """Requests that can get anybody at all; the others are no part of the worst-off value."""
        named = np.concatenate([self.rows, self.fixed[:, 0]])
        return np.bincount(named, minlength=len(self.seats)) > 0


def sums(rows: Ints, values: Floats, count: int) -> Floats:
    """Sum of the values of each row."""
    return np.asarray(np.bincount(rows, values, count), np.float64)


def places(rows: Ints, count: int) -> Ints:
    """Place of each entry within its row, from 0; ``rows`` must be sorted."""
    starts = np.searchsorted(rows, np.arange(count))
    return np.arange(len(rows)) - starts[rows]


def from_dense(
    scores: ArrayLike,
    seats: ArrayLike = 1,
    capacity: ArrayLike = 1,
    forbidden: ArrayLike | None = None,
    **more: Any,
) -> Problem:
    """A problem from a matrix requests × experts.

    seats, capacity: one number for all, or one per request and per expert. forbidden: truth values
    in the shape of ``scores``. A score of -inf, zero or less is never used; NaN is an error
    unless the pair is forbidden. ``more`` as in ``from_pairs``. Raises ``ProblemError``.
    """
    table = checking.matrix(scores)
    barred = checking.forbidden_pairs(forbidden, table.shape)
    usable = table > 0
    if barred is not None:
        usable &= ~barred
    checking.refuse_odd(table, barred)
    rows, cols = _by_row(table, usable)
    values = table[rows, cols].astype(np.float64)
    return from_pairs(table.shape, rows, cols, values, seats, capacity, table=table, **more)


def _by_row(table: NDArray[Any], usable: Flags) -> tuple[Ints, Ints]:
    """Usable pairs row by row; of a well filled matrix in the order that is wanted in the end."""
    if 4 * np.count_nonzero(usable) < usable.size or table.dtype.kind != "f":
        rows, cols = np.nonzero(usable)
        return rows.astype(np.int64), cols.astype(np.int64)
    order = np.argsort(np.where(usable, -table, np.inf), axis=1, kind="stable")
    counts = np.count_nonzero(usable, axis=1)
    kept = np.arange(table.shape[1]) < counts[:, None]
    return np.repeat(np.arange(len(table)), counts), order[kept]


def from_pairs(
    shape: tuple[int, int],
    rows: ArrayLike,
    cols: ArrayLike,
    values: ArrayLike,
    seats: ArrayLike = 1,
    capacity: ArrayLike = 1,
    *,
    minimum: float = 0.0,
    forced: Sequence[tuple[int, int]] = (),
    groupings: Sequence[tuple[Any, ...]] = (),
    groups: ArrayLike | None = None,
    group_least: ArrayLike | None = None,
    group_most: ArrayLike | None = None,
    table: NDArray[Any] | None = None,
) -> Problem:
    """A problem from allowed pairs with their scores; a pair that is not named is forbidden.

    minimum: pairs below it are not used. forced: pairs that every plan holds, whatever they score.
    groupings: (label per expert, at most so many of a label per request; with ``True`` behind:
    over all requests). groups, group_least, group_most: see ``checking.quotas``. table: where
    scores of forced pairs that are not among the pairs are looked up. Raises ``ProblemError``.
    """
    requests, experts = shape
    r, c = np.asarray(rows, np.int64), np.asarray(cols, np.int64)
    v = np.asarray(values, np.float64)
    if not (np.isfinite(v).all() if len(v) else True):
        raise ProblemError("not_finite", "scores: a score is not a finite number")
    if table is None and len(np.unique(r * experts + c)) != len(r):
        raise ProblemError("twice", "scores: a pair is named twice")
    pairs, fixed_values = _fixed(shape, r, c, v, forced, table)
    problem = Problem(
        r,
        c,
        v,
        checking.limits("seats", seats, requests, "request"),
        checking.limits("capacity", capacity, experts, "expert"),
        tuple(checking.grouping(experts, *given) for given in groupings),
        pairs,
        fixed_values,
        () if groups is None else checking.quotas(groups, group_least, group_most, shape),
    )
    _refuse_overfull(problem)
    return _usable(problem, minimum)


def _fixed(
    shape: tuple[int, int],
    rows: Ints,
    cols: Ints,
    values: Floats,
    forced: Sequence[tuple[int, int]],
    table: NDArray[Any] | None,
) -> tuple[Ints, Floats]:
    """Forced pairs and what they score; one without a known score counts nothing."""
    pairs = np.unique(np.asarray(forced, np.int64).reshape(-1, 2), axis=0)
    if len(pairs) and ((pairs < 0) | (pairs >= np.array(shape))).any():
        raise ProblemError("forced_unknown", "forced: a pair names nobody of this problem")
    if table is not None:
        found = table[pairs[:, 0], pairs[:, 1]].astype(np.float64)
        return pairs, np.where(np.isfinite(found), found, 0.0)
    known = dict(zip(zip(rows.tolist(), cols.tolist(), strict=True), values.tolist(), strict=True))
    return pairs, np.array([known.get((a, b), 0.0) for a, b in pairs.tolist()], np.float64)


def _refuse_overfull(problem: Problem) -> None:
    """Forced pairs must fit the limits themselves."""
    for code, free, of in (
        ("forced_over_seats", problem.free_seats, "request"),
        ("forced_over_capacity", problem.free_capacity, "expert"),
    ):
        over = np.flatnonzero(free < 0)
        if len(over):
            at = int(over[0])
            text = f"forced: {of} {at} is named more often than its limit allows"
            raise ProblemError(code, text, index=at)
    for number, grouping in enumerate(problem.groupings):
        for (row, label), count in fixed_of_groups(problem, grouping).items():
            if count > grouping.most:
                where = "the requests get" if grouping.whole else f"request {row} gets"
                text = f"forced: {where} {count} of group {label}, {grouping.most} may be"
                facts = {"request": row, "label": label, "grouping": number}
                raise ProblemError("forced_over_group", text, **facts)
    for number, (_need, left) in enumerate(problem.free_quotas):
        over = np.flatnonzero(left < 0)
        if len(over):
            row, most = int(over[0]), int(problem.quotas[number].most[over[0]])
            text = f"forced: request {row} gets {most - left[row]} of group {number}, {most} may be"
            raise ProblemError("forced_over_quota", text, request=row, quota=number)


def fixed_of_groups(problem: Problem, grouping: Grouping) -> dict[tuple[int, int], int]:
    """(request, or 0 for all, and label) → how many fixed pairs are of it."""
    counts: dict[tuple[int, int], int] = {}
    for row, col in problem.fixed.tolist():
        label = int(grouping.labels[col])
        if label >= 0:
            key = (0 if grouping.whole else row, label)
            counts[key] = counts.get(key, 0) + 1
    return counts


def _usable(problem: Problem, minimum: float) -> Problem:
    """Without pairs that no plan can hold, sorted by request and falling score."""
    good = (problem.values > 0) & (problem.values >= minimum)
    if len(problem.fixed):
        width = len(problem.capacity)
        fixed = problem.fixed[:, 0] * width + problem.fixed[:, 1]
        good &= ~np.isin(problem.rows * width + problem.cols, fixed)
    keep = good & (problem.free_seats[problem.rows] > 0) & (problem.free_capacity[problem.cols] > 0)
    for grouping in problem.groupings:
        labels = grouping.labels[problem.cols]
        keep &= (labels < 0) | (room(problem, grouping, problem.rows, labels) > 0)
    for quota, (_need, left) in zip(problem.quotas, problem.free_quotas, strict=True):
        keep &= ~quota.members[problem.cols] | (left[problem.rows] > 0)
    out = good & ~keep
    shut = Pairs(problem.rows[out], problem.cols[out], problem.values[out])
    rows, cols, values = problem.rows[keep], problem.cols[keep], problem.values[keep]
    problem = replace(problem, rows=rows, cols=cols, values=values, shut=shut)
    if not problem.many_ties and _is_sorted(rows, values):
        return problem
    # among equals another order for each request, so that not all begin with the same experts
    turned = (cols + rows * 7_919) % max(1, len(problem.capacity))
    order = np.lexsort((turned, -values, rows))
    return replace(problem, rows=rows[order], cols=cols[order], values=values[order])


def changed(problem: Problem, **limits: Any) -> Problem:
    """The same pairs under other limits; those that the old ones shut out are looked at anew."""
    shut, none = problem.shut, np.empty(0, np.int64)
    again = replace(
        problem,
        rows=np.concatenate([problem.rows, shut.rows]),
        cols=np.concatenate([problem.cols, shut.cols]),
        values=np.concatenate([problem.values, shut.values]),
        **{"missing": 0, "seeds": none, **limits},
    )
    return _usable(again, 0.0)


def released(problem: Problem, row: int, col: int) -> Problem:
    """The same problem without this fixed pair; it may still be used if it scores."""
    mine = (problem.fixed == (row, col)).all(axis=1)
    pair = np.array([row]), np.array([col]), problem.fixed_values[mine]
    more = (getattr(problem.shut, name) for name in ("rows", "cols", "values"))
    shut = Pairs(*(np.concatenate(both) for both in zip(more, pair, strict=True)))
    fixed, values = problem.fixed[~mine], problem.fixed_values[~mine]
    return changed(replace(problem, shut=shut), fixed=fixed, fixed_values=values)


def _is_sorted(rows: Ints, values: Floats) -> bool:
    step = np.diff(rows)
    return bool(((step > 0) | ((step == 0) & (np.diff(values) <= 0))).all())


def room(problem: Problem, grouping: Grouping, rows: Ints, labels: Ints) -> Ints:
    """How many more of these labels these requests may get, beside the fixed pairs."""
    left = np.full(len(rows), grouping.most, np.int64)
    for (row, label), count in fixed_of_groups(problem, grouping).items():
        left[(labels == label) & (grouping.whole | (rows == row))] -= count
    return left
