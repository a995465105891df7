"""How well the list served those who decided: figures over decided shortlists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypedDict

import numpy as np

from matching.evaluation.intervals import FEW, student
from matching.evaluation.metrics import Estimate, mean_estimate, ndcg
from matching.learning.pairs import DecidedList, Pair, Shown, pairs_of
from matching.learning.reasons import ABOUT_FIT, topics

Figures = dict[str, Estimate]
NAN = float("nan")
#: days behind each figure of use
WINDOW = 84
NAMED = ("chosen", "alternate")


class Split(TypedDict):
    """Figures of all lists, and of those of each kind of request and each language."""

    all: Figures
    kind: dict[str, Figures]
    language: dict[str, Figures]


def _chosen(listed: DecidedList) -> list[Shown]:
    return [row for row in listed.rows if row.mark == "chosen"]


def best_position(listed: DecidedList) -> int | None:
    """Where the first chosen person stood; None when all were added by hand."""
    return min((row.position for row in _chosen(listed) if row.position), default=None)


def _within(places: int) -> Callable[[DecidedList], float]:
    def share(listed: DecidedList) -> float:
        position = best_position(listed)
        return float(position is not None and position <= places)

    return share


def _reciprocal(listed: DecidedList) -> float:
    position = best_position(listed)
    return 1 / position if position else 0.0


def _position(listed: DecidedList) -> float:
    return float(best_position(listed) or NAN)


def _precision(listed: DecidedList) -> float:
    """Share named among those who stood no lower than the last one named or declined."""
    touched = [row.position for row in listed.rows if row.position and row.mark]
    seen = [row for row in listed.rows if row.position and row.position <= max(touched, default=0)]
    return sum(row.mark in NAMED for row in seen) / len(seen) if seen else NAN


def _from_list(listed: DecidedList) -> float:
    """Share of the chosen who came from the list, not added by hand."""
    chosen = _chosen(listed)
    return sum(row.position is not None for row in chosen) / len(chosen) if chosen else NAN


def _unfit(listed: DecidedList) -> float:
    """Whether somebody was declined for a reason that speaks about fit."""
    return float(
        any(row.mark == "declined" and topics(row.reason) & ABOUT_FIT for row in listed.rows)
    )


def _order(listed: DecidedList) -> float:
    """nDCG@10 of the shown order over the judged people of the list."""
    pairs = [pair for pair in pairs_of(listed) if pair.position]
    scores = np.array([-float(pair.position or 0) for pair in pairs])
    return ndcg(scores, np.array([pair.grade for pair in pairs]), 10) if pairs else NAN


METRICS: dict[str, Callable[[DecidedList], float]] = {
    "top_1": _within(1),
    "top_3": _within(3),
    "top_5": _within(5),
    "mrr": _reciprocal,
    "position": _position,
    "precision": _precision,
    "from_list": _from_list,
    "unfit": _unfit,
    "ndcg@10": _order,
}


#: metrics that are 0 or 1 for each list
YES_OR_NO = ("top_1", "top_3", "top_5", "unfit")
#: metrics that are no share: a place on the list, from 1
PLACES = ("position",)


def figures(lists: Sequence[DecidedList]) -> Figures:
    """Metric → mean over lists with its interval."""
    return {
        name: _estimate(name, [metric(listed) for listed in lists])
        for name, metric in METRICS.items()
    }


def _estimate(name: str, values: Sequence[float]) -> Estimate:
    """Mean with its interval from lists drawn anew; for few places the t interval, from 1 up."""
    found = mean_estimate(values)
    if name not in PLACES or not 0 < found.count < FEW:
        return found
    ends = student([value for value in values if not np.isnan(value)])
    return replace(found, low=max(1.0, ends[0]), high=ends[1]) if ends else found


def split(lists: Sequence[DecidedList]) -> Split:
    """Figures of all lists, per kind of request and per language."""
    return {
        "all": figures(lists),
        "kind": _by(lists, lambda listed: listed.kind),
        "language": _by(lists, lambda listed: listed.language),
    }


def _by(lists: Iterable[DecidedList], key: Callable[[DecidedList], str]) -> dict[str, Figures]:
    groups: dict[str, list[DecidedList]] = defaultdict(list)
    for listed in lists:
        groups[key(listed)].append(listed)
    return {name: figures(groups[name]) for name in sorted(groups)}


def counted(pairs: Iterable[Pair]) -> dict[str, int]:
    """Source → number of judgements."""
    found: dict[str, int] = defaultdict(int)
    for pair in pairs:
        found[str(pair.source)] += 1
    return dict(sorted(found.items()))
