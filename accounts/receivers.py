"""Sign-in, sign-out and lockout, as the framework reports them, go on record."""

from typing import Any

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from accounts import events
from accounts.models import User


@receiver(user_logged_in)
def note_sign_in(sender: Any, user: User, **facts: Any) -> None:
    """Somebody signed in."""
    events.own("signed_in", user)


@receiver(user_logged_out)
def note_sign_out(sender: Any, user: User | None, **facts: Any) -> None:
    """Somebody signed out."""
    if user is not None:
        events.own("signed_out", user)


@receiver(user_locked_out)
def note_lockout(sender: Any, username: str, **facts: Any) -> None:
    """Repeated failures locked the sign-in of an address, once per lock.

    Unknown addresses are not recorded.
    """
    user = User.objects.filter(email__iexact=username or "").first()
    length = int(settings.AXES_COOLOFF_TIME.total_seconds())
    if user is not None and not events.was_just("locked_out", user, seconds=length):
        events.about("locked_out", user)
