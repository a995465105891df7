"""Domain events that experts publishes after commit. It knows nothing of who listens.

Each signal is sent with ``expert_ids: list[int]``.
"""

from django.dispatch import Signal

#: anything that matching can see has changed: profile, claims, verification, state, availability
experts_changed = Signal()
#: profiles are gone for good
experts_removed = Signal()
