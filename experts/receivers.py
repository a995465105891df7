"""What this app hears from others."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import account_changed, consent_changed
from experts.services.consents import follow_consent, pause_closed_account


@receiver(consent_changed, dispatch_uid="experts.consent")
def on_consent_changed(user_id: int, kind: str, agreed: bool, **kwargs: Any) -> None:
    """A profile is shown and hidden together with the consent on record."""
    follow_consent(user_id, kind, agreed)


@receiver(account_changed, dispatch_uid="experts.account")
def on_account_changed(user_id: int, active: bool, **kwargs: Any) -> None:
    """Nobody is recommended who cannot sign in to answer."""
    if not active:
        pause_closed_account(user_id)
