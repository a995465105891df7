"""What changes by the calendar alone."""

from contextlib import suppress
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import ConsentRecord
from common.errors import Conflict
from experts import consents, transitions
from experts.changes import touch
from experts.models import Claim, Expert
from experts.services.consents import follow_consent


def expire_due(on: date | None = None) -> int:
    """End the terms whose last day has passed. Returns how many ended."""
    ended = 0
    for expert_id in list(Expert.objects.due_to_expire(on).values_list("pk", flat=True)):
        with suppress(Conflict, Expert.DoesNotExist):
            transitions.expire(expert_id)
            ended += 1
    return ended


def announce_outdated(on: date | None = None) -> int:
    """Announce profiles of which a verification ran out yesterday. Returns how many."""
    yesterday = (on or timezone.localdate()) - timedelta(days=1)
    with transaction.atomic():
        owners = Claim.objects.filter(verification="verified", verified_until=yesterday)
        ids = list(owners.values_list("expert_id", flat=True).distinct())
        touch(ids)
    return len(ids)


def follow_all_consents() -> int:
    """Bring profiles in step whose consent changed while nobody listened. Returns how many."""
    agreed: dict[int, set[str]] = {}
    answers = ConsentRecord.objects.filter(person__expert__isnull=False).order_by("at", "id")
    rows = answers.values_list("person_id", "document__kind", "agreed", "withdrawn_at")
    for person, kind, yes, withdrawn in rows:
        kinds = agreed.setdefault(person, set())
        (kinds.add if yes and withdrawn is None else kinds.discard)(kind)
    wrong = 0
    for expert in Expert.objects.filter(user__isnull=False).exclude(state=Expert.State.WITHDRAWN):
        for kind, column in consents.COLUMN_OF_KIND.items():
            wanted = kind in agreed.get(expert.user_id or 0, set())
            if getattr(expert, column) != wanted:
                follow_consent(expert.user_id or 0, kind, wanted)
                wrong += 1
    return wrong
