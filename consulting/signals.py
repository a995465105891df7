"""Domain events that consulting publishes after commit. It knows nothing of who listens.

Each signal is sent with ``request_id: int`` (and what is named beside it), never with objects.
A listener that fails is logged and disturbs neither the move nor the other listeners.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.dispatch import Signal

#: the text, the keywords or the wanted fields changed (also at submission)
request_changed = Signal()
#: staff accepted the request: experts may be sought
request_accepted = Signal()
#: the request left the path to a decision (rejected, withdrawn, returned): stop what runs
request_closed = Signal()
#: people were named: ``selection_ids: list[int]``
request_decided = Signal()


def publish(signal: Signal, request_id: int, **facts: Any) -> None:
    """Send ``signal`` once the running transaction has been committed."""
    send = partial(signal.send_robust, sender=None, request_id=request_id, **facts)
    transaction.on_commit(send)
