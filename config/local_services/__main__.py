"""Commands for local servers: `python -m config.local_services --help`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from config.local_services.addresses import Addresses
from config.local_services.folders import FolderLock
from config.local_services.services import start_servers
from config.local_services.site import run_site
from config.local_services.supervisor import Program, ProgramFailed, Stopped, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Run one command; returns its exit status."""
    options = _options()
    try:
        if options.command == "site":
            return run_site(options.data)
        words = [word for word in options.argv if word != "--"]
        return run_command(options.data, words or ["bash"], options)
    except ProgramFailed as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.local_services")
    commands = parser.add_subparsers(dest="command", required=True)
    site = commands.add_parser("site", help="run the whole site until Ctrl-C")
    run = commands.add_parser("run", help="run a command with servers of its own")
    for command in (site, run):
        command.add_argument("--data", type=Path, default=ROOT / "var" / "site", help="data folder")
    run.add_argument("--no-broker", action="store_true", help="PostgreSQL alone")
    run.add_argument("--migrate", action="store_true", help="apply migrations first")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- command")
    return parser.parse_args()


def run_command(data: Path, argv: list[str], options: argparse.Namespace) -> int:
    """Servers for the length of one command, which keeps the terminal and its exit status."""
    lock = FolderLock(data)
    if not lock.acquire():  # the site or a shell runs on this folder: use their servers
        variables = Addresses(data.resolve()).environment()
        return subprocess.call(argv, env={**variables, **os.environ})
    with Supervisor(sys.stderr, quiet=("initdb", "postgres", "valkey", "elasticsearch")) as manager:
        child = None
        try:
            variables = start_servers(manager, data, broker=not options.no_broker)
            if options.migrate:
                words = (sys.executable, "manage.py", "migrate", "--verbosity=0")
                manager.run(Program("migrate", words, variables))
            child = subprocess.Popen(argv, env={**os.environ, **variables})
            manager.wait_until(lambda: child.poll() is not None, float("inf"))
        except Stopped:
            return _end(child)
        return child.returncode


def _end(child: subprocess.Popen[bytes] | None) -> int:
    """End an interrupted command. Returns the status that a shell would give."""
    if child is not None:
        child.terminate()
        child.wait()
    return 130


if __name__ == "__main__":
    sys.exit(main())
