"""Settings of this app with their defaults."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_noop

DEFAULT_TITLE = gettext_noop("서울AI브리지")
DEFAULT_OPERATOR = gettext_noop("서울AI재단")


def title() -> str:
    """Name of the site; translated when the catalogue knows it."""
    return str(getattr(settings, "SITE_NAME", "") or DEFAULT_TITLE)


def operator() -> str:
    """The institution that runs the site (``SITE_OPERATOR``)."""
    return str(getattr(settings, "SITE_OPERATOR", DEFAULT_OPERATOR))


def contact() -> str:
    """Where questions go (``SITE_CONTACT``): an e-mail address or a telephone number."""
    return str(getattr(settings, "SITE_CONTACT", "help@bridge.example"))


def masthead() -> bool:
    """Whether the site may call itself an official government site (``GOVERNMENT_MASTHEAD``)."""
    return bool(getattr(settings, "GOVERNMENT_MASTHEAD", False))


def demo() -> bool:
    """Whether the site holds invented data only (``DEMO``)."""
    return bool(getattr(settings, "DEMO", False))


def health_check() -> str:
    """Dotted path of a callable giving the health of every part (``HEALTH_CHECK``)."""
    return str(getattr(settings, "HEALTH_CHECK", ""))


def session_touch_seconds() -> int:
    """A session in use is extended at most this often (``SESSION_TOUCH_SECONDS``)."""
    return int(getattr(settings, "SESSION_TOUCH_SECONDS", 60))
