"""Settings of this app with their defaults."""

from django.conf import settings


def most_bytes() -> int:
    """Largest file, in bytes (``ATTACHMENT_MAX_BYTES``)."""
    return int(settings.ATTACHMENT_MAX_BYTES)


def most_files() -> int:
    """Most files of one object (``ATTACHMENT_MAX_FILES``)."""
    return int(getattr(settings, "ATTACHMENT_MAX_FILES", 20))


def most_members() -> int:
    """Most entries of an archive or office file (``ATTACHMENT_MAX_MEMBERS``)."""
    return int(getattr(settings, "ATTACHMENT_MAX_MEMBERS", 2000))


def largest_growth() -> int:
    """An archive may unpack to this many times its size (``ATTACHMENT_MAX_GROWTH``)."""
    return int(getattr(settings, "ATTACHMENT_MAX_GROWTH", 100))
