"""Celery workers of a test: real processes on the test's own database and broker."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from config.celery import app
from tests.config.processes import Started

#: number of the advisory lock behind which a search waits (see tests.faults.worker_app)
GATE = 4711
WITHIN = 120


def _number() -> int:
    """A database of the broker for this test process alone."""
    return 8 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0) % 8


def own_broker() -> str:
    base = os.environ["BROKER_URL"]
    if base.startswith("redis+socket"):
        return f"{base}?virtual_host={_number()}"
    return base.rstrip("/") + f"/{_number()}"


@contextmanager
def publishing_to(url: str) -> Iterator[None]:
    """Tasks started in this process go to this broker."""
    before = app.conf.broker_write_url

    def use(address: str | None) -> None:
        app.conf.broker_write_url = address
        app.amqp._producer_pool = None

    use(url)
    try:
        yield
    finally:
        use(before)


@pytest.fixture
def broker() -> Iterator[str]:
    url = own_broker()
    with app.connection_for_write(url) as link:
        link.default_channel.client.flushdb()
    with publishing_to(url):
        yield url


class Workers:
    """Starts workers for the test's database and broker; every one is killed at the end."""

    def __init__(self, broker: str, folder: Path) -> None:
        self.broker, self.folder = broker, folder
        self.started: list[Started] = []

    def start(self, **variables: str) -> Started:
        facts = connection.settings_dict
        user = quote(str(facts["USER"]))
        database = f"postgresql://{user}@/{facts['NAME']}?host={quote(str(facts['HOST']))}"
        words = [sys.executable, "-m", "celery", "--app", "tests.faults.worker_app", "worker"]
        words += ["--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
        worker = Started(
            words,
            self.folder / f"worker-{len(self.started)}",
            **{
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "DATABASE_URL": database,
                "BROKER_URL": self.broker,
                "CACHE_URL": str(settings.CACHES["default"]["LOCATION"]),
                "TEST_GATE": str(GATE),
                "OMP_NUM_THREADS": "1",
                **variables,
            },
        )
        self.started.append(worker)
        worker.says(" ready.", within=WITHIN)
        return worker


@pytest.fixture
def workers(broker: str, tmp_path: Path) -> Iterator[Workers]:
    started = Workers(broker, tmp_path)
    yield started
    for worker in started.started:
        worker.end()
