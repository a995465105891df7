"""The search engine's part in the directory of experts, where the settings choose one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matching.conf import setting
from matching.embedding import Progress

if TYPE_CHECKING:
    from matching.engines.elasticsearch.directory import Directory


def active() -> Directory | None:
    """The engine that answers the directory; ``None``: the tables of the experts app do."""
    if setting("SEARCH_ENGINE") != "elasticsearch":
        return None
    from matching.engines.elasticsearch.directory import directory

    return directory()


def sync(ids: Iterable[int]) -> None:
    """Bring these people to their present state in the engine. Raises when it cannot be used."""
    if (engine := active()) is not None:
        engine.sync(ids)


def ensure() -> bool:
    """Make a missing index, unless it is left to ``rebuild_index``."""
    engine = active()
    return engine is None or engine.ensure()


def rebuild(progress: Progress | None = None) -> int:
    """Fill a new index beside the one in use and switch to it; 0 without an engine."""
    engine = active()
    return 0 if engine is None else engine.rebuild(progress)
