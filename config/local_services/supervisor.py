"""The process manager: starts programs, prefixes their lines, restarts them, stops them all.

Every program runs in a session of its own, so a Ctrl-C in the terminal reaches only the manager,
which then tells each program in turn; should the manager itself be killed, the kernel tells them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

POLL = 0.05  # seconds between two looks at the programs
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a restart, doubling in between
ENOUGH = 3  # failures in a row after which a start is given up
STEADY_AFTER = 60.0  # seconds after which a program counts as running well
SETPRIV = shutil.which("setpriv") if sys.platform == "linux" else None
DAC_OVERRIDE, SETPCAP = 1, 8  # numbers of capabilities, see capabilities(7)


class Stopped(Exception):  # noqa: N818 - not an error
    """Someone asked the manager to stop while it was waiting for something else."""


class ProgramFailed(Exception):  # noqa: N818 - named for what happened
    """A program did not start or a command failed; the message is a line for people."""


def _nothing() -> None:
    """Default for programs that need no preparation."""


@dataclass
class Program:
    """What to run and how to treat it. `stop` lists (signal, seconds to wait) in order."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop: Sequence[tuple[signal.Signals, float]] = (
        (signal.SIGTERM, 8),
        (signal.SIGQUIT, 5),
    )
    prepare: Callable[[], None] = _nothing
    ready: Callable[[], bool] | None = None
    pass_fds: Sequence[int] = ()
    # Run as this account (only possible for root); None keeps the manager's own.
    account: tuple[int, int] | None = None
    # Whether that account may still read below folders that only root may enter.
    reaches_everything: bool = True


