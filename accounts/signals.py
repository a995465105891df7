"""Domain events that accounts publishes after commit. It knows nothing of who listens."""

from django.dispatch import Signal

#: a person's answer to a consent changed: ``user_id: int``, ``kind: str``, ``agreed: bool``
consent_changed = Signal()
#: an account was closed or opened again: ``user_id: int``, ``active: bool``
account_changed = Signal()
