"""The search server beside the database, where a measurement uses one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from django.conf import settings
from django.test.utils import override_settings

from matching import directory
from matching.engines import active_engine
from matching.pipeline import current_context

ELASTICSEARCH = "elasticsearch"


def client() -> Any:
    """A client of the configured search server; None when there is none."""
    from matching.engines.elasticsearch.connection import Address, client_of

    given = getattr(settings, "ELASTICSEARCH", None) or {}
    return client_of(Address.configured()) if given.get("hosts") else None


@contextmanager
def own_prefix(label: str, engine: str, *, keep: bool) -> Iterator[None]:
    """Let all indexes of this measurement carry a name of their own, and drop them at the end."""
    given = getattr(settings, "ELASTICSEARCH", None) or {}
    if not given.get("hosts"):
        if engine == ELASTICSEARCH:
            raise RuntimeError("ELASTICSEARCH_URL names no search server")
        yield
        return
    prefix = f"bench-{label.replace('_', '-')}"
    with override_settings(ELASTICSEARCH={**given, "prefix": prefix}):
        try:
            yield
        finally:
            if not keep:
                _drop(prefix)


def _drop(prefix: str) -> None:
    link = client()
    names = list(link.indices.get(index=f"{prefix}*", expand_wildcards="all").keys())
    for name in names:
        link.options(ignore_status=404).indices.delete(index=name)


def facts() -> dict[str, Any]:
    """Version of the search server and of its Java runtime."""
    link = client()
    if link is None:
        return {}
    answer = link.nodes.info(filter_path="nodes.*.version,nodes.*.jvm")
    nodes = list(answer["nodes"].values())
    jvm = nodes[0]["jvm"]
    return {
        "elasticsearch": nodes[0]["version"],
        "nodes": len(nodes),
        "java": f"{jvm.get('vm_vendor', '')} {jvm.get('version', '')}".strip(),
        "heap_mib": round(jvm["mem"]["heap_max_in_bytes"] / 2**20),
    }


def pid() -> int | None:
    """Process of the search server, on one machine with us."""
    link = client()
    if link is None:
        return None
    answer = link.nodes.info(filter_path="nodes.*.process.id")
    return next((int(node["process"]["id"]) for node in answer["nodes"].values()), None)


def disk(engine: str) -> dict[str, float]:
    """MiB of the indexes of this measurement."""
    link = client()
    if link is None or engine != ELASTICSEARCH:
        return {}
    prefix = settings.ELASTICSEARCH["prefix"]
    answer = link.indices.stats(index=f"{prefix}*", metric="store", filter_path="_all.total.store")
    size = answer.get("_all", {}).get("total", {}).get("store", {}).get("size_in_bytes", 0)
    return {"search server": round(size / 2**20, 1)}


def check(engine: str) -> None:
    """Raise when searches would be answered by anything but the search server."""
    if engine != ELASTICSEARCH:
        return
    found: Any = active_engine()
    problem = found.problem(current_context())
    if problem is not None:
        raise problem


def rebuild(engine: str, progress: Callable[[int, int], None]) -> dict[str, float]:
    """Fill the search server from what the database stores; seconds, nothing without a server."""
    if engine != ELASTICSEARCH:
        return {}
    found: Any = active_engine()
    start = perf_counter()
    found.rebuild(current_context(), progress)
    middle = perf_counter()
    directory.rebuild(progress)
    return {"search server": middle - start, "directory": perf_counter() - middle}
