"""Reads of rounds."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from consulting.models import Request, Selection
from consulting.querysets import OPEN_STATES
from consulting.rounds.groups import label_of
from consulting.rounds.models import Round, RoundQuota, RoundRequest
from experts.models import Expert


def rounds(user: Any) -> Any:
    """Rounds that this person sees, with numbers of requests and seats."""
    rows = Round.objects.visible_to(user)
    counted = rows.annotate(requests=Count("entries"), seats=Sum("entries__seats", default=0))
    return counted.order_by("-starts_on", "-pk")


def addable(user: Any, row: Round, words: str = "", track: str = "") -> Any:
    """Requests that could join: open, and in no other round that still goes on."""
    rows = Request.objects.visible_to(user).filter(state__in=OPEN_STATES)
    taken = RoundRequest.objects.filter(Q(round=row) | ~Q(round__state="closed"))
    rows = rows.exclude(pk__in=taken.values("request"))
    if words:
        rows = rows.matching_words(words)
    return (rows.filter(track=track) if track else rows).for_lists().order_by("number")


def quotas_of(row: Round) -> list[tuple[RoundQuota, str]]:
    """The round's conditions with the names of their groups, those of single requests last."""
    rows = row.quotas.select_related("entry__request").order_by("entry__request__number", "id")
    found = sorted(rows, key=lambda quota: quota.entry is not None)
    return [(quota, label_of(quota.by, quota.value)) for quota in found]


def months(row: Round, today: date | None = None) -> int:
    """Calendar months that the rest of the round touches; at least one."""
    first = max(today or timezone.localdate(), row.starts_on)
    last = max(first, row.ends_on)
    return (last.year - first.year) * 12 + last.month - first.month + 1


def capacities(row: Round, expert_ids: Iterable[int], today: date | None = None) -> dict[int, int]:
    """Expert id → requests that he can still take in the round, in three queries.

    His own limit in the round, else the round's, else his monthly number times the months that
    are left; less what was decided since the first of the month in which these begin.
    """
    ids = list(expert_ids)
    day = today or timezone.localdate()
    left = months(row, day)
    caps = dict(Expert.objects.filter(pk__in=ids).values_list("pk", "monthly_cap"))
    own = dict(row.limits.filter(expert_id__in=ids).values_list("expert_id", "capacity"))
    first = max(day, row.starts_on).replace(day=1)
    since = timezone.make_aware(datetime.combine(first, time.min))
    chosen = Selection.objects.filter(
        expert_id__in=ids, role=Selection.Role.CHOSEN, decided_at__gte=since
    )
    used = dict(chosen.order_by().values_list("expert_id").annotate(n=Count("id")))
    found = {}
    for pk in ids:
        usual = caps.get(pk, 0) * left if row.capacity is None else row.capacity
        found[pk] = max(0, own.get(pk, usual) - used.get(pk, 0))
    return found
