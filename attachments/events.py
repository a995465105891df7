"""What happens to files, as events."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attachments.models import Attachment
from audit.models import Event
from audit.registry import register
from audit.services import record
from common.korean import particle


def _attached(event: Event) -> str:
    facts = {"who": particle(event.who, "이/가"), "object": event.on, "name": event.fact("name")}
    return _("%(who)s 파일을 올림: %(name)s (%(object)s)") % facts


def _removed(event: Event) -> str:
    facts = {"who": particle(event.who, "이/가"), "object": event.on, "name": event.fact("name")}
    return _("%(who)s 파일을 지움: %(name)s (%(object)s)") % facts


register("attachments.attached", _attached, gettext_lazy("파일 올림"), personal=("name",))
register("attachments.removed", _removed, gettext_lazy("파일 지움"), personal=("name",))


def attached(row: Attachment, by: Any) -> None:
    """A file was stored; the event stands with the object it belongs to."""
    _record("attachments.attached", row, by)


def removed(row: Attachment, by: Any) -> None:
    """A file was removed."""
    _record("attachments.removed", row, by)


def _record(code: str, row: Attachment, by: Any) -> None:
    data = {"file": str(row.public_id), "name": row.name, "size": row.size, "sha256": row.sha256}
    record(code, by=by, on=row.owner or row, data=data)
