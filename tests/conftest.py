"""The whole test suite runs on a real PostgreSQL; its own one unless DATABASE_URL names another.

The process that collects the tests starts the servers, parallel workers inherit their addresses.
Data folders under var/test are reused from run to run and never by two runs at once.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from config import environment
from config.local_services.catalogues import compile_catalogues
from config.local_services.folders import first_free
from config.local_services.services import start_servers
from config.local_services.supervisor import Supervisor
from tests.real_parts import BROWSER, MISSING, browser, missing_part
from tests.search_server import Keeper

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = Path(os.environ.get("TEST_DATA_DIR", ROOT / "var" / "test"))

_servers = ExitStack()


def _start_servers() -> None:
    """Start servers, tell this process's settings and every child process about them."""
    lock = first_free(FOLDERS)
    folder = lock.path.parent
    _servers.callback(lock.release)
    manager = Supervisor(quiet=("postgres", "valkey", "initdb"))
    _servers.callback(manager.stop_all)
    variables = start_servers(manager, folder, careless=True)
    os.environ.update(variables, TEST_SERVERS_OF=str(os.getpid()))
    _servers.callback(Keeper(folder).close)
    _use_servers(folder)


def _use_servers(folder: Path) -> None:
    """pytest-django has read the settings before this file could start anything."""
    settings.DATABASES["default"].update(environment.database("DATABASE_URL"))
    settings.BROKER_URL = settings.CELERY_BROKER_URL = os.environ["BROKER_URL"]
    settings.CACHES["default"]["LOCATION"] = environment.cache_address(settings.BROKER_URL)
    settings.MEDIA_ROOT = folder / "files"


if "TEST_SERVERS_OF" not in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    compile_catalogues()
    _start_servers()


def pytest_unconfigure() -> None:
    _servers.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("e2e") and not browser():
        missing_part(BROWSER)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last lines say what this machine could not run and how to get it."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    left_out = Counter(
        text.partition(MISSING)[2].rstrip("')") for text in skipped if MISSING in text
    )
    for part, times in left_out.items():
        terminalreporter.write_line(f"LEFT OUT: {times} tests, for want of {part}")


@pytest.fixture(autouse=True)
def korean() -> Iterator[None]:
    """Every test begins in Korean, whatever language the last request of another one had."""
    from django.utils import translation

    with translation.override("ko"):
        yield
