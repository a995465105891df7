"""How long the directory takes: whole pages, and the parts of one search.

    python -m tests.benchmarks.bench_directory [rounds]

Works on whatever experts the database holds and changes nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

#: what people type, and what they tick
QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"q": "침수"},
    {"q": "자연어처리"},
    {"q": "NLP"},
    {"q": "민원 분류"},
    {"q": "demand forecasting"},
    {"q": "AI"},
    {"q": "김"},
    {"q": "없는 말을 찾습니다"},
    {"tech": "T3"},
    {"tech": ["T1-01", "T1-02"], "domain": "A6"},
    {"q": "교통", "data": "D5", "region": "seoul"},
    {"language": "en", "sort": "recent"},
    {"page": "20"},
)


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds that the work took."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


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


def run(rounds: int = 20) -> dict[str, Any]:
    """Measure; ``page`` is a whole request of an anonymous visitor, the rest are its parts."""
    from django.conf import settings
    from django.test import override_settings

    # Addresses of static files come from a list that only an installed site has.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {**settings.STORAGES, "staticfiles": plain}
    with override_settings(STORAGES=storages, ALLOWED_HOSTS=["*"]):
        return _measure(rounds)


def _measure(rounds: int) -> dict[str, Any]:
    from django.contrib.auth.models import AnonymousUser
    from django.http import QueryDict
    from django.test import Client

    from experts.models import Expert
    from experts.selectors.directory import Search, filters_of
    from experts.selectors.profile import cards

    client = Client()
    found: dict[str, list[float]] = {"page": [], "search": [], "facets": [], "cards": []}
    for _ in range(rounds + 1):
        for facts in QUERIES:
            found["page"].append(timed(lambda facts=facts: client.get("/experts/", facts)))
            query = QueryDict(mutable=True)
            for name, value in facts.items():
                query.setlist(name, value if isinstance(value, list) else [value])
            search = Search(AnonymousUser(), filters_of(query))
            found["search"].append(timed(lambda s=search: s.people().count()))
            found["facets"].append(timed(search.facets))
            page = search.people().for_listing()[:20]
            found["cards"].append(timed(lambda s=search, p=page: cards(s, p)))
    warm = len(QUERIES)  # the first round fills caches
    results: dict[str, Any] = {name: summary(v[warm:]) for name, v in found.items()}
    return {"name": "directory", "experts": Expert.objects.approved().count(), "results": results}


def table(report: dict[str, Any]) -> str:
    """The report as lines of text."""
    lines = [f"directory search, {report['experts']} approved experts"]
    for name, numbers in report["results"].items():
        shown = f"median {numbers['median_ms']:>7} ms   p95 {numbers['p95_ms']:>7} ms"
        lines.append(f"  {name:<8} {shown}   n={numbers['runs']}")
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