class Child:
    """One running program with the thread that copies its lines."""

    def __init__(self, program: Program, write: Callable[[str, str], None]) -> None:
        self.program = program
        self.started = time.monotonic()
        self.failures = 0  # in a row before this start
        self.restart_at: float | None = None
        program.prepare()
        self.process = subprocess.Popen(
            [*_wrapper(program), *program.argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            pass_fds=program.pass_fds,
            start_new_session=True,
            **_credentials(program),
        )
        assert self.process.stdout is not None
        self._reader = threading.Thread(
            target=_copy_lines, args=(self.process.stdout, program.name, write), daemon=True
        )
        self._reader.start()

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def outcome(self) -> str:
        code = self.process.returncode
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def tell(self, which: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(which)

    def sweep(self) -> None:
        """Kill what the ended program may have left in its session and read its last lines."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._reader.join(timeout=1)


def _wrapper(program: Program) -> list[str]:
    """Ask the kernel to pass on the manager's death; drop root's rights where wanted.

    Unless the program needs nothing of the kind, another account keeps the right to read files in
    folders that only root may enter, so that no folder's permissions have to be changed.
    """
    if SETPRIV is None:
        return []
    rights: list[str] = []
    if program.account is not None:
        user, group = program.account
        rights = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        if program.reaches_everything and _root_has(DAC_OVERRIDE):
            rights += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
            if _root_has(SETPCAP):  # else access(), which initdb asks, leaves the right out
                rights.append("--securebits=+no_setuid_fixup")
    last = program.stop[0][0].name.removeprefix("SIG")
    return [SETPRIV, *rights, f"--pdeathsig={last}", "--"]


def _root_has(capability: int) -> bool:
    """Whether root still has the right with this number; some containers take rights away."""
    words = Path("/proc/self/status").read_text().split()
    return bool(int(words[words.index("CapEff:") + 1], 16) >> capability & 1)


def _credentials(program: Program) -> dict[str, Any]:
    """Popen's own way to change the account, where there is no setpriv."""
    if SETPRIV is not None or program.account is None:
        return {}
    user, group = program.account
    return {"user": user, "group": group, "extra_groups": []}


def _copy_lines(stream: IO[bytes], name: str, write: Callable[[str, str], None]) -> None:
    with stream:
        for line in stream:
            write(name, line.decode(errors="replace").rstrip())


class Supervisor:
    """Runs programs until one of SIGINT, SIGTERM or SIGHUP arrives. Use it as a context manager.

    Programs stop in the reverse order of the groups they were started in. The lines of the
    programs named in `quiet` are shown only when one of them fails.
    """

    def __init__(self, output: IO[str] | None = None, *, quiet: Iterable[str] = ()) -> None:
        self._output = output or sys.stdout
        self._held = {name: deque[str](maxlen=40) for name in quiet}
        self._writing = threading.Lock()
        self._groups: list[list[Child]] = []
        self._asked: signal.Signals | None = None
        self._parent = os.getppid()
        self._follow_parent = "MAKELEVEL" in os.environ  # make, when killed, tells nobody

    def __enter__(self) -> Supervisor:
        if threading.current_thread() is threading.main_thread():
            for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(which, self._ask)  # also where SIGINT was inherited as ignored
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop_all()

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self._asked = signal.Signals(number)

    def say(self, text: str, name: str = "site") -> None:
        """Write one prefixed line, at once."""
        with self._writing, suppress(BrokenPipeError, ValueError):
            self._output.write(f"{name:>9} | {text}\n")
            self._output.flush()

    def _line(self, name: str, text: str) -> None:
        if name in self._held:
            self._held[name].append(text)
        else:
            self.say(text, name)

    def _say_held(self, name: str) -> None:
        """The last lines of a program that is usually quiet: something went wrong with it."""
        for text in self._held.get(name, ()):
            self.say(text, name)

    def start(self, *programs: Program) -> None:
        """Start a group of programs at once; they will be stopped at once too."""
        group: list[Child] = []
        self._groups.append(group)
        for program in programs:
            group.append(Child(program, self._line))

    def wait_ready(self, within: float = 60) -> None:
        """Wait until everything started answers. Raises ProgramFailed or Stopped."""
        waiting = [c.program for group in self._groups for c in group if c.program.ready]
        self.wait_until(lambda: all(p.ready() for p in waiting if p.ready), within, waiting)

    def wait_until(
        self, done: Callable[[], bool], within: float, programs: Sequence[Program] = ()
    ) -> None:
        """Keep everything running until `done`; programs are named when time runs out.

        Raises ProgramFailed then, or as soon as a program keeps failing.
        """
        deadline = time.monotonic() + within
        while not done():
            self.tend()
            for child in (child for group in self._groups for child in group):
                if child.failures >= ENOUGH:
                    raise ProgramFailed(f"{child.program.name} keeps failing, as its lines say")
            if time.monotonic() > deadline:
                late = [p.name for p in programs if p.ready and not p.ready()] or ["the site"]
                raise ProgramFailed(f"{', '.join(late)} did not answer within {within:.0f} s")
            time.sleep(POLL)

    def run(self, program: Program) -> None:
        """Run a command to its end. Raises ProgramFailed unless it succeeds, or Stopped."""
        child = Child(program, self._line)
        try:
            while not child.ended:
                self.tend()
                time.sleep(POLL)
        except BaseException:
            _stop([child])
            raise
        child.sweep()
        if child.process.returncode:
            self._say_held(program.name)
            raise ProgramFailed(f"{program.name} failed ({child.outcome})")

    def supervise(self) -> None:
        """Keep everything running until someone asks to stop; then raise Stopped."""
        while True:
            self.tend()
            time.sleep(4 * POLL)

    def tend(self) -> None:
        """One look at everything: restart what has crashed. Raises Stopped when asked to."""
        if self._follow_parent and os.getppid() != self._parent:
            self._asked = self._asked or signal.SIGTERM
        if self._asked:
            raise Stopped(self._asked.name)
        for group in self._groups:
            for index, child in enumerate(group):
                if child.ended:
                    group[index] = self._restart(child)

    def _restart(self, child: Child) -> Child:
        now = time.monotonic()
        if child.restart_at is None:
            child.sweep()
            if now - child.started > STEADY_AFTER:
                child.failures = 0
            pause = min(FIRST_PAUSE * 2**child.failures, LONGEST_PAUSE)
            child.restart_at = now + pause
            name = child.program.name
            self._say_held(name)
            self.say(f"{name} ended ({child.outcome}); starts again in {pause:.1f} s")
        if now < child.restart_at:
            return child
        successor = Child(child.program, self._line)
        successor.failures = min(child.failures + 1, 10)
        return successor

    def stop_all(self) -> None:
        """Stop every group, the last started first; nothing is left afterwards."""
        while self._groups:
            _stop(self._groups.pop())


def _stop(children: Sequence[Child]) -> None:
    """Tell all of them, wait, insist. Returns when every one has ended."""
    steps = max((len(child.program.stop) for child in children), default=0)
    for step in range(steps):
        told = [c for c in children if not c.ended and step < len(c.program.stop)]
        for child in told:
            child.tell(child.program.stop[step][0])
        _wait_for_end(told, max((c.program.stop[step][1] for c in told), default=0))
    for child in children:
        if not child.ended:
            child.tell(signal.SIGKILL)
            child.process.wait()
        child.sweep()


def _wait_for_end(children: Sequence[Child], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(child.ended for child in children):
        time.sleep(POLL)
