"""Settings of this app with their defaults."""

from datetime import timedelta

from django.conf import settings


def invitation_life() -> timedelta:
    """How long an invitation's link works (``INVITATION_DAYS``)."""
    return timedelta(days=int(getattr(settings, "INVITATION_DAYS", 7)))


def signup_life() -> timedelta:
    """How long a new expert has to confirm the address (``SIGNUP_HOURS``)."""
    return timedelta(hours=int(getattr(settings, "SIGNUP_HOURS", 24)))


def signup_pause() -> timedelta:
    """Nobody gets a second confirmation mail within this time (``SIGNUP_PAUSE_SECONDS``)."""
    return timedelta(seconds=int(getattr(settings, "SIGNUP_PAUSE_SECONDS", 60)))


def signups_per_hour() -> int:
    """So many confirmation mails at most for one network address (``SIGNUPS_PER_HOUR``)."""
    return int(getattr(settings, "SIGNUPS_PER_HOUR", 30))


#: where people land after signing in, by the first role that fits; routes that may not exist
LANDING = (
    ("manager", "consulting:desk"),
    ("reviewer", "experts:review_queue"),
    ("administrator", "accounts:people"),
    ("auditor", "audit:events"),
    ("officer", "consulting:my_requests"),
    ("expert", "experts:me"),
)

#: what an auditor may send: sign-out, the own account, the language, the own notices
OPEN_TO_AUDITORS = frozenset(
    {
        "accounts:login",
        "accounts:logout",
        "accounts:home",
        "accounts:consent",
        "accounts:leave",
        "accounts:password_change",
        "accounts:password_reset",
        "accounts:password_reset_confirm",
        "accounts:token_create",
        "accounts:token_revoke",
        "accounts:invitation",
        "notifications:read",
        "notifications:read_all",
        "set_language",
        "api:me",
        "api:token",
        "api:notice-read",
        "api:notice-read-all",
    }
)
