"""The two health addresses, and what they say when a part is away."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config import heartbeat
from config.health import NEEDED, PARTS, check_all
from tests.config.processes import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_reports() -> Iterator[None]:
    """No worker of another test has reported."""
    cache.delete_many([heartbeat.WORKER, heartbeat.SCHEDULER])
    yield
    cache.delete_many([heartbeat.WORKER, heartbeat.SCHEDULER])


def test_livez_asks_nobody(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/livez", headers={"host": "unknown.example"})
    assert (response.status_code, response.json()) == (200, {"alive": True})


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_is_never_redirected(client: Client, settings: Any, path: str) -> None:
    """Neither for encryption, nor for language, nor for a sign-in; and never cached."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["bridge.example"]
    response = client.get(path, headers={"accept-language": "en", "host": "10.0.0.7"})
    assert response.status_code in {200, 503}
    assert response.headers["Cache-Control"] == "no-store"
    assert not response.cookies


def test_not_ready_until_a_worker_reports(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    parts = response.json()["parts"]
    assert set(parts) == {part.name for part in PARTS} >= NEEDED
    assert parts["database"]["ok"] and parts["broker"]["ok"]
    assert parts["worker"] == {"ok": False, "problem": "has not reported"}


def test_a_worker_without_encoder_is_said(client: Client) -> None:
    failed = {"encoder": {"ok": False, "error": "OSError: model is missing"}}
    heartbeat.report(heartbeat.WORKER, failed)
    parts = client.get("/readyz").json()["parts"]
    assert parts["worker"]["ok"]
    assert parts["encoder"] == {"ok": False, "problem": "OSError: model is missing"}


def test_the_past_of_a_part_is_remembered() -> None:
    before = {part.name: part for part in check_all()}["worker"]
    heartbeat.report(heartbeat.WORKER, {})
    well = {part.name: part for part in check_all()}["worker"]
    cache.delete(heartbeat.WORKER)
    after = {part.name: part for part in check_all()}["worker"]
    assert (before.ok, well.ok, after.ok) == (False, True, False)
    assert after.last_success == well.last_success
    assert after.since and well.since and after.since > well.since
    assert str(after.effect)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_part_that_hangs_does_not_hold_up_the_answer(silent_server: int) -> None:
    code = (
        "import django; django.setup(); from django.test import Client; "
        "answer = Client().get('/readyz'); print(answer.status_code, answer.content.decode())"
    )
    variables = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": f"postgresql://u@127.0.0.1:{silent_server}/bridge",
        "BROKER_URL": f"redis://127.0.0.1:{silent_server}/0",
    }
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    status, _, body = result.stdout.strip().partition(" ")
    assert status == "503", result.stderr
    parts = json.loads(body)["parts"]
    assert parts["database"]["problem"] == "no answer within 0.8 s"
    assert not parts["broker"]["ok"]
