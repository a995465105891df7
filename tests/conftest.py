"""The whole test suite runs on a real PostgreSQL; its own one unless DATABASE_URL names another.

The process that collects the tests starts the servers, parallel workers inherit their addresses.
Data folders under var/test are reused from run to run and never by two runs at once.
"""

from __future__ import annotations

import os
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

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = Path(os.environ.get("TEST_DATA_DIR", ROOT / "var" / "test"))
REQUIRE_REAL_PARTS = os.environ.get("REQUIRE_REAL_PARTS") == "1"

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


def _left_out(item: pytest.Item) -> str:
    """Why a test cannot run on this machine, or nothing."""
    if item.get_closest_marker("e2e") and not browser():
        return "no Chromium found"
    return ""


def browser() -> str | None:
    """Path of a Chromium that the browser tests can use."""
    import shutil

    named = os.environ.get("BROWSER_PATH")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = _left_out(item)
        if reason and not REQUIRE_REAL_PARTS:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Where real parts are required, a skipped test is a failed one."""
    report = yield
    if REQUIRE_REAL_PARTS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although real parts are required: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = [
        r for r in terminalreporter.stats.get("skipped", []) if "no Chromium" in str(r.longrepr)
    ]
    if missing:
        terminalreporter.write_sep("-", "left out on this machine")
        terminalreporter.write_line(
            f"{len(missing)} browser tests did not run: no Chromium found. Install it "
            "(Debian: apt-get install chromium) or set BROWSER_PATH to one."
        )
