"""Tests run on the real parts; where one is missing a test is left out, or fails if required."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

MISSING = "missing part: "
BROWSER = "a browser (Debian: apt-get install chromium; or set BROWSER_PATH to a Chromium)"
SEARCH_SERVER = (
    "an Elasticsearch: set ELASTICSEARCH_ARCHIVE to the archive to start one from, "
    "or ELASTICSEARCH_URL to a running one"
)


def missing_part(part: str) -> NoReturn:
    """Leave the running test out; with REQUIRE_REAL_PARTS=1 it fails instead."""
    if os.environ.get("REQUIRE_REAL_PARTS") == "1":
        pytest.fail(MISSING + part, pytrace=False)
    pytest.skip(MISSING + part)


def browser() -> str | None:
    """Path of a Chromium that the browser tests can use."""
    named = os.environ.get("BROWSER_PATH")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")
