"""The right answer: the full fused score of everybody, by the code that scores every run."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIG_DFL, SIGTERM
from signal import signal as handle
from typing import Any

import numpy as np
from django.db import connections

from matching.documents import ExpertDocument, QueryDocument
from matching.engines.base import Context
from matching.pipeline import score
from matching.synthetic import Population

#: name of a filter → the fact that it asks for, and the share of people who have it
SHARES: dict[str, tuple[str, float]] = {
    "100 %": ("", 1.0),
    "10 %": ("pool:tenth", 0.1),
    "1 %": ("pool:hundredth", 0.01),
}
DEPTH = 50
FUSED = "fused"
Progress = Callable[[int, int], None]
Best = dict[tuple[int, str, str], tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]


@dataclass(frozen=True)
class Truth:
    """best: (number of the query, filter, signal) → ids of the best, best first."""

    best: Mapping[tuple[int, str, str], list[int]]

    def recall(self, found: Sequence[Sequence[int]], share: str, signal: str = FUSED) -> float:
        """Mean share of the right ones among what was found, one list per query."""
        values = []
        for number, ids in enumerate(found):
            right = self.best[number, share, signal]
            if right:
                values.append(len(set(right) & set(ids)) / len(right))
        return float(np.mean(values)) if values else 1.0

    def write(self, path: Path, mark: str) -> None:
        """Keep the answers under a name for what they were computed from."""
        rows = [[*key, ids] for key, ids in self.best.items()]
        path.write_text(json.dumps({"mark": mark, "best": rows}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path, mark: str) -> Truth | None:
        """Kept answers; None when there are none of that name."""
        if not path.exists():
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["mark"] != mark:
            return None
        return cls({(number, share, signal): ids for number, share, signal, ids in found["best"]})


@dataclass(frozen=True)
class _Task:
    population: Population
    queries: Sequence[QueryDocument]
    context: Context
    count: int


_task: _Task | None = None  # handed to children by forking


def exact(
    population: Population,
    queries: Sequence[QueryDocument],
    context: Context,
    count: int,
    processes: int,
    progress: Progress,
) -> Truth:
    """Score everybody for every query, block by block; takes about 0.1 ms a pair."""
    global _task  # what forked children inherit
    connections.close_all()
    _task = _Task(population, queries, context, count)
    _ = population.inventory.vocabulary  # made once, for all children
    best: Best = {}
    blocks = list(population.blocks(count))
    with multiprocessing.get_context("fork").Pool(processes, _alone) as pool:
        for done, found in enumerate(pool.imap_unordered(_block, blocks), 1):
            _merge(best, found)
            progress(done, len(blocks))
    return Truth({key: ids.tolist() for key, (ids, _) in best.items()})


def _alone() -> None:
    """A child ends at once when it is told to."""
    handle(SIGTERM, SIG_DFL)


def _block(block: int) -> Best:
    if _task is None:
        raise RuntimeError("no task")
    people = _task.population.people(block, _task.count)
    documents = _task.population.documents(block, people)
    ids = np.array([d.expert_id for d in documents])
    masks = {share: _mask(documents, fact) for share, (fact, _) in SHARES.items()}
    found: Best = {}
    for number, query in enumerate(_task.queries):
        scores = score(query, documents, _task.context)
        for signal, values in {FUSED: scores.fused, **scores.signals}.items():
            for share, mask in masks.items():
                found[number, share, signal] = _top(ids[mask], values[mask])
    return found


def _mask(documents: Sequence[ExpertDocument], fact: str) -> np.ndarray[Any, Any]:
    return np.array([not fact or fact in d.facts for d in documents])


def _top(
    ids: np.ndarray[Any, Any], values: np.ndarray[Any, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    order = np.lexsort((ids, -values))[:DEPTH]
    return ids[order], values[order]


def _merge(best: Best, found: Best) -> None:
    for key, (ids, values) in found.items():
        if key in best:
            ids = np.concatenate([best[key][0], ids])
            values = np.concatenate([best[key][1], values])
        best[key] = _top(ids, values)
