"""Results that are kept for a while to save time: without a cache they are made every time."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.cache import cache

log = structlog.get_logger(__name__)


def kept(key: str) -> Any:
    """What was kept under the key; None when nothing is there or the cache is away."""
    try:
        return cache.get(key)
    except Exception as error:
        log.warning("kept.no_cache", error=type(error).__name__)
        return None


def keep(key: str, value: Any, seconds: float) -> None:
    """Keep a value for so long, if the cache is there."""
    try:
        cache.set(key, value, seconds)
    except Exception as error:
        log.warning("kept.no_cache", error=type(error).__name__)
