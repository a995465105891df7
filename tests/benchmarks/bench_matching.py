"""How long a search for experts takes, split into its parts, beside a brute-force search.

    python -m tests.benchmarks.bench_matching [rounds]

Works on whatever the database holds (850 demo experts after ``seed_demo``) and changes nothing but
the cache of vectors. ``encode`` is measured with the request's vector in the cache, as it is after
a request has been saved, and without. The comparison is sentence-transformers' own
``semantic_search`` over the same vectors: one encoder, best piece, nothing else.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

REQUESTS = 40


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that the work took."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def summary(values: Iterable[float]) -> dict[str, float]:
    """Median, 95th percentile and number of runs, in milliseconds."""
    ordered = sorted(values)
    place = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[place], 1),
        "runs": len(ordered),
    }


def run(rounds: int = 3) -> dict[str, Any]:
    """Measure every part over the site's requests."""
    from consulting.models import Request
    from matching.adapters import query_of
    from matching.encoders import active_encoders
    from matching.engines import Filters, active_engine
    from matching.pipeline import rank

    queries = [query_of(r) for r in Request.objects.exclude(title="").order_by("pk")[:REQUESTS]]
    filters = Filters(all_of=("approved", "verified"))
    parts: dict[str, list[float]] = {}
    rank(queries[0], filters)
    for _ in range(rounds):
        for query in queries:
            start = time.perf_counter()
            timings = rank(query, filters).timings
            total = (time.perf_counter() - start) * 1000
            for name, value in {**timings, "whole search": total}.items():
                parts.setdefault(name, []).append(value)
    encoder = active_encoders()[0]
    parts["encode, not cached"] = [
        timed(lambda q=query: encoder.encode_queries([q.full_text])) for query in queries
    ]
    parts["semantic_search, brute force"] = _brute_force(queries)
    return {
        "experts": active_engine().count(filters),
        "requests": len(queries),
        "parts": {name: summary(values) for name, values in parts.items()},
    }


def _brute_force(queries: list[Any]) -> list[float]:
    """The plain search of the library over all pieces, vectors given."""
    import numpy as np
    from sentence_transformers.util import semantic_search

    from matching.embedding import QUERY, vectors_of
    from matching.encoders import active_encoders
    from matching.engines import active_engine

    encoder, engine = active_encoders()[0], active_engine()
    documents = engine.load(list(engine.versions()))
    pieces = np.concatenate([d.vectors[encoder.name] for d in documents])
    asked = vectors_of(encoder, QUERY, [query.full_text for query in queries])
    return [timed(lambda row=row: semantic_search(row, pieces, top_k=100)) for row in asked]


def main() -> None:
    import django

    django.setup()
    from tabulate import tabulate

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    found = run(rounds)
    rows = [{"part": name, **values} for name, values in found["parts"].items()]
    print(f"{found['experts']} experts, {found['requests']} requests")
    print(tabulate(rows, headers="keys", tablefmt="github"))
    print(json.dumps(found))


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    main()
