"""`make run`: the whole site on one machine until Ctrl-C."""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from config.local_services.folders import FolderLock
from config.local_services.services import start_servers
from config.local_services.supervisor import Program, ProgramFailed, Stopped, Supervisor

PREFERRED_PORT = 8000
CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "config")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# Containers run as root; the warning is about pickled messages, which are refused here.
NO_ROOT_WARNING = "ignore:You're running the worker with superuser privileges"


def run_site(data: Path) -> int:
    """Start everything, print address and sign-ins, serve. Returns the exit status."""
    lock = FolderLock(data.resolve())
    if not lock.acquire():
        raise ProgramFailed(f"the site already runs here, as process {lock.holder}")
    with Supervisor(quiet=("initdb", "valkey", "elasticsearch")) as manager:
        try:
            _serve(manager, data.resolve())
        except Stopped as stopped:
            manager.say(f"stopping ({stopped})")
        manager.stop_all()
        manager.say("stopped")
    lock.release()
    return 0


def _serve(manager: Supervisor, data: Path) -> None:
    started = time.monotonic()
    with listening_socket() as door:
        address = address_of(door)
        manager.say("starting")
        prepared = data / "prepared-now"
        prepared.unlink(missing_ok=True)
        own = {
            "PREPARED_FILE": str(prepared),
            "DEMO": os.environ.get("DEMO", "1"),
            "SITE_URL": os.environ.get("SITE_URL", address),
            **_home(data),
        }
        # Loading the encoder takes longest; the worker waits by itself until all is prepared.
        variables = own | start_servers(
            manager, data, meanwhile=lambda found: manager.start(worker(own | found))
        )
        module = "config.local_services.prepare"
        manager.run(Program("prepare", (sys.executable, "-m", module), variables))
        manager.start(web(door, variables), scheduler(variables))
        manager.wait_until(lambda: answers(address + "/livez"), 60)
        _welcome(manager, address, data)
        ready = _once(lambda: answers(address + "/readyz"))
        try:
            manager.wait_until(ready, 300)
            manager.say(f"ready after {time.monotonic() - started:.0f} s; Ctrl-C stops everything")
        except ProgramFailed as failure:  # what does work goes on; /readyz says what does not
            manager.say(f"not ready: {failure}")
        manager.supervise()


def listening_socket() -> socket.socket:
    """The site's door: HOST and PORT, or the preferred port, or any free one.

    The manager holds it, so that visitors wait instead of being refused while the web server
    starts again. Raises ProgramFailed when the wanted port cannot be had.
    """
    host, wanted = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "")
    if wanted and not (wanted.isdecimal() and int(wanted) < 65536):
        raise ProgramFailed(f"PORT: {wanted!r} is not a port number")
    for port in [int(wanted)] if wanted else [PREFERRED_PORT, 0]:
        with suppress(OSError):
            return socket.create_server((host, port), backlog=256)
    raise ProgramFailed(f"{host}:{wanted} is taken or not allowed; choose another PORT or HOST")


def address_of(door: socket.socket) -> str:
    """`http://host:port`, a host that a browser on this machine can use."""
    host, port = door.getsockname()[:2]
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"


def _home(data: Path) -> dict[str, str]:
    """A home of our own where the person's is missing or may not be written."""
    home = os.environ.get("HOME", "")
    if home and os.access(home, os.W_OK | os.X_OK):
        return {}
    own = data / "home"
    own.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(own)}


def web(door: socket.socket, variables: dict[str, str]) -> Program:
    """The production web server, on the socket that the manager holds."""
    words = (sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn")
    fd = door.fileno()
    return Program("web", (*words, f"--bind=fd://{fd}"), variables | ONE_THREAD, pass_fds=(fd,))


def worker(variables: dict[str, str]) -> Program:
    """Background work, in as many processes as a small machine has processors."""
    options = ("--loglevel=INFO", "--without-gossip", "--without-mingle")
    processes = f"--concurrency={os.environ.get('WORKER_PROCESSES', '2')}"
    quiet = {"PYTHONWARNINGS": NO_ROOT_WARNING}
    return Program(
        "worker", (*CELERY, "worker", *options, processes), variables | ONE_THREAD | quiet
    )


def scheduler(variables: dict[str, str]) -> Program:
    """The timetable of periodic work; one process is enough and more would be wrong."""
    return Program("scheduler", (*CELERY, "beat", "--loglevel=WARNING"), variables)


def answers(url: str) -> bool:
    """Whether this address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except OSError:  # which an answer of 4xx or 5xx is too
        return False


def _once(check: Callable[[], bool], every: float = 0.5) -> Callable[[], bool]:
    """The check, asked not more often than `every` seconds."""
    asked = 0.0

    def answer() -> bool:
        nonlocal asked
        if time.monotonic() - asked < every:
            return False
        asked = time.monotonic()
        return check()

    return answer


def _welcome(manager: Supervisor, address: str, data: Path) -> None:
    manager.say(address)
    signins = data / "signins.txt"
    for line in signins.read_text().splitlines() if signins.exists() else []:
        manager.say(line)
