"""Settings of this app with their defaults."""

from django.conf import settings


def retry_seconds(attempts: int) -> int:
    """Pause after the given number of failed attempts: 1, 2, 4 … minutes, an hour at most."""
    return min(60 * 2 ** max(0, attempts - 1), 3600)


def most_attempts() -> int:
    """After so many failed attempts a mail counts as failed (``MAIL_ATTEMPTS``): about 10 hours."""
    return int(getattr(settings, "MAIL_ATTEMPTS", 15))


def lease_seconds() -> int:
    """Nobody else tries a mail for so long after somebody has begun (``MAIL_LEASE_SECONDS``)."""
    return int(getattr(settings, "MAIL_LEASE_SECONDS", 120))


def batch() -> int:
    """So many mails are sent by one sweep (``MAIL_BATCH``)."""
    return int(getattr(settings, "MAIL_BATCH", 100))


def has_mail_server() -> bool:
    """Whether mail leaves this machine; otherwise it is read in the outbox."""
    return bool(getattr(settings, "EMAIL_HOST", "")) and "smtp" in settings.EMAIL_BACKEND


def demo() -> bool:
    """Whether the site holds invented data only: the mailbox is then open to everybody."""
    return bool(getattr(settings, "DEMO", False))


def site_url() -> str:
    """The site's own address without a slash at the end; the base of links in mail."""
    return str(settings.SITE_URL).rstrip("/")
