"""Profiles follow the consents on record: shown with them, hidden with their withdrawal."""

from django.db import transaction

from experts import consents, transitions
from experts.changes import touch
from experts.models import Expert


def follow_consent(user_id: int, kind: str, agreed: bool) -> None:
    """Bring the profile in step with one answer. Doing it twice changes nothing."""
    expert = Expert.objects.filter(user_id=user_id).select_related("user").first()
    if expert is None:
        return
    column = consents.COLUMN_OF_KIND.get(kind)
    if column:
        _set(expert.pk, column, agreed)
    elif _ends_all(kind, agreed) and expert.state != Expert.State.WITHDRAWN:
        transitions.withdraw(expert.pk, expert.user)


def _ends_all(kind: str, agreed: bool) -> bool:
    """Without consent to collection there is no profile."""
    return kind == consents.Kind.COLLECTION and not agreed


def _set(expert_id: int, column: str, agreed: bool) -> None:
    with transaction.atomic():
        expert = Expert.objects.select_for_update(of=("self",)).get(pk=expert_id)
        if expert.state == Expert.State.WITHDRAWN:
            agreed = False
        if getattr(expert, column) != agreed:
            setattr(expert, column, agreed)
            expert.save(update_fields=[column, "updated_at"])
            touch([expert_id])


def pause_closed_account(user_id: int) -> None:
    """A person whose account was closed takes no work until he says otherwise himself."""
    with transaction.atomic():
        expert = Expert.objects.select_for_update(of=("self",)).filter(user_id=user_id).first()
        if expert is None or expert.availability == Expert.Availability.PAUSED:
            return
        expert.availability = Expert.Availability.PAUSED
        expert.paused_until = None
        expert.save(update_fields=["availability", "paused_until", "updated_at"])
        touch([expert.pk])
