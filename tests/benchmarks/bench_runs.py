"""How long a search takes: enqueue → start, run start → stored shortlist, and its parts.

    python -m tests.benchmarks.bench_runs [requests]

Starts real runs for shortlisted demo requests on the worker that is up and reads the worker's own
clock from the rows. *cold*: the request's text has never been embedded; *warm*: it was embedded
in the background when it was filed, as on the site. Beside it stands brute force over the same
texts with the same encoder: sentence-transformers ``semantic_search``, without eligibility, words,
tags and explanations.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterable
from typing import Any

PARTS = ("prepare", "eligibility", "encode", "retrieve", "score", "explain", "store", "total")
WAIT = 60  # seconds for one run


def summary(values: Iterable[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum, in milliseconds."""
    ordered = sorted(values)
    place = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return {
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[place], 1),
        "max_ms": round(ordered[-1], 1),
        "runs": len(ordered),
    }


def finished(run_id: int) -> Any:
    """The run once it is over."""
    from matching.models import MatchRun

    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        run = MatchRun.objects.get(pk=run_id)
        if not run.is_active:
            return run
        time.sleep(0.02)
    raise SystemExit(f"run {run_id} is still {run.state} after {WAIT} s: is a worker up?")


def forget(request: Any) -> None:
    """Take the request's vectors from the cache."""
    from matching.adapters import query_of
    from matching.evidence import text_hash
    from matching.models import Embedding

    key = text_hash(query_of(request).full_text)
    Embedding.objects.filter(role="q", text_hash=key).delete()


def searched(requests: list[Any], cold: bool) -> list[Any]:
    """One finished run per request."""
    from matching import services

    runs = []
    for request in requests:
        if cold:
            forget(request)
        runs.append(finished(services.start_run(request.pk, request.manager).pk))
    failed = [run.state for run in runs if run.state != "done"]
    if failed:
        raise SystemExit(f"runs ended as {failed}")
    return runs


def times(runs: list[Any]) -> dict[str, Any]:
    """Summary of each part over runs; ``beyond_encoder`` is the total without the encoder."""
    found = {part: summary(run.timings.get(part, 0) for run in runs) for part in PARTS}
    found["beyond_encoder"] = summary(r.timings["total"] - r.timings["encode"] for r in runs)
    found["enqueue_to_start"] = summary(run.timings["queue"] for run in runs)
    return found


def brute_force(requests: list[Any]) -> dict[str, Any]:
    """semantic_search over every piece of every approved expert, best piece per expert."""
    import torch
    from sentence_transformers import util

    from experts.models import Expert
    from matching.adapters import query_of, records_of
    from matching.documents import usable_pieces
    from matching.embedding import PASSAGE, vectors_of
    from matching.encoders import active_encoders

    torch.set_num_threads(1)
    encoder = active_encoders()[0]
    ids = Expert.objects.approved().values_list("pk", flat=True)
    owned = [(r.key, p.full_text) for r in records_of(ids) for p in usable_pieces(r)]
    corpus = torch.from_numpy(vectors_of(encoder, PASSAGE, [text for _, text in owned]))
    encode, search = [], []
    for request in requests:
        start = time.perf_counter()
        query = torch.from_numpy(encoder.encode_queries([query_of(request).full_text]))
        encode.append((time.perf_counter() - start) * 1_000)
        start = time.perf_counter()
        hits = util.semantic_search(query, corpus, top_k=200)[0]
        list(dict.fromkeys(owned[hit["corpus_id"]][0] for hit in hits))[:20]
        search.append((time.perf_counter() - start) * 1_000)
    both = [a + b for a, b in zip(encode, search, strict=True)]
    names = {"encode": encode, "search": search, "total": both}
    return {"texts": len(owned), **{name: summary(values) for name, values in names.items()}}


def run(number: int = 20) -> dict[str, Any]:
    """Measure everything on as many requests."""
    from consulting.models import Request
    from experts.models import Expert

    rows = Request.objects.filter(state="shortlisted").exclude(manager=None)
    requests = list(rows.select_related("manager").order_by("id"))
    if not requests:
        raise SystemExit("no shortlisted requests: is the demo data loaded?")
    wanted = [requests[n % len(requests)] for n in range(number)]
    searched(wanted[:2], cold=True)  # fills the worker's caches
    results = {
        "cold": times(searched(wanted, cold=True)),
        "warm": times(searched(wanted, cold=False)),
        "brute_force": brute_force(wanted),
    }
    return {"name": "runs", "experts": Expert.objects.approved().count(), "results": results}


def table(report: dict[str, Any]) -> str:
    """The report as lines of text."""
    lines = [f"searches over {report['experts']} approved experts"]
    for group, parts in report["results"].items():
        texts = parts.get("texts")
        lines.append(f" {group}" + (f" over {texts:,} texts" if texts else ""))
        for name, n in parts.items():
            if isinstance(n, dict):
                shown = f"median {n['median_ms']:>8} ms   p95 {n['p95_ms']:>8} ms   n={n['runs']}"
                lines.append(f"   {name:<18} {shown}")
    return "\n".join(lines)


def main() -> int:
    """Run from the command line; the JSON stands on the last line."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    report = run(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    print(table(report))
    print(json.dumps(report, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
