"""Living through the past: the real services write a history when asked at its own times."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic

from django.utils import timezone


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let ``timezone.now()`` start from ``moment`` inside the block; it goes on ticking.

    For one process that does nothing else meanwhile, such as a management command.
    """
    real, begun = timezone.now, monotonic()
    timezone.now = lambda: moment + timedelta(seconds=monotonic() - begun)
    try:
        yield
    finally:
        timezone.now = real
