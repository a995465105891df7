"""The engine that the settings name."""

from __future__ import annotations

from functools import lru_cache

from matching.conf import setting
from matching.engines.base import Engine


@lru_cache(maxsize=2)
def _built(name: str) -> Engine:
    if name == "elasticsearch":
        from matching.engines.elasticsearch import ElasticsearchEngine

        return ElasticsearchEngine()
    if name != "postgres":
        raise ValueError(f"SEARCH_ENGINE {name!r} is not known; use postgres or elasticsearch")
    from matching.engines.postgres import PostgresEngine

    return PostgresEngine()


def active_engine() -> Engine:
    """Engine of ``SEARCH_ENGINE``."""
    return _built(str(setting("SEARCH_ENGINE")))
