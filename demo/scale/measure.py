"""Times, recall and throughput of what people wait for."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from threading import BrokenBarrierError
from time import monotonic, perf_counter
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connections

from accounts.models import User
from consulting.models import Request
from demo.scale.exact import DEPTH, SHARES, Truth
from experts.selectors.directory import Filters as DirectoryFilters
from experts.selectors.directory import Search
from experts.selectors.profile import cards
from matching.documents import QueryDocument
from matching.engines import Engine, Filters
from matching.engines.base import Context
from matching.models import MatchRun
from matching.narrowing import narrowed
from matching.pipeline import score
from matching.services import start_run
from matching.services.execution import execute

Numbers = dict[str, Any]
CLIENTS = (1, 4, 16)
PER_PAGE = 20
PARTS = ("propose", "narrow", "load")  # of a retrieval
#: what people type and tick in the directory
SEARCHES: tuple[dict[str, Any], ...] = (
    {},
    {"query": "침수"},
    {"query": "자연어처리"},
    {"query": "민원 분류"},
    {"query": "demand forecasting"},
    {"query": "없는 말을 찾습니다"},
    {"tech": ("T3",)},
    {"tech": ("T1-01", "T1-02"), "domain": ("A6",)},
    {"query": "교통", "data": ("D5",), "region": ("seoul",)},
    {"language": ("en",), "sort": "recent"},
)


def summary(milliseconds: Iterable[float]) -> Numbers:
    """Percentiles by nearest rank, in milliseconds, and how many were measured."""
    ordered = sorted(milliseconds)
    if not ordered:
        return {"runs": 0}
    at = {50: 0.5, 95: 0.95, 99: 0.99}
    last = len(ordered) - 1
    found = {f"p{name}": round(ordered[round(q * last)], 1) for name, q in at.items()}
    return {**found, "runs": len(ordered)}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds that the work took, and what it gave."""
    start = perf_counter()
    result = work()
    return (perf_counter() - start) * 1_000, result


def retrieval(
    engine: Engine,
    context: Context,
    queries: Sequence[QueryDocument],
    truth: Truth,
    candidates: int,
    rounds: int,
) -> Numbers:
    """Per filter: time of proposing, narrowing and loading, recall of candidates and of the list
    that a run makes of them."""
    return {
        share: filtered(engine, context, queries, truth, candidates, rounds, share)
        for share in SHARES
    }


def filtered(
    engine: Engine,
    context: Context,
    queries: Sequence[QueryDocument],
    truth: Truth,
    candidates: int,
    rounds: int,
    share: str,
) -> Numbers:
    """The same for one filter."""
    filters = filters_for(share)
    proposals = [engine.propose(query, filters, candidates, context) for query in queries]
    if any("fallback_for" in proposal.notes for proposal in proposals):
        raise RuntimeError("another engine stood in for the one that is measured")
    listed = [
        _best(query, engine.load(narrowed(query, proposal.ids, engine, context, DEPTH)), context)
        for query, proposal in zip(queries, proposals, strict=True)
    ]
    times: dict[str, list[float]] = {name: [] for name in (*PARTS, "together")}
    for query in [query for _ in range(rounds) for query in queries]:
        start = perf_counter()
        ids = engine.propose(query, filters, candidates, context).ids
        proposed = perf_counter()
        chosen = narrowed(query, ids, engine, context, DEPTH)
        looked = perf_counter()
        engine.load(chosen)
        clock = (start, proposed, looked, perf_counter())
        for name, (since, until) in zip(PARTS, pairwise(clock), strict=True):
            times[name].append((until - since) * 1_000)
        times["together"].append((clock[-1] - start) * 1_000)
    return {
        **{name: summary(values) for name, values in times.items()},
        "candidates": round(sum(len(p.ids) for p in proposals) / len(proposals)),
        "recall": round(truth.recall([p.ids for p in proposals], share), 4),
        "recall of the list": round(truth.recall(listed, share), 4),
    }


def filters_for(share: str) -> Filters:
    """Filters that let through this share of everybody."""
    fact, _ = SHARES[share]
    return Filters(all_of=(fact,) if fact else ())


def _best(query: QueryDocument, documents: Sequence[Any], context: Context) -> list[int]:
    """The best after exact scoring of those who are loaded."""
    if not documents:
        return []
    fused = score(query, documents, context).fused
    pairs = sorted(zip((-fused).tolist(), (d.expert_id for d in documents), strict=True))
    return [pk for _, pk in pairs[:DEPTH]]


