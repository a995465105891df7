"""One real Elasticsearch for a whole test run, started when the first test asks for it.

The process that started the other servers keeps it: a thread there waits for a note from whichever
worker wants the server first, starts it from the archive and answers with another note. So it
outlives every worker and goes with the run, also when the run is killed.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.local_services.elasticsearch import READY_WITHIN, Elasticsearch, named_archive
from config.local_services.supervisor import ProgramFailed, Stopped, Supervisor
from tests.real_parts import SEARCH_SERVER, missing_part
from tests.waiting import eventually

FOLDER = "TEST_SEARCH_SERVER"  # variable with the folder of the notes
POLL = 0.2  # seconds


class Keeper:
    """The thread that starts the server on demand and ends it with the test run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._end = threading.Event()
        for note in (_wanted(folder), _answer(folder)):
            note.unlink(missing_ok=True)
        os.environ[FOLDER] = str(folder)
        # The kernel ends the server with the thread that started it, so this one stays.
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the server, if one was started."""
        self._end.set()
        self._thread.join()

    def _keep(self) -> None:
        while not _wanted(self.folder).exists():
            if self._end.wait(POLL):
                return
        output = io.StringIO()
        with Supervisor(output, quiet=("elasticsearch",)) as manager:
            try:
                self._serve(manager)
            except (ProgramFailed, Stopped, OSError) as problem:
                lines = output.getvalue().splitlines()[-12:]
                self._say(problem="\n".join([*lines, str(problem)]))
            self._end.wait()

    def _serve(self, manager: Supervisor) -> None:
        archive = named_archive()
        assert archive is not None
        node = Elasticsearch(self.folder, archive).node()
        node.forget()  # what earlier runs have left
        manager.start(node.program())
        manager.wait_ready(READY_WITHIN)
        self._say(url=node.url)
        while not self._end.wait(POLL):
            manager.tend()

    def _say(self, **answer: str) -> None:
        draft = _answer(self.folder).with_suffix(".new")
        draft.write_text(json.dumps(answer))
        draft.replace(_answer(self.folder))


def _wanted(folder: Path) -> Path:
    return folder / "search-server-wanted"


def _answer(folder: Path) -> Path:
    return folder / "search-server"


def archive() -> Path:
    """The archive that tests start servers from; without one the test is left out."""
    return named_archive() or missing_part(SEARCH_SERVER)


def server_url() -> str:
    """Address of the server that all workers of this run share, or of ELASTICSEARCH_URL."""
    if url := os.environ.get("ELASTICSEARCH_URL"):
        return url
    archive()
    folder = Path(os.environ[FOLDER])
    _wanted(folder).touch()
    eventually(_answer(folder).exists, READY_WITHIN + 20, "an Elasticsearch from the archive")
    answer = json.loads(_answer(folder).read_text())
    assert "url" in answer, f"no Elasticsearch from {named_archive()}:\n{answer['problem']}"
    return str(answer["url"])


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder beside the test servers' own, which an account without rights can reach."""
    with tempfile.TemporaryDirectory(prefix="server-", dir=os.environ[FOLDER]) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """For tests with servers of their own: two at once would crowd a small machine."""
    with (Path(os.environ[FOLDER]) / "own-servers.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
