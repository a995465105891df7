"""Reading what a caller gives: shapes, kinds of numbers, limits. Raises ``ProblemError``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matching.allocation.kinds import MOST, Flags, Grouping, Ints, ProblemError, Quota


def matrix(scores: ArrayLike) -> NDArray[Any]:
    """The scores as numbers in two dimensions."""
    table = np.asarray(scores)
    if table.ndim != 2:
        text = f"scores: a matrix requests × experts is needed, this has {table.ndim} dimension(s)"
        raise ProblemError("shape", text)
    if table.dtype.kind not in "fiub":
        raise ProblemError("type", f"scores: numbers are needed, not {table.dtype}")
    if table.dtype.kind == "f" and table.dtype.itemsize >= 4:
        return table
    return table.astype(np.float64)


def truths(name: str, given: ArrayLike, shape: tuple[int, ...], of: str) -> Flags:
    """Truth values, or 0 and 1, in a shape."""
    values = np.asarray(given)
    if values.shape != shape:
        raise ProblemError("shape", f"{name}: shape {values.shape} is not {of}, {shape}")
    if values.dtype.kind not in "biuf" or (values.dtype.kind == "f" and np.isnan(values).any()):
        raise ProblemError("type", f"{name}: truth values or 0 and 1 are needed")
    return values.astype(bool)


def forbidden_pairs(forbidden: ArrayLike | None, shape: tuple[int, ...]) -> Flags | None:
    """Pairs that may not be used."""
    if forbidden is None:
        return None
    barred = np.asarray(forbidden)
    if barred.ndim == 0 and not barred:
        return None
    return truths("forbidden", barred, shape, "that of scores")


def refuse_odd(table: NDArray[Any], barred: Flags | None) -> None:
    """NaN and +inf are mistakes, unless the pair is forbidden."""
    if table.dtype.kind != "f":
        return
    odd = np.isnan(table) | np.isposinf(table)
    if barred is not None:
        odd &= ~barred
    if odd.any():
        row, col = (int(at[0]) for at in np.nonzero(odd))
        text = (
            f"scores: {int(odd.sum())} allowed pair(s) are not finite numbers, "
            f"the first is request {row}, expert {col} ({table[row, col]})"
        )
        raise ProblemError("not_finite", text)


def limits(name: str, given: ArrayLike, count: int, of: str) -> Ints:
    """Upper limits as whole numbers, one for each of ``count``."""
    values = np.asarray(given)
    if values.dtype.kind not in "fiub":
        raise ProblemError("type", f"{name}: whole numbers are needed, not {values.dtype}")
    if values.size == 1:
        values = np.full(count, values.reshape(())[()])
    elif values.size == count and values.ndim <= 2:
        values = values.reshape(count)
    else:
        text = f"{name}: one number, or one for each of {count} {of}s, not shape {values.shape}"
        raise ProblemError("shape", text)
    if values.dtype.kind == "f":
        values = np.where(np.isposinf(values), MOST, values)
        if not (np.isfinite(values) & (values == np.floor(values))).all():
            raise ProblemError("type", f"{name}: whole numbers are needed")
    if (values < 0).any():
        at = int(np.flatnonzero(values < 0)[0])
        raise ProblemError("negative", f"{name}: {of} {at} has {values[at]}, less than nothing")
    return np.minimum(values.astype(np.float64), MOST).astype(np.int64)


def grouping(experts: int, labels: ArrayLike, most: int, whole: bool = False) -> Grouping:
    """A limit per label, on each request or over all of them."""
    values = np.asarray(labels)
    if values.shape != (experts,) or values.dtype.kind not in "iu":
        text = f"groups: one whole number for each of {experts} experts is needed"
        raise ProblemError("shape", text)
    if int(most) < 0:
        raise ProblemError("negative", "groups: a limit cannot be less than nothing")
    return Grouping(values.astype(np.int64), int(most), whole)


def quotas(
    groups: ArrayLike,
    least: ArrayLike | None,
    most: ArrayLike | None,
    shape: tuple[int, int],
) -> tuple[Quota, ...]:
    """Minimums and maximums for groups of experts.

    groups: truth values groups × experts. least, most: whole numbers groups × requests; without
    them there is no minimum or no maximum.
    """
    requests, experts = shape
    table = np.asarray(groups)
    if table.ndim != 2:
        text = f"groups: a matrix groups × experts is needed, this has {table.ndim} dimension(s)"
        raise ProblemError("shape", text)
    members = truths("groups", table, (len(table), experts), "groups × experts")
    both = (len(table), requests)
    low = _bounds("group_least", least, both, 0)
    high = _bounds("group_most", most, both, MOST)
    if (low >= MOST).any():
        raise ProblemError("type", "group_least: a minimum must be a finite number")
    if (low > high).any():
        group, row = (int(at[0]) for at in np.nonzero(low > high))
        text = (
            f"group_least: group {group} needs {low[group, row]} on request {row}, "
            f"but group_most allows {high[group, row]}"
        )
        raise ProblemError("least_over_most", text)
    return tuple(Quota(*one) for one in zip(members, low, high, strict=True))


def _bounds(name: str, given: ArrayLike | None, shape: tuple[int, int], usual: int) -> Ints:
    if given is None:
        return np.full(shape, usual, np.int64)
    values = np.asarray(given)
    if values.shape != shape:
        text = f"{name}: shape {values.shape} is not groups × requests, {shape}"
        raise ProblemError("shape", text)
    if values.dtype.kind in "fi" and (values < 0).any():
        group, row = (int(at[0]) for at in np.nonzero(values < 0))
        text = f"{name}: group {group} on request {row} has {values[group, row]}, less than nothing"
        raise ProblemError("negative", text)
    if not values.size:
        return np.full(shape, usual, np.int64)
    return limits(name, values.reshape(-1), values.size, "entry").reshape(shape)
