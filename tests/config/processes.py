"""Starting our own commands as real processes and finding what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tests.waiting import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "TEST_PROCESS_MARK"
SERVERS = (
    "DATABASE_URL",
    "BROKER_URL",
    "CACHE_URL",
    "DATA_DIR",
    "SEARCH_ENGINE",
    "ELASTICSEARCH_URL",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",  # set for the browser tests of the same process
)


class Started:
    """One command in a session of its own, its output in a file; every descendant is marked."""

    def __init__(
        self, words: list[str], output: Path, *, ignore_sigint: bool = False, **variables: str
    ) -> None:
        self.mark = uuid.uuid4().hex
        self.output = output
        inherited = {k: v for k, v in os.environ.items() if k not in (*SERVERS, "MAKELEVEL")}
        previous = signal.getsignal(signal.SIGINT)
        if ignore_sigint:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for `command &`
        try:
            with output.open("wb") as file:
                self.process = subprocess.Popen(
                    words,
                    cwd=ROOT,
                    env={**inherited, **variables, MARK: self.mark},
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        finally:
            signal.signal(signal.SIGINT, previous)

    @property
    def text(self) -> str:
        return self.output.read_text()

    def says(self, words: str, within: float = 60) -> str:
        """Wait until the output holds these words; returns the whole output."""
        eventually(lambda: words in self.text or self.process.poll() is not None, within, words)
        assert words in self.text, self.text
        return self.text

    def stop(self, which: signal.Signals = signal.SIGTERM, within: float = 40) -> int:
        """Send a signal to the whole session as a terminal does; returns the exit status."""
        os.killpg(self.process.pid, which)
        return self.process.wait(within)

    def descendants(self) -> list[psutil.Process]:
        """Every living process that this command has started, however far away from it."""
        return [p for p in psutil.process_iter() if p.pid != self.process.pid and self._ours(p)]

    def named(self, part: str) -> psutil.Process | None:
        """One descendant whose command line holds this part."""
        for process in self.descendants():
            with suppress(psutil.Error):
                if part in " ".join(process.cmdline()):
                    return process
        return None

    def _ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error, OSError):
            alive = process.status() != psutil.STATUS_ZOMBIE
            return alive and process.environ().get(MARK) == self.mark
        return False

    def end(self) -> None:
        """Whatever a failed test has left."""
        for process in [*self.descendants(), self.process]:
            with suppress(psutil.Error, OSError):
                process.kill()
        self.process.wait(10)


def services(*words: str) -> list[str]:
    """The command line of our local services."""
    return [sys.executable, "-m", "config.local_services", *words]


def ended(started: Started) -> Iterator[Started]:
    """For fixtures: hand out the command, clean up after the test."""
    try:
        yield started
    finally:
        started.end()
