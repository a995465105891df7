"""Settings of this app with their defaults."""

from django.conf import settings

#: longest text of one box of the form, in characters
LONGEST_BOX = 10_000
#: wanted fields per axis
FIELDS_PER_AXIS = 3

_DUE_DAYS = {
    "submitted": 3,
    "returned": 7,
    "accepted": 3,
    "matching": 1,
    "shortlisted": 5,
}


def due_days() -> dict[str, int]:
    """State → working days until whoever has the ball should act (``REQUEST_DUE_DAYS``)."""
    return {**_DUE_DAYS, **getattr(settings, "REQUEST_DUE_DAYS", {})}


def holidays() -> frozenset[str]:
    """ISO days that do not count as working days beside weekends (``HOLIDAYS``)."""
    return frozenset(getattr(settings, "HOLIDAYS", ()))
