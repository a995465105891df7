"""Starting background work: after commit, by ids, and never at the price of the request."""

from functools import partial
from typing import Any

import structlog
from django.db import transaction

log = structlog.get_logger(__name__)


def start(task: Any, *args: Any) -> bool:
    """Hand a task to the broker now. A broker that is away is logged: rows are swept later."""
    try:
        task.delay(*args)
    except Exception as error:
        log.warning("task.not_started", task=task.name, error=type(error).__name__)
        return False
    return True


def start_on_commit(task: Any, *args: Any) -> None:
    """Start ``task`` with ids as arguments once the caller's transaction is committed."""
    transaction.on_commit(partial(start, task, *args), robust=True)
