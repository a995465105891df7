"""The site's Celery application with a gate before the search, so that a test meets it mid-run.

    celery --app tests.faults.worker_app worker

``TEST_GATE``: number of an advisory lock that the search waits for; a test that holds it holds
the worker in the middle of a run.
"""

from __future__ import annotations

import os
from typing import Any

from celery import signals

from config.celery import app

__all__ = ["app"]


@signals.worker_process_init.connect(weak=False)
def put_up_the_gate(**kwargs: Any) -> None:
    """Every search first passes the gate; then it is the real search."""
    from django.db import connection

    from matching import pipeline

    search, gate = pipeline.rank, int(os.environ["TEST_GATE"])

    def gated(*args: Any, **kwargs: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock_shared(%s)", [gate])
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [gate])
        return search(*args, **kwargs)

    pipeline.rank = gated
