"""`make run` as a person meets it: everything up, one part killed, Ctrl-C, nothing left."""

from __future__ import annotations

import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.config.processes import Started, ended, services
from tests.waiting import eventually

pytestmark = [pytest.mark.worker, pytest.mark.encoder]
ADDRESS = re.compile(r"http://[0-9a-z.]+:[0-9]+")


class Site:
    """A started site and its address."""

    def __init__(self, started: Started) -> None:
        self.started = started

    @property
    def address(self) -> str:
        found = ADDRESS.search(self.started.says("http://", within=90))
        assert found
        return found.group()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ready(self) -> bool:
        return self.get("/readyz")[0] == 200


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def site(data: Path, tmp_path: Path) -> Iterator[Site]:
    """Started as by `make run &` in a script: SIGINT ignored, no terminal; port 8000 is taken."""
    words = services("site", "--data", str(data))
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 8000))
            other.listen()
        except OSError:
            pass  # taken by someone else: just as good
        started = Started(words, tmp_path / "output", ignore_sigint=True, DEMO="0")
        for running in ended(started):
            yield Site(running)


def test_the_whole_site(site: Site, data: Path) -> None:
    """One walk through the life of a site, because a start takes a while."""
    eventually(site.ready, within=120, what="ready")
    assert not site.address.endswith(":8000")
    assert site.get("/")[0] == 200

    worker = _program(site, "worker")
    assert worker
    worker.kill()
    site.started.says("worker ended (signal SIGKILL); starts again")
    eventually(lambda: _program(site, "worker") not in {None, worker}, what="a new worker")
    eventually(site.ready, within=120, what="ready again")

    second = Started(services("site", "--data", str(data)), data / "second-output")
    assert second.process.wait(30) == 1
    assert "already runs here" in second.text

    assert site.started.stop(signal.SIGINT) == 0
    assert site.started.descendants() == []
    assert "Traceback" not in site.started.text, site.started.text


def _program(site: Site, name: str) -> psutil.Process | None:
    """The celery program that the manager itself has started, not one of its children."""
    for process in psutil.Process(site.started.process.pid).children():
        with suppress(psutil.Error):
            if {"celery", name} <= set(process.cmdline()):
                return process
    return None


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        words = services("site", "--data", str(tmp_path / "site"))
        started = Started(words, tmp_path / "output", PORT=port)
        assert started.process.wait(60) == 1
    assert f"error: 127.0.0.1:{port} is taken" in started.text
    assert "Traceback" not in started.text
