"""Commands for local servers: `python -m config.local_services --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from config.local_services.services import start_servers
from config.local_services.folders import FolderLock
from config.local_services.supervisor import Program, ProgramFailed, Stopped, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Run one command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m config.local_services")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run a command with servers of its own")
    run.add_argument("--data", type=Path, default=ROOT / "var" / "site", help="data folder")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- command")
    site = commands.add_parser("site", help="run the whole site until Ctrl-C")
    site.add_argument("--data", type=Path, default=ROOT / "var" / "site", help="data folder")
    options = parser.parse_args()
    try:
        if options.command == "site":
            from config.local_services.site import run_site

            return run_site(options.data)
        return run_command(options.data, [w for w in options.argv if w != "--"] or ["bash"])
    except ProgramFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1


def run_command(data: Path, argv: list[str]) -> int:
    """Servers for the length of one command, which keeps the terminal."""
    import os
    import subprocess

    lock = FolderLock(data)
    if not lock.acquire():
        # Someone runs the site or a shell on this folder already: use their servers.
        from config.local_services.addresses import Addresses

        variables = {**Addresses(data.resolve()).environment(), **os.environ}
        return subprocess.call(argv, env=variables)
    with Supervisor(sys.stderr, quiet=("initdb",)) as manager:
        try:
            variables = start_servers(manager, data)
            child = subprocess.Popen(argv, env={**os.environ, **variables})
            manager.wait_until(lambda: child.poll() is not None, float("inf"))
        except Stopped:
            child.terminate()
            child.wait()
        return child.returncode


if __name__ == "__main__":
    sys.exit(main())
