"""Reads of files, with the rights of their owners."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse

from attachments import rights
from attachments.models import Attachment
from common.errors import NotPermitted


def files_of(owner: models.Model) -> models.QuerySet[Attachment]:
    """The files of one object, oldest first."""
    kind = ContentType.objects.get_for_model(owner)
    return Attachment.objects.filter(content_type=kind, object_id=owner.pk)


def find(public_id: Any, user: Any, *, to_change: bool = False) -> Attachment:
    """The file, if this person may read (or change) it; else ``Attachment.DoesNotExist``."""
    row = Attachment.objects.select_related("content_type").get(public_id=public_id)
    allowed = rights.of(row.owner)
    if not allowed.may_read(user, row.owner):
        raise Attachment.DoesNotExist
    if to_change and not allowed.may_change(user, row.owner):
        raise NotPermitted
    return row


def file_items(owner: models.Model) -> list[dict[str, Any]]:
    """The files of an object as ``{% file_list %}`` shows them."""
    return [
        {
            "name": row.name,
            "url": reverse("attachments:download", args=[row.public_id]),
            "size": row.size,
            "uploaded_at": row.uploaded_at,
            "id": row.public_id,
        }
        for row in files_of(owner)
    ]
