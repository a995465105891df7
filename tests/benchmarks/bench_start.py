"""How long `make run` takes on a clean clone until /readyz says 200, at first and once more.

    python -m tests.benchmarks.bench_start

The first start makes the environment, installs every package, loads the demo data and its index;
the second finds all of that. Both need the checkout to be a git repository; what is not committed
is not measured.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tabulate import tabulate

from config.local_services import site
from tests.config.processes import ROOT, Started
from tests.waiting import eventually

ADDRESS = re.compile(r"http://[\w.]+:\d+")
AIMS = {"first": 360, "second": 20}  # seconds
LONGEST = 900


def start(clone: Path, name: str) -> float:
    """Seconds from `make run` to a site that is ready; it is stopped again."""
    begun = time.monotonic()
    running = Started(["make", "-C", str(clone), "run"], clone.with_name(f"{name}.log"))
    try:
        eventually(lambda: ready(running), LONGEST, f"ready after the {name} start")
        took = time.monotonic() - begun
        running.stop(signal.SIGINT)
        return took
    finally:
        running.end()


def ready(running: Started) -> bool:
    """Whether the address that it printed answers 200 on /readyz."""
    if running.process.poll() is not None:
        raise SystemExit(f"make run ended:\n{running.text[-2000:]}")
    found = ADDRESS.search(running.text)
    return found is not None and site.answers(found[0] + "/readyz")


def run() -> dict[str, Any]:
    """Seconds of both starts, beside their aims."""
    folder = Path(tempfile.mkdtemp(prefix="start-"))
    try:
        clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        seconds = {name: round(start(clone, name), 1) for name in AIMS}
        return {"name": "start", "seconds": seconds, "aims": AIMS}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run from the command line; the JSON stands on the last line."""
    report = run()
    rows = [(name, report["seconds"][name], AIMS[name]) for name in AIMS]
    print(tabulate(rows, ["make run", "seconds", "aim"], tablefmt="github"))
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
