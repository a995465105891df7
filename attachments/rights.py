"""Rights to files follow the object they belong to; each app says them once.

    rights.register("consulting.request", may_read=…, may_change=…)

in ``AppConfig.ready``. Both callables take ``(user, owner)``. Files of an object whose app has
said nothing are hidden from everybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

Allowed = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Rights:
    """What one kind of owner allows."""

    may_read: Allowed
    may_change: Allowed
    #: whether files are another person's data whose taking is logged; gives the person's record
    subject: Callable[[Any], models.Model | None] = lambda owner: None


def _nobody(user: Any, owner: Any) -> bool:
    return False


_rights: dict[str, Rights] = {}
_NONE = Rights(_nobody, _nobody)


def register(
    model: str,
    *,
    may_read: Allowed,
    may_change: Allowed = _nobody,
    subject: Callable[[Any], models.Model | None] | None = None,
) -> None:
    """Say who may read and change the files of one model (``app.model``, any case)."""
    rights = Rights(may_read, may_change)
    _rights[model.lower()] = Rights(may_read, may_change, subject) if subject else rights


def of(owner: Any) -> Rights:
    """The rights to this object's files; a lost object allows nobody anything."""
    return _rights.get(owner._meta.label_lower, _NONE) if owner is not None else _NONE


def owner_models() -> list[str]:
    """Models whose objects may have files."""
    return sorted(_rights)
