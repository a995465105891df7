"""The process manager on real processes."""

from __future__ import annotations

import os
import pwd
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local_services.supervisor import Program, Supervisor
from tests.config.processes import Started, ended
from tests.waiting import eventually

MANAGER = [sys.executable, "-m", "tests.config.manager_with_two"]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Started]:
    yield from ended(Started(MANAGER, tmp_path / "output", ignore_sigint=True))


def _is_up(manager: Started) -> None:
    manager.says("first | sleeping")
    manager.says("second | stubborn")


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_stops_everything(manager: Started, which: signal.Signals) -> None:
    """SIGINT too although it was ignored at the start, as it is for background commands."""
    _is_up(manager)
    eventually(lambda: len(manager.descendants()) == 3)
    assert manager.stop(which) == 0
    assert f"asked by {which.name}" in manager.text
    assert manager.descendants() == []


def test_a_killed_program_is_started_again_and_reported(manager: Started) -> None:
    _is_up(manager)
    first = manager.named("print('sleeping'")
    assert first
    first.kill()
    manager.says("first ended (signal SIGKILL); starts again in 0.5 s")
    eventually(lambda: manager.text.count("first | sleeping") == 2)
    second = manager.named("print('sleeping'")
    assert second and second.pid != first.pid


def test_pauses_grow_while_a_program_keeps_failing(manager: Started) -> None:
    _is_up(manager)
    for pause in ("0.5", "1.0", "2.0"):
        program = eventually(lambda: manager.named("print('sleeping'"))
        program.kill()
        manager.says(f"starts again in {pause} s")


def test_nothing_of_a_killed_program_stays(manager: Started) -> None:
    _is_up(manager)
    stubborn = manager.named("signal.pause")
    grandchild = eventually(lambda: manager.named("# grandchild"))
    assert stubborn and manager.named("# grandchild")
    stubborn.kill()
    eventually(lambda: not grandchild.is_running())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help exists on Linux only")
def test_programs_end_with_a_killed_manager(manager: Started) -> None:
    _is_up(manager)
    first = manager.named("print('sleeping'")
    assert first
    manager.process.kill()
    eventually(lambda: not first.is_running())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands programs to another account")
def test_another_account_reaches_programs_in_a_closed_folder(tmp_path: Path) -> None:
    """As when root clones into a home folder that is closed to everybody else."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "program"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    # access(2), by which initdb looks for the server, and running it
    words = ("/usr/bin/env", "sh", "-c", f"/usr/bin/test -x {program} && {program}")
    with Supervisor(sys.stderr) as supervisor:
        supervisor.run(Program("look", words, account=(nobody.pw_uid, nobody.pw_gid)))
