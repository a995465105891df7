"""Not asking a server that has just failed: searches must not all wait for the same timeout."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic


class Breaker:
    """Closed at first. After a failure it stays open for ``pause`` seconds, then lets one call try.

    While that one tries, the others still go without; its success closes the breaker for all.
    """

    def __init__(self, pause: Callable[[], float], clock: Callable[[], float] = monotonic) -> None:
        self._pause, self._clock, self._lock = pause, clock, Lock()
        self._until: float | None = None
        self.reason = ""

    def allows(self) -> bool:
        with self._lock:
            if self._until is None:
                return True
            now = self._clock()
            if now < self._until:
                return False
            self._until = now + self._pause()
            return True

    def failed(self, reason: str) -> None:
        with self._lock:
            self._until, self.reason = self._clock() + self._pause(), reason

    def worked(self) -> None:
        with self._lock:
            self._until, self.reason = None, ""
