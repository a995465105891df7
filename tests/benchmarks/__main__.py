"""`make bench`: the site with its demo data, every bench_*.py beside this file, and memory.

    python -m tests.benchmarks [name ...]      all of them, or bench_<name>.py alone

Runs with a database, a broker, a worker and a web server of its own under var/bench, which are
kept from one time to the next. What the scripts print is shown; memory also goes to memory.json.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
from tabulate import tabulate

from config.local_services import site
from config.local_services.folders import FolderLock
from config.local_services.services import start_servers
from config.local_services.supervisor import Program, ProgramFailed, Stopped, Supervisor

HERE = Path(__file__).resolve().parent
DATA = HERE.parent.parent / "var" / "bench"


def main(names: list[str]) -> int:
    """Returns 1 when a script has failed."""
    lock = FolderLock(DATA)
    if not lock.acquire():
        sys.exit(f"{DATA} is in use by process {lock.holder}")
    quiet = ("postgres", "valkey", "initdb", "worker", "web", "scheduler")
    try:
        with Supervisor(sys.stderr, quiet=quiet) as manager:
            return measure(manager, names)
    except (ProgramFailed, Stopped) as end:
        sys.exit(f"stopped: {end}")


def measure(manager: Supervisor, names: list[str]) -> int:
    """Bring everything up, run the scripts one after another, weigh the processes."""
    variables = {"DEMO": "1", **start_servers(manager, DATA)}
    module = "config.local_services.prepare"
    manager.run(Program("prepare", (sys.executable, "-m", module), variables))
    with site.listening_socket() as door:
        address = site.address_of(door)
        manager.start(site.web(door, variables), site.worker(variables))
        manager.wait_until(lambda: site.answers(address + "/readyz"), 300)
        failed = [name for name in scripts(names) if run(manager, name, variables)]
        show_memory()
    print(f"failed: {', '.join(failed)}" if failed else "all benchmarks ran")
    return 1 if failed else 0


def scripts(names: list[str]) -> list[str]:
    """Module names of the wanted scripts."""
    found = sorted(path.stem for path in HERE.glob("bench_*.py"))
    return [name for name in found if not names or name.removeprefix("bench_") in names]


def run(manager: Supervisor, name: str, variables: dict[str, str]) -> int:
    """One script, its output shown as it comes. Returns its exit status."""
    print(f"\n=== {name}", flush=True)
    environment = {**os.environ, **variables, **site.ONE_THREAD}
    child = subprocess.Popen([sys.executable, "-m", f"tests.benchmarks.{name}"], env=environment)
    manager.wait_until(lambda: child.poll() is not None, float("inf"))
    return child.returncode


def show_memory() -> None:
    """Memory of each part with its children: what they share is counted once (PSS)."""
    rows = []
    for process in psutil.Process().children():
        words = " ".join(process.cmdline())
        names = {"gunicorn": "web", "celery": "worker", "postgres": "postgres", "valkey": "valkey"}
        name = next((label for part, label in names.items() if part in words), None)
        if name:
            family = [process, *process.children(recursive=True)]
            mib = sum(member.memory_full_info().pss for member in family) / 2**20
            rows.append({"part": name, "processes": len(family), "MiB": round(mib)})
    print("\n=== memory\n" + tabulate(rows, headers="keys", tablefmt="github"), flush=True)
    (DATA / "memory.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
