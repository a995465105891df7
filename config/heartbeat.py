"""Workers and the scheduler tell the rest of the site every few seconds that they are well.

They write one short-lived entry each into the cache server; when a process dies, its entry runs
out and the health page notices. The worker loads the encoder once, before it starts its children,
and its entry says which encoder that is or why it could not be loaded.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from celery import signals

log = structlog.get_logger(__name__)

INTERVAL = 2.0  # seconds between two entries
RETRY = 60.0  # seconds until a failed encoder is tried again
LIFETIME = 10  # seconds until an entry that is not renewed is gone
WORKER = "health:worker"
SCHEDULER = "health:scheduler"

_stopped = threading.Event()


def report(key: str, facts: dict[str, Any]) -> None:
    """Write one entry. Raises what the cache client raises when its server is away."""
    from django.core.cache import cache

    cache.set(key, {"at": time.time(), "pid": os.getpid(), **facts}, LIFETIME)


def beat_until_stopped(key: str, facts: Callable[[], dict[str, Any]]) -> threading.Thread:
    """Start a thread that keeps the entry `key` fresh with whatever `facts` returns."""
    thread = threading.Thread(target=_beat, args=(key, facts), name=f"heartbeat {key}", daemon=True)
    thread.start()
    return thread


def _beat(key: str, facts: Callable[[], dict[str, Any]]) -> None:
    while True:
        try:
            report(key, facts())
        except Exception as error:  # the broker is away: say so and try again
            log.warning("heartbeat_failed", key=key, error=type(error).__name__)
        if _stopped.wait(INTERVAL):
            return


def encoder_facts() -> dict[str, Any]:
    """What the worker knows of its encoder; a failure is a fact too."""
    try:
        from matching.health import encoder_status

        return {"encoder": encoder_status()}
    except Exception as error:
        log.exception("encoder_unavailable")
        return {"encoder": {"ok": False, "error": f"{type(error).__name__}: {error}"}}


def wait_until_prepared(every: float = 0.5) -> None:
    """Take no work until the database is there and knows every table that the code expects.

    Where somebody prepares the site at this very moment, PREPARED_FILE appears when they are done.
    """
    said = False
    file = os.environ.get("PREPARED_FILE")
    while (file and not Path(file).exists()) or not migrated():
        if not said:
            log.info("waiting_until_prepared")
            said = True
        if _stopped.wait(every):
            return


def migrated() -> bool:
    """Whether the database can be reached and no migration is left to apply."""
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False
    finally:
        connection.close()


def remembered(load: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The facts loaded now; loaded again later only while the encoder is not well."""
    facts, loaded = load(), time.monotonic()

    def current() -> dict[str, Any]:
        nonlocal facts, loaded
        if not facts["encoder"].get("ok") and time.monotonic() - loaded > RETRY:
            facts, loaded = load(), time.monotonic()
        return facts

    return current


@signals.worker_init.connect(weak=False)
def worker_starts(**kwargs: object) -> None:
    """Load the encoder in the parent, so that the children share its memory."""
    facts = remembered(encoder_facts)
    wait_until_prepared()
    beat_until_stopped(WORKER, facts)


@signals.worker_shutting_down.connect(weak=False)
def worker_stops(**kwargs: object) -> None:
    _stopped.set()


@signals.beat_init.connect(weak=False)
def scheduler_starts(**kwargs: object) -> None:
    beat_until_stopped(SCHEDULER, dict)
