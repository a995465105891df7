"""What happens to the site's own content, as events: one typed function each."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from audit.registry import register
from audit.services import record
from common.korean import particle
from content.models import Announcement


def _words(event: Event) -> dict[str, str]:
    return {"who": particle(event.who, "이/가"), "what": event.object_label}


register(
    "content.announcement_written",
    lambda event: _("%(who)s 소식 ‘%(what)s’ 올림") % _words(event),
    gettext_lazy("소식 올림"),
)
register(
    "content.announcement_changed",
    lambda event: _("%(who)s 소식 ‘%(what)s’ 고침") % _words(event),
    gettext_lazy("소식 고침"),
)
register(
    "content.announcement_removed",
    lambda event: _("%(who)s 소식 ‘%(what)s’ 지움") % _words(event),
    gettext_lazy("소식 지움"),
)


def announcement(code: str, row: Announcement, by: Any) -> None:
    """``written``, ``changed`` or ``removed``. Holds no personal data but the actor."""
    record(f"content.announcement_{code}", by=by, on=row, label=row.title_ko)
