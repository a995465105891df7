"""What this app hears from others."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import consent_changed
from experts.services.consents import follow_consent


@receiver(consent_changed, dispatch_uid="experts.consent")
def on_consent_changed(user_id: int, kind: str, agreed: bool, **kwargs: Any) -> None:
    """A profile is shown and hidden together with the consent on record."""
    follow_consent(user_id, kind, agreed)
