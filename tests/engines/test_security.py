"""Encryption with an authority of our own, passwords, versions: clear errors when one is wrong."""

from __future__ import annotations

import json
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from config.local_services.elasticsearch import Node
from config.local_services.supervisor import Program, Supervisor
from matching.engines import Filters
from matching.engines.elasticsearch import ElasticsearchEngine
from matching.engines.elasticsearch.connection import (
    Address,
    check_version,
    client_of,
    understanding,
)
from matching.engines.elasticsearch.errors import SearchClusterError
from tests.engines.authority import Authority
from tests.engines.clusters import WITHIN, own_server
from tests.matching.prepared import context, crowd, expert, request

ROLE = Path(__file__).with_name("role.json")  # the one that compose.yaml gives to the site
PASSWORD = "correct horse 배터리"
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@contextmanager
def secured(authority: Authority) -> Iterator[str]:
    """Address of a server that speaks only https and knows three accounts of different rights."""
    key, certificate = authority.vouch("server")
    with own_server() as server, Supervisor(quiet=("elasticsearch", "users")) as manager:
        node = server.node()
        node.prepare()
        settings = {"xpack.security.enabled": True, "xpack.security.http.ssl.enabled": True}
        for part, file in (("key", key), ("certificate", certificate)):
            settings[f"xpack.security.http.ssl.{part}"] = str(_for_server(node, file))
        node.settings = settings
        node.trusted = ssl.create_default_context(cafile=str(authority.file))
        node.credentials = ("bridge", PASSWORD)
        roles = {"site": json.loads(ROLE.read_text())}
        _write_for_server(node, "roles.yml", json.dumps(roles).encode())
        accounts = {"bridge": "superuser", "guest": "monitoring_user", "site": "site"}
        for name, role in accounts.items():
            words = ("useradd", name, "-p", PASSWORD, "-r", role)
            manager.run(_command(node, "elasticsearch-users", *words))
        manager.start(node.program())
        manager.wait_ready(WITHIN)
        yield node.url


def _for_server(node: Node, file: Path) -> Path:
    """The server may read only below its own configuration."""
    return _write_for_server(node, file.name, file.read_bytes())


def _write_for_server(node: Node, name: str, content: bytes) -> Path:
    path = node.config / name
    path.write_bytes(content)
    if node.account:
        os.chown(path, *node.account)
    return path


def _command(node: Node, name: str, *words: str) -> Program:
    binary = str(node.distribution.home / "bin" / name)
    return Program("users", [binary, *words], node.environment(), account=node.account)


def problem_of(address: Address) -> SearchClusterError:
    """What the engine's client says about this address."""
    with pytest.raises(SearchClusterError) as caught:
        check_version(client_of(address))
    assert PASSWORD not in str(caught.value) and PASSWORD not in caught.value.sentence
    return caught.value


@pytest.mark.django_db(transaction=True)
@pytest.mark.encoder
def test_a_secured_server(authority: Authority, subtests: pytest.Subtests, tmp_path: Path) -> None:
    """One server for all of it, because a start takes a while; each step spoils one thing."""
    other = Authority(tmp_path, "other")
    with secured(authority) as url:
        right = Address((url,), "bridge", PASSWORD, ca=str(authority.file), timeout=60)
        with subtests.test("encrypted and signed in"):
            _works(right)
        for name, code, changes in (
            ("a wrong password", "password", {"password": "wrong"}),
            ("no password at all", "password", {"user": "", "password": ""}),
            # This build keeps no API keys: only that a refusal is understood can be seen here.
            ("an unknown key", "password", {"user": "", "password": "", "api_key": "Zm9vOmJhcg=="}),
            ("another authority", "certificate", {"ca": str(other.file)}),
            ("no authority named", "certificate", {"ca": ""}),
            ("plain http", "closed", {"hosts": (url.replace("https:", "http:"),), "ca": ""}),
        ):
            with subtests.test(name):
                assert problem_of(replace(right, **changes)).code == code
        with subtests.test("an account without rights"):
            _is_refused(replace(right, user="guest"), "kept")
        with subtests.test("the site's own account"):
            _has_rights_enough(replace(right, user="site", prefix="bridge"))
            _is_refused(replace(right, user="site"), "another")


def _works(address: Address) -> None:
    client = client_of(address)
    assert check_version(client).startswith("8.19.")
    with understanding():
        client.index(index="kept", id="1", document={"word": "서울"}, refresh=True)
        assert client.get(index="kept", id="1")["_source"] == {"word": "서울"}


def _is_refused(address: Address, index: str) -> None:
    with pytest.raises(SearchClusterError) as caught, understanding():
        client_of(address).index(index=index, document={"word": "other"})
    assert caught.value.code == "rights"


def _has_rights_enough(address: Address) -> None:
    """For everything that the engine does."""
    engine, setting = ElasticsearchEngine(address, fallback=False), context()
    engine.store.upsert(crowd(12), setting)
    assert engine.rebuild(setting) == 12
    assert engine.rebuild(setting) == 12
    engine.upsert([expert(13, ["침수 예측"])], setting)
    assert engine.problem(setting) is None
    found = engine.propose(request("침수 예측"), Filters(), 5, setting)
    assert found.ranked[0] == 13


# --- what no server of this build can be ------------------------------------------------------


Answer = Callable[[str], tuple[int, dict[str, object]]]


@contextmanager
def answering(
    answer: Answer, headers: dict[str, str], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """A tiny server that stands for one that cannot be had here. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, found = answer(self.path)
            body = json.dumps(found).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Tests stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        scheme = "https" if tls else "http"
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ELASTIC = {
    "X-Elastic-Product": "Elasticsearch",
    "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8",
}


def _of_version(version: str) -> Answer:
    return lambda path: (200, {"nodes": {"a": {"version": version}}})


@pytest.mark.parametrize("version", ["7.17.29", "8.18.8", "10.0.0"])
def test_a_server_of_another_version(version: str) -> None:
    with answering(_of_version(version), ELASTIC) as address:
        problem = problem_of(Address((address,)))
    assert problem.code == "version"
    assert version in problem.sentence


@pytest.mark.parametrize("version", ["8.19.0", "8.20.1", "9.0.0", "9.2.4"])
def test_versions_that_are_taken(version: str) -> None:
    """Only the rule: a real 9.x was not at hand."""
    with answering(_of_version(version), ELASTIC) as address:
        assert check_version(client_of(Address((address,)))) == version


def test_a_server_of_another_kind() -> None:
    with answering(_of_version("8.19.1"), {"Content-Type": "application/json"}) as address:
        assert problem_of(Address((address,))).code == "product"


@pytest.mark.parametrize(
    ("days", "address"), [(-1, "127.0.0.1"), (2, "192.0.2.1")], ids=["expired", "of another host"]
)
def test_a_bad_certificate(authority: Authority, days: int, address: str) -> None:
    key, certificate = authority.vouch("bad", address, days)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with answering(_of_version("8.19.1"), ELASTIC, context) as url:
        assert problem_of(Address((url,), ca=str(authority.file))).code == "certificate"


def test_https_against_plain_http() -> None:
    with answering(_of_version("8.19.1"), ELASTIC) as address:
        problem = problem_of(Address((address.replace("http:", "https:"),)))
    assert problem.code == "plain"


def test_nobody_there() -> None:
    with answering(_of_version("8.19.1"), ELASTIC) as address:
        pass
    assert problem_of(Address((address,))).code == "unreachable"
