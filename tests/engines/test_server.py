"""A server from the archive: without rights, with its data, and clear words when it cannot be."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.local_services.addresses import Addresses
from config.local_services.elasticsearch import newest_java, unpacked
from config.local_services.elasticsearch.archive import named_archive
from config.local_services.folders import make_private
from config.local_services.supervisor import ProgramFailed
from tests.config.processes import Started, services
from tests.search_server import archive, one_at_a_time, open_folder
from tests.waiting import eventually

Start = Callable[..., Started]
SLEEP = (sys.executable, "-c", "print('running', flush=True); import time; time.sleep(600)")
WITHIN = 200
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Unlike pytest's own temporary folders open to the account that runs the server."""
    with one_at_a_time(), open_folder() as found:
        yield found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a command with a search server of its own, without the broker."""
    running: list[Started] = []

    def begin(data: Path, *words: str, **variables: str) -> Started:
        chosen = {"SEARCH_ENGINE": "elasticsearch", "ELASTICSEARCH_ARCHIVE": str(archive())}
        chosen["DATABASE_URL"] = os.environ["DATABASE_URL"]
        command = services("run", "--no-broker", "--data", str(data), "--", *words)
        output = tmp_path / f"output-{len(running)}"
        running.append(Started(command, output, **{**chosen, **variables}))
        return running[-1]

    yield begin
    for started in running:
        started.end()


def ask(data: Path, path: str, method: str = "GET", body: object = None) -> dict[str, object]:
    """The answer of the server that runs for this data folder."""
    request = urllib.request.Request(
        Addresses(data).elasticsearch_url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def test_its_life_without_rights_from_start_to_end(folder: Path, start: Start) -> None:
    """Started, stopped, found again, killed and started again, its manager killed: data stays."""
    data = folder / "data"
    first = start(data, *SLEEP)
    first.says("running", WITHIN)
    server = first.named("org.elasticsearch.bootstrap.Elasticsearch")
    assert server is not None and server.uids().effective != 0
    assert _rights(server.pid) == 0
    ask(data, "/kept/_doc/1?refresh=true", "PUT", {"word": "서울"})
    address = Addresses(data).elasticsearch_url
    first.stop()
    assert first.descendants() == []

    second = start(data, *SLEEP)
    second.says("running", WITHIN)
    assert Addresses(data).elasticsearch_url == address
    assert ask(data, "/kept/_doc/1")["_source"] == {"word": "서울"}

    server = second.named("org.elasticsearch.bootstrap.Elasticsearch")
    assert server is not None
    server.kill()
    second.says("elasticsearch ended", WITHIN)
    eventually(lambda: _well(data), WITHIN)

    server = second.named("org.elasticsearch.bootstrap.Elasticsearch")
    assert server is not None
    second.process.kill()  # nobody tells the server, the kernel does
    second.process.wait()
    third = start(data, *SLEEP)
    third.says("running", WITHIN)
    assert ask(data, "/kept/_doc/1")["_source"] == {"word": "서울"}
    assert not psutil.pid_exists(server.pid)


def _rights(process: int) -> int:
    """The capabilities that a process has, as bits."""
    words = Path(f"/proc/{process}/status").read_text().split()
    return int(words[words.index("CapEff:") + 1], 16)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as someone else")
def test_below_a_closed_folder_it_moves_to_one_that_it_reaches(folder: Path, start: Start) -> None:
    closed, elsewhere = folder / "closed", folder / "elsewhere"
    closed.mkdir(mode=0o700)
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    started = start(closed / "data", *SLEEP, TMPDIR=str(elsewhere))
    started.says("running", WITHIN)
    assert [path.name for path in elsewhere.iterdir() if path.name.endswith("-elasticsearch")]
    assert "cluster_name" in ask(closed / "data", "/_cluster/health")


def _well(data: Path) -> bool:
    try:
        return ask(data, "/_cluster/health")["status"] in {"green", "yellow"}
    except OSError:
        return False


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"ELASTICSEARCH_ARCHIVE": ""}, "name a running server in ELASTICSEARCH_URL"),
        ({"ELASTICSEARCH_ARCHIVE": "/no/such.zip"}, "/no/such.zip does not exist"),
        ({"ELASTICSEARCH_ARCHIVE": "/"}, "ELASTICSEARCH_ARCHIVE: / is not a file"),
        ({"ELASTICSEARCH_ARCHIVE": __file__}, "is not a complete zip or tar.gz archive"),
        ({"ES_JAVA_HOME": "/no/such/java"}, "ES_JAVA_HOME: /no/such/java holds no Java"),
    ],
)
def test_what_cannot_start_says_so(
    folder: Path, start: Start, variables: dict[str, str], words: str
) -> None:
    """One line for people, nothing started, nothing left."""
    started = start(folder / "data", *SLEEP, **variables)
    assert started.process.wait(WITHIN) == 1
    assert f"error: {words}" in started.text or words in started.text
    assert "Traceback" not in started.text
    assert started.descendants() == []


def test_a_server_that_dies_shows_its_last_lines(folder: Path, start: Start) -> None:
    started = start(folder / "data", *SLEEP, ELASTICSEARCH_HEAP="1m")
    assert started.process.wait(WITHIN) == 1
    assert "elasticsearch keeps failing, as its lines say" in started.text
    assert "heap" in started.text.lower()


# --- the archive -----------------------------------------------------------------------------


def _small(path: Path, version: str = "8.19.21", inner: str = "server/") -> Path:
    """An archive with the shape of a server and nothing in it."""
    with zipfile.ZipFile(path, "w") as target:
        target.writestr(f"{inner}bin/elasticsearch", "#!/bin/sh\n")
        target.writestr(f"{inner}lib/elasticsearch-{version}.jar", "")
    return path


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    source = _small(tmp_path / "server.zip")
    found = unpacked(source, tmp_path)
    assert found.version == (8, 19, 21)
    assert os.access(found.start, os.X_OK)
    written = found.start.stat().st_mtime_ns
    assert unpacked(source, tmp_path) == found and found.start.stat().st_mtime_ns == written
    found.start.unlink()  # a cleaner of old files was here
    assert unpacked(source, tmp_path).start.exists()


def test_a_tar_archive_will_do_too(tmp_path: Path) -> None:
    unpacked(_small(tmp_path / "server.zip"), tmp_path)
    inside = tmp_path / "inside"
    shutil.unpack_archive(tmp_path / "server.zip", inside)
    (inside / "server" / "bin" / "elasticsearch").chmod(0o755)
    made = shutil.make_archive(str(tmp_path / "server"), "gztar", inside)
    assert os.access(unpacked(Path(made), tmp_path / "made").start, os.X_OK)


@pytest.mark.parametrize("damage", ["cut", "flipped", "another checksum", "old", "no server"])
def test_a_bad_archive_leaves_nothing(tmp_path: Path, damage: str) -> None:
    source = _small(tmp_path / "server.zip", "7.17.1" if damage == "old" else "8.19.21")
    cache = tmp_path / "cache"
    content = bytearray(source.read_bytes())
    words = "is not a complete zip or tar.gz archive"
    if damage == "cut":
        source.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[content.index(b"#!/bin/sh")] ^= 1
        source.write_bytes(content)
    elif damage == "another checksum":
        (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  server.zip\n")
        words = "its checksum is not the one in SHA256SUMS"
    elif damage == "old":
        words = "is version 7.17.1; 8.19 or newer is needed"
    else:
        _small(source, inner="server/deep/er/")
        words = "holds no Elasticsearch server"
    cache.mkdir()
    with pytest.raises(ProgramFailed, match=words):
        unpacked(source, cache)
    assert damage == "old" or [p for p in cache.iterdir() if p.is_dir()] == []


def test_the_checksum_beside_the_archive_is_kept(tmp_path: Path) -> None:
    source = _small(tmp_path / "server.zip")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  server.zip\n")
    assert unpacked(source, tmp_path).version == (8, 19, 21)


def test_a_relative_archive_counts_from_where_the_person_stands(tmp_path: Path) -> None:
    here = {"ELASTICSEARCH_ARCHIVE": "../server.zip", "CALLER": str(tmp_path / "inside")}
    assert named_archive(here) == tmp_path / "inside" / ".." / "server.zip"
    assert named_archive({"ELASTICSEARCH_ARCHIVE": " "}) is None


# --- Java ------------------------------------------------------------------------------------


def _java(home: Path, version: str, note: bool = True) -> Path:
    (home / "bin").mkdir(parents=True)
    binary = home / "bin" / "java"
    binary.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    binary.chmod(0o755)
    if note:
        (home / "release").write_text(f'JAVA_VERSION="{version}"\n')
    return home


def test_the_newest_java_is_taken(tmp_path: Path) -> None:
    for version in ("9.0.4", "17.0.2", "25.0.3", "21"):
        _java(tmp_path / "jvm" / f"java-{version}", version, note=version != "25.0.3")
    (tmp_path / "jvm" / "sources-only-30").mkdir()
    found = newest_java({"PATH": ""}, (tmp_path / "jvm",))
    assert found.version == "25.0.3"
    named = {"PATH": "", "ES_JAVA_HOME": str(tmp_path / "jvm" / "java-21")}
    assert newest_java(named, (tmp_path / "jvm",)).version == "21"


@pytest.mark.parametrize(
    ("version", "words"),
    [("", "none was found. Debian: apt-get"), ("11.0.2", "the newest found is 11.0.2 in")],
)
def test_no_java_or_an_old_one_is_said(tmp_path: Path, version: str, words: str) -> None:
    if version:
        _java(tmp_path / "old", version)
    with pytest.raises(ProgramFailed, match=words):
        newest_java({"PATH": "", "JAVA_HOME": str(tmp_path / "old")}, (tmp_path / "jvm",))


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(ProgramFailed, match="belongs to another account"):
        make_private(tmp_path / "link")
