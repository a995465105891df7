"""The embedded servers: found again, healed, out of each other's way, gone at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.local_services.addresses import Addresses
from tests.config.processes import MARK, ROOT, SERVERS, Started, services
from tests.waiting import eventually

Start = Callable[..., Started]
SLEEP = (sys.executable, "-c", "print('running', flush=True); import time; time.sleep(600)")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts commands with servers; cleans up whatever the test leaves."""
    running: list[Started] = []

    def begin(data: Path, *words: str, **variables: str) -> Started:
        output = tmp_path / f"output-{len(running)}"
        command = services("run", "--data", str(data), "--", *words)
        running.append(Started(command, output, **variables))
        return running[-1]

    yield begin
    for started in running:
        started.end()


def _query(data: Path, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(Addresses(data).database_url, autocommit=True) as link:
        cursor = link.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def test_a_second_start_finds_its_data_again(tmp_path: Path, start: Start) -> None:
    data = tmp_path / "data"
    first = start(data, *SLEEP)
    first.says("running")
    _query(data, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    assert first.descendants() == []
    start(data, *SLEEP).says("running")
    assert _query(data, "SELECT answer FROM kept") == [(42,)]


def test_vectors_and_korean_text_are_there(tmp_path: Path, start: Start) -> None:
    start(tmp_path / "data", *SLEEP).says("running")
    _query(tmp_path / "data", "CREATE EXTENSION vector")
    assert _query(tmp_path / "data", "SELECT '[1,2]'::vector <-> '[1,4]', upper('서울 é')") == [
        (2.0, "서울 É")
    ]


def test_two_folders_at_once(tmp_path: Path, start: Start) -> None:
    for name in ("one", "two"):
        start(tmp_path / name, *SLEEP).says("running")
    for name in ("one", "two"):
        _query(tmp_path / name, f"CREATE TABLE only_{name} ()")
        socket = Addresses(tmp_path / name).valkey_socket
        assert redis.Redis(unix_socket_path=str(socket)).ping()


def test_a_second_command_joins_the_running_servers(tmp_path: Path, start: Start) -> None:
    data = tmp_path / "data"
    start(data, *SLEEP).says("running")
    show = "import os; print('joined', os.environ['DATABASE_URL'])"
    second = start(data, sys.executable, "-c", show)
    second.says("joined " + Addresses(data).database_url)
    assert second.process.wait(30) == 0
    assert _query(data, "SELECT 1") == [(1,)]


def test_long_folders_work(tmp_path: Path, start: Start) -> None:
    data = tmp_path / ("매우긴폴더" * 12) / "data"
    start(data, *SLEEP).says("running")
    assert _query(data, "SELECT 1") == [(1,)]


def test_the_command_decides_the_exit_status(tmp_path: Path, start: Start) -> None:
    assert start(tmp_path / "data", sys.executable, "-c", "exit(3)").process.wait(60) == 3


def _another_process() -> int:
    """The id of a living process that is no server: this one's parent."""
    return os.getppid()


@pytest.mark.parametrize("left", ["another process", "nothing in it", "a number nobody has"])
def test_a_stale_lock_is_healed(tmp_path: Path, start: Start, left: str) -> None:
    """After a power cut the lock names a process that may be anything by now, or is empty."""
    data = tmp_path / "data"
    first = start(data, *SLEEP)
    first.says("running")
    lock = Addresses(data).postgres_data / "postmaster.pid"
    text = lock.read_text()
    first.stop()
    number = {"another process": _another_process(), "a number nobody has": 2**22 - 1}.get(left)
    lock.write_text("" if number is None else f"{number}\n" + text.split("\n", 1)[1])
    socket_lock = Addresses(data).postgres_sockets / ".s.PGSQL.5432.lock"
    socket_lock.write_text(lock.read_text())
    start(data, *SLEEP).says("running")
    assert _query(data, "SELECT 1") == [(1,)]


def test_after_a_killed_manager_the_next_start_works(tmp_path: Path, start: Start) -> None:
    data = tmp_path / "data"
    first = start(data, *SLEEP)
    first.says("running")
    _query(data, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.process.kill()
    first.process.wait()
    start(data, *SLEEP).says("running")
    assert _query(data, "SELECT answer FROM kept") == [(42,)]


def test_a_killed_server_is_started_again(tmp_path: Path, start: Start) -> None:
    data = tmp_path / "data"
    first = start(data, *SLEEP)
    first.says("running")
    server = int((Addresses(data).postgres_data / "postmaster.pid").read_text().split()[0])
    os.kill(server, 9)
    first.says("postgres ended (signal SIGKILL)")
    eventually(lambda: _answers(data))


def _answers(data: Path) -> bool:
    try:
        return _query(data, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def test_external_servers_are_used_instead(tmp_path: Path, start: Start) -> None:
    """What a variable names is not started."""
    url = os.environ["DATABASE_URL"]
    show = "import os; print('uses', os.environ['DATABASE_URL'])"
    started = start(tmp_path / "data", sys.executable, "-c", show, DATABASE_URL=url)
    started.says(f"uses {url}")
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_home_that_cannot_be_written_does_not_matter(tmp_path: Path, start: Start) -> None:
    started = start(tmp_path / "data", sys.executable, "-c", "print('fine')", HOME="/nonexistent")
    started.says("fine")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as someone else")
def test_an_ordinary_account_can_run_it_too(tmp_path: Path) -> None:
    """The whole way as `nobody`, which has no home and may write in its data folder only."""
    data = tmp_path / "data"
    data.mkdir()
    for folder in (data, *data.parents):
        folder.chmod(folder.stat().st_mode | 0o005)
    data.chmod(0o777)
    interpreter = Path(sys.executable).resolve()
    readable = subprocess.run(
        ["setpriv", "--reuid=nobody", "--clear-groups", str(interpreter), "-c", "import redis"],
        capture_output=True,
    )
    if readable.returncode:
        pytest.skip("this interpreter stands in a folder that only root may enter")
    words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    words += services("run", "--data", str(data), "--", sys.executable, "-c", "print('fine')")
    inherited = {k: v for k, v in os.environ.items() if k not in (*SERVERS, MARK)}
    result = subprocess.run(words, cwd=ROOT, env=inherited, capture_output=True, text=True)
    assert "fine" in result.stdout, result.stderr
