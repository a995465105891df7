"""Files on a request: who may attach, how many, and what stands there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from attachments.models import Attachment
from common.errors import MissingFacts
from consulting import conf, permissions
from consulting.models import Request
from consulting.services import locked


@dataclass(frozen=True)
class File:
    """A file as pages show it; ``size`` in bytes."""

    id: str
    name: str
    url: str
    size: int
    uploaded_at: datetime
    note: str = ""


def rows(record: Request) -> QuerySet[Attachment]:
    """The attachments of a request, the oldest first."""
    kind = ContentType.objects.get_for_model(Request)
    return Attachment.objects.filter(content_type=kind, object_id=record.pk)


def of(record: Request, user: Any) -> list[File]:
    """The files of a request that the person sees already."""
    return [
        File(
            id=str(row.public_id),
            name=row.name,
            url=reverse("attachments:download", args=[row.public_id]),
            size=row.size,
            uploaded_at=row.uploaded_at,
        )
        for row in rows(record)
    ]


def may_change(user: Any, record: Request) -> bool:
    """The department attaches while it may edit."""
    return permissions.department(user, record)


def attach(request_id: int, uploaded: Any, by: Any) -> Attachment:
    """Store one file. ``MissingFacts``/``ValidationError`` name the reason of a refusal."""
    with locked(request_id, by, may_change, permissions.EDITABLE) as record:
        limit = conf.attachments_per_request()
        if rows(record).count() >= limit:
            text = _("파일은 %(count)s개까지 붙일 수 있습니다. 먼저 다른 파일을 빼 주십시오.")
            raise MissingFacts({"file": text % {"count": limit}})
        from attachments import services as attachments

        return attachments.attach(record, uploaded, by)


def remove(request_id: int, public_id: Any, by: Any) -> None:
    """Take a file away; ``Attachment.DoesNotExist`` when it is not (or no longer) there."""
    with locked(request_id, by, may_change, permissions.EDITABLE) as record:
        from attachments import services as attachments

        attachments.remove(rows(record).get(public_id=public_id), by)
