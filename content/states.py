"""One table: which tone and icon a state code is shown with. The word comes from the model."""

from __future__ import annotations

from typing import NamedTuple


class Look(NamedTuple):
    """Tone (CSS suffix) and icon name of a status badge."""

    tone: str
    icon: str


NEUTRAL = Look("neutral", "dot")
WAITING = Look("info", "clock")
WORKING = Look("primary", "progress")
GOOD = Look("success", "check")
ATTENTION = Look("warning", "return")
BAD = Look("danger", "cross")
CLOSED = Look("neutral", "minus")

LOOKS: dict[str, Look] = {
    # requests
    "draft": Look("neutral", "pencil"),
    "submitted": WAITING,
    "returned": ATTENTION,
    "accepted": WORKING,
    "matching": Look("primary", "search"),
    "shortlisted": Look("primary", "list"),
    "decided": GOOD,
    "rejected": BAD,
    "withdrawn": CLOSED,
    # expert profiles and claims
    "in_review": WORKING,
    "changes_requested": ATTENTION,
    "changes_asked": ATTENTION,
    "approved": GOOD,
    "suspended": Look("danger", "pause"),
    "expired": Look("warning", "clock"),
    # jobs
    "pending": WAITING,
    "queued": WAITING,
    "running": WORKING,
    "succeeded": GOOD,
    "finished": GOOD,
    "done": GOOD,
    "failed": BAD,
    "cancelled": CLOSED,
    "empty": Look("warning", "minus"),
    "stale": ATTENTION,
    # candidates
    "selected": GOOD,
    "chosen": GOOD,
    "alternate": Look("info", "list"),
    "declined": CLOSED,
    "excluded": BAD,
    # accounts, deliveries, health
    "active": GOOD,
    "inactive": CLOSED,
    "invited": WAITING,
    "locked": Look("danger", "lock"),
    "sent": GOOD,
    "delivered": GOOD,
    "ok": GOOD,
    "degraded": ATTENTION,
    "down": BAD,
}

TONES: dict[str, Look] = {
    "neutral": NEUTRAL,
    "info": Look("info", "info"),
    "primary": WORKING,
    "success": GOOD,
    "warning": Look("warning", "warning"),
    "danger": BAD,
}


def look(state: str, tone: str = "") -> Look:
    """The look of a state code; ``tone`` overrides the table; unknown codes are neutral."""
    known = LOOKS.get(str(state), NEUTRAL)
    if not tone:
        return known
    chosen = TONES.get(tone, NEUTRAL)
    return known if known.tone == chosen.tone else chosen