# -- whole runs -----------------------------------------------------------------------------------
def one_run(request: Request, parameters: dict[str, Any] | None = None) -> tuple[float, MatchRun]:
    """A run on the real path from claim to stored list: milliseconds without the encoder."""
    run = start_run(request.pk, request.manager, parameters)
    taken, _ = timed(lambda: execute(run.pk))
    run.refresh_from_db()
    if run.state not in (MatchRun.State.DONE, MatchRun.State.EMPTY):
        raise RuntimeError(f"run ended as {run.state} {run.error}")
    return taken - run.timings.get("encode", 0.0), run


def runs(requests: Sequence[Request], rounds: int) -> Numbers:
    """Whole runs one after another, beyond the encoder, with the run's own clock per part.

    ``first``: the first run of each request, which finds pages that nobody has read since the
    servers started; ``whole``: all later ones.
    """
    for request in requests[:3]:
        one_run(request)
    first = [one_run(request)[0] for request in requests]
    whole, parts = [], dict[str, list[float]]()
    run = None
    for _ in range(rounds):
        for request in requests:
            taken, run = one_run(request)
            whole.append(taken)
            for name, value in run.timings.items():
                parts.setdefault(name, []).append(value)
    sizes = {"pool": run.pool_size, "eligible": run.eligible_size} if run else {}
    return {
        "whole": summary(whole),
        "first": summary(first),
        "parts": {name: summary(values) for name, values in sorted(parts.items())},
        **sizes,
    }


def throughput(requests: Sequence[Request], seconds: float) -> Numbers:
    """Whole runs a second by so many processes at once, each with requests of its own."""
    return {str(clients): _together(requests, clients, seconds) for clients in CLIENTS}


def _together(requests: Sequence[Request], clients: int, seconds: float) -> Numbers:
    connections.close_all()
    context = multiprocessing.get_context("fork")
    results: Any = context.Queue()
    start: Any = context.Barrier(clients + 1)

    def work(mine: Sequence[Request]) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            one_run(mine[0])
            start.wait()  # everybody is warm
            taken, end, number = [], monotonic() + seconds, 0
            while monotonic() < end:
                taken.append(one_run(mine[number % len(mine)])[0])
                number += 1
            results.put(taken)
        except BaseException as error:
            start.abort()
            results.put(RuntimeError(f"{type(error).__name__}: {error}"))

    children = [
        context.Process(target=work, args=(requests[i::clients],), daemon=True)
        for i in range(clients)
    ]
    for child in children:
        child.start()
    begun = monotonic()
    try:
        with suppress(BrokenBarrierError):
            start.wait()
            begun = monotonic()
        found = [results.get() for _ in children]
        wall = monotonic() - begun
    finally:
        for child in children:
            child.join(timeout=1)
            child.terminate()
            child.join()
    broken = next((each for each in found if isinstance(each, BaseException)), None)
    if broken is not None:
        raise broken
    taken = [value for each in found for value in each]
    return {"per_second": round(len(taken) / wall, 2), **summary(taken)}


# -- the directory --------------------------------------------------------------------------------
def directory(rounds: int) -> Numbers:
    """One search: number, people of the first page, facets and cards, by three kinds of viewer.

    "asked anew": each question once, before anything about it can be remembered.
    """
    found: Numbers = {}
    everything: list[float] = []
    fresh: list[float] = []
    for name, viewer in _viewers().items():
        _search(viewer, {"query": "준비"})
        times: list[float] = []
        for turn in range(rounds + 1):
            for asked in SEARCHES:
                taken, _ = timed(partial(_search, viewer, asked))
                (times if turn else fresh).append(taken)
        found[name] = summary(times)
        everything += times
    return {"all": summary(everything), "asked anew": summary(fresh), **found}


def _viewers() -> dict[str, Any]:
    people = User.objects.order_by("pk")
    return {
        "anyone": AnonymousUser(),
        "department": people.filter(role_grants__role="officer").first(),
        "staff": people.filter(role_grants__role="manager").first(),
    }


def _search(viewer: Any, asked: dict[str, Any]) -> None:
    search = Search(viewer, DirectoryFilters(**asked), start=0, size=PER_PAGE)
    results = search.results()
    results.count()
    search.facets()
    cards(search, results[0:PER_PAGE])
