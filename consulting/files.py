"""Files on a request: those who see it read them, the department adds while it may edit."""

from typing import Any

from django.db import transaction

from attachments import rights
from attachments import services as attachments
from attachments.models import Attachment
from attachments.selectors import file_items, files_of
from consulting import permissions
from consulting.models import Request
from consulting.services import locked


def register_rights() -> None:
    """Tell the attachments app who may read and change the files of a request."""
    rights.register(
        "consulting.request", may_read=permissions.may_read, may_change=permissions.may_edit
    )


def of(record: Request) -> list[dict[str, Any]]:
    """The files of a request as lists show them; whoever sees the request sees its files."""
    return file_items(record)


@transaction.atomic
def attach(request_id: int, uploaded: Any, by: Any) -> Attachment:
    """Store one file. A refusal (``ValidationError`` or ``Conflict``) names its reason."""
    with locked(request_id, by, permissions.department, permissions.EDITABLE) as record:
        return attachments.attach(record, uploaded, by)


def remove(request_id: int, public_id: Any, by: Any) -> bool:
    """Take a file away; False when it is not, or no longer, there."""
    with locked(request_id, by, permissions.department, permissions.EDITABLE) as record:
        row = files_of(record).filter(public_id=public_id).first()
        if row is None:
            return False
        attachments.remove(row.pk, by)
    return True
