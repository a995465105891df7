"""Writing to the record. Nothing here changes or deletes what was written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from audit import registry
from audit.models import AccessLog, Event, EventDetail

LABEL = "label"


def record(
    event_type: str,
    *,
    by: Any | None,
    on: models.Model,
    label: str = "",
    data: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Append one event in the caller's transaction.

    ``by`` is the acting person (``None``: the system), ``on`` the object, ``label`` what it is
    called on pages (a request's number; never a person's name unless the type lists ``label``
    as personal). ``data`` holds ids, codes, numbers; keys that the type calls personal are
    stored apart. ``at`` is for history that is brought in later; otherwise now.
    Raises ``KeyError`` for an unregistered type.
    """
    kind = registry.get(event_type)
    facts = {**(data or {}), **({LABEL: label} if LABEL in kind.personal and label else {})}
    with transaction.atomic(savepoint=False):
        event = Event.objects.create(
            at=at or timezone.now(),
            type=event_type,
            actor=by if getattr(by, "pk", None) else None,
            object_type=on._meta.label_lower,
            object_id=str(on.pk),
            object_label="" if LABEL in kind.personal else label[:200],
            data={key: value for key, value in facts.items() if key not in kind.personal},
        )
        _keep_apart(event, {key: value for key, value in facts.items() if key in kind.personal})
    return event


def _keep_apart(event: Event, facts: dict[str, Any]) -> None:
    rows = [EventDetail(event=event, key=key, value=value) for key, value in facts.items()]
    if rows:
        EventDetail.objects.bulk_create(rows)


def remove_personal(
    events: Iterable[Event] | models.QuerySet[Event], keys: set[str] | None = None
) -> int:
    """Blank the personal facts of these events (all of them, or the keys given).

    The events stay as they are; a removed fact reads "(삭제됨)". Returns how many were removed.
    """
    chosen = Q(event__in=events) & (Q(key__in=keys) if keys is not None else Q())
    rows = EventDetail.objects.filter(chosen, removed_at=None)
    return rows.update(value=None, removed_at=timezone.now())


def record_access(
    request_or_viewer: Any,
    subject: models.Model | type[models.Model],
    action: str = AccessLog.Action.VIEW,
    purpose: str = "",
    rows: int = 1,
) -> AccessLog | None:
    """Note that a person's record was seen, changed or taken by somebody else.

    Takes the request (its page and address are noted too) or the viewer. For a list or an
    export pass the model class and ``rows``. Nothing is written when people look at their own
    record or when nobody is signed in; ``None`` is returned then.
    """
    request = request_or_viewer if isinstance(request_or_viewer, HttpRequest) else None
    request = request or getattr(request_or_viewer, "_request", None)  # the API's request
    viewer = request_or_viewer.user if hasattr(request_or_viewer, "user") else request_or_viewer
    if not getattr(viewer, "is_authenticated", False) or _is_own(viewer, subject):
        return None
    return AccessLog.objects.create(
        viewer=viewer,
        subject_type=subject._meta.label_lower,
        subject_id="" if isinstance(subject, type) else str(subject.pk),
        rows=rows,
        action=action,
        purpose=purpose[:200],
        path=request.path[:200] if request else "",
        ip=address_of(request) if request else None,
    )


def _is_own(viewer: Any, subject: Any) -> bool:
    """Whether the record is the viewer's: the account itself or something with its ``user_id``."""
    if isinstance(subject, type):
        return False
    if subject._meta.label == settings.AUTH_USER_MODEL:
        return bool(subject.pk == viewer.pk)
    return bool(getattr(subject, "user_id", None) == viewer.pk)


def address_of(request: HttpRequest) -> str | None:
    """The network address that the web server saw; none on a local socket."""
    return request.META.get("REMOTE_ADDR") or None
