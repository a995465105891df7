"""How matching and the directory do with 1,000 and 10,000 synthetic experts, beside alternatives.

    python -m tests.benchmarks.bench_scale [sizes]     e.g. 1000,10000,100000

Works in databases of its own, dropped at the end, on the engine that SEARCH_ENGINE names. Larger
sizes and what the numbers mean: docs/performance.md.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

SIZES = "1000,10000"


def ratios(figures: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Alternative → filter → its median over ours: below 1 it is quicker."""
    ours = figures["retrieval"]
    return {
        name: {
            share: round(theirs[share]["p50"] / max(ours[share]["together"]["p50"], 0.01), 3)
            for share in ours
        }
        for name, theirs in figures.get("alternatives", {}).items()
    }


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    sizes = sys.argv[1] if len(sys.argv) > 1 else SIZES
    folder = Path(settings.DATA_DIR) / "scale-bench"
    engine = os.environ.get("SEARCH_ENGINE", "postgres")
    call_command("bench_matching", sizes=sizes, engine=engine, folder=str(folder),
                 queries=12, rounds=2, seconds=5.0, again=True)  # fmt: skip
    for size in sizes.split(","):
        figures = json.loads((folder / f"{engine}-{size}.json").read_text(encoding="utf-8"))
        print(json.dumps({"ratios": ratios(figures), **figures}, ensure_ascii=False))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    main()
