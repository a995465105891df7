"""Waiting for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(check: Callable[[], T], within: float = 30, what: str = "") -> T:
    """The first true value of `check`, asked again and again; fails after `within` seconds."""
    deadline = time.monotonic() + within
    pause = 0.01
    while not (value := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what or check}")
        time.sleep(pause)
        pause = min(2 * pause, 0.2)
    return value
