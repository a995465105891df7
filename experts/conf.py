"""Settings of this app with their defaults; each may be given in the Django settings."""

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    #: days within which each side is expected to act; shown with "who has the ball"
    "EXPERT_REVIEW_DAYS": 10,
    "EXPERT_CHANGES_DAYS": 14,
    #: length of a registration (위촉 term), in days
    "EXPERT_TERM_DAYS": 730,
    #: how long a verification holds when the reviewer names no date, in days; 0: no end
    "EXPERT_VERIFICATION_DAYS": {"affiliation": 365, "qualification": 1095},
    #: minutes for which a stated reason opens one person's full record
    "EXPERT_PURPOSE_MINUTES": 30,
    #: lines of a profile, all kinds together
    "EXPERT_MOST_CLAIMS": 300,
}


def setting(name: str) -> Any:
    """The value in force for ``name``, one of ``DEFAULTS``."""
    return getattr(settings, name, DEFAULTS[name])
