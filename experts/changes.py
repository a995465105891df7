"""Telling the world of a changed profile: version, search document, one signal a transaction."""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import F

from experts.documents import refresh_documents
from experts.models import Expert
from experts.signals import experts_changed, experts_removed


class _Announcement:
    """What one transaction changed; sent once, after its commit."""

    def __init__(self, send: Callable[..., object]) -> None:
        self.send = send
        self.ids: set[int] = set()

    def __call__(self) -> None:
        self.send(sender=Expert, expert_ids=sorted(self.ids))


def touch(expert_ids: Iterable[int]) -> None:
    """Note a change that matching or the directory can see. Call inside the transaction."""
    ids = sorted(set(expert_ids))
    Expert.objects.filter(pk__in=ids).update(version=F("version") + 1)
    refresh_documents(ids)
    announce(ids)


def announce(expert_ids: Iterable[int]) -> None:
    """Publish ``experts_changed`` after commit, once for the whole transaction."""
    _collect(experts_changed.send).ids.update(expert_ids)


def announce_removal(expert_ids: Iterable[int]) -> None:
    """Publish ``experts_removed`` after commit, once for the whole transaction."""
    _collect(experts_removed.send).ids.update(expert_ids)


def _collect(send: Callable[..., object]) -> _Announcement:
    """The announcement that already waits in this transaction, or a new one.

    One that waits in a part of the transaction that is rolled back is dropped with it. The
    worst that joining one can do is to announce a change that was taken back.
    """
    for _sids, waiting, *_rest in transaction.get_connection().run_on_commit:
        if isinstance(waiting, _Announcement) and waiting.send == send:
            return waiting
    announcement = _Announcement(send)
    transaction.on_commit(announcement)
    return announcement
