"""`make evaluate`: measure the matching on judged data with a database of its own.

Reads DIR, SCORES and JSON (optional) from the environment; relative paths count from CALLER.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.local_services.folders import first_free
from config.local_services.services import start_servers
from config.local_services.supervisor import Program, ProgramFailed, Stopped, Supervisor

ROOT = Path(__file__).resolve().parent.parent
USAGE = "usage: make evaluate DIR=folder SCORES=file.tsv [JSON=file.json]"


def main() -> int:
    """Start PostgreSQL, run the command, stop PostgreSQL. Returns the command's exit status."""
    if not (os.environ.get("DIR") and os.environ.get("SCORES")):
        print(USAGE, file=sys.stderr)
        return 2
    caller = Path(os.environ.get("CALLER") or Path.cwd())
    lock = first_free(ROOT / "var" / "evaluate")
    try:
        return evaluate(lock.path.parent, arguments(caller))
    except ProgramFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    finally:
        lock.release()


def arguments(caller: Path) -> list[str]:
    """The command's arguments with absolute paths. Raises ProgramFailed without such a folder."""
    folder = caller / os.environ["DIR"]
    if not folder.is_dir():
        raise ProgramFailed(f"DIR: there is no folder {folder}")
    words = [str(folder), "--scores", str(caller / os.environ["SCORES"])]
    if os.environ.get("JSON"):
        words += ["--json", str(caller / os.environ["JSON"])]
    return words


def evaluate(data: Path, words: list[str]) -> int:
    """Run the command in this data folder; its output goes where ours goes."""
    manage = (sys.executable, "manage.py")
    with Supervisor(sys.stderr, quiet=("postgres", "initdb")) as manager:
        child = None
        try:
            variables = start_servers(manager, data, careless=True, broker=False)
            manager.run(Program("migrate", (*manage, "migrate", "--verbosity=0"), variables))
            environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
            child = subprocess.Popen([*manage, "evaluate_matching", *words], env=environment)
            manager.wait_until(lambda: child.poll() is not None, float("inf"))
            return child.returncode
        except Stopped:
            if child:
                child.terminate()
                child.wait()
            return 130


if __name__ == "__main__":
    sys.exit(main())
