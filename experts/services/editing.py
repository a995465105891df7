"""What every edit of a profile shares: lock the row, check who and in which state, tell after."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import Conflict, MissingFacts, NotPermitted
from common.text import clean_line, clean_text
from experts import permissions
from experts.changes import touch
from experts.claims import too_long
from experts.models import Expert

#: states in which a profile rests: nothing is edited until it is resumed or reopened
CLOSED = frozenset({Expert.State.SUSPENDED, Expert.State.WITHDRAWN})


@contextmanager
def editing(expert_id: int, by: Any) -> Iterator[Expert]:
    """Lock one profile for an edit by its own person; saves and announces it afterwards.

    Raises ``Expert.DoesNotExist``, ``NotPermitted`` (not the own profile) or ``Conflict``
    (the profile rests).
    """
    with transaction.atomic():
        expert = Expert.objects.select_for_update(of=("self",)).get(pk=expert_id)
        if not permissions.is_own(by, expert):
            raise NotPermitted(_("본인의 정보만 고칠 수 있습니다."))
        if expert.state in CLOSED:
            text = _("지금 상태(%(state)s)에서는 정보를 고칠 수 없습니다.")
            raise Conflict(text % {"state": expert.get_state_display()}, state=expert.state)
        yield expert
        expert.save()
        touch([expert.pk])
        expert.refresh_from_db(fields=["version"])


def cleaned_lines(facts: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, str]:
    """One-line texts of ``limits`` that ``facts`` holds. Raises ``MissingFacts`` when too long."""
    return _cleaned(facts, limits, clean_line)


def cleaned_texts(facts: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, str]:
    """The same for texts with line breaks."""
    return _cleaned(facts, limits, clean_text)


def _cleaned(
    facts: Mapping[str, Any], limits: Mapping[str, int], clean: Callable[[str], str]
) -> dict[str, str]:
    values = {name: clean(str(facts[name] or "")) for name in limits if name in facts}
    errors = {
        name: too_long(limits[name], len(text))
        for name, text in values.items()
        if len(text) > limits[name]
    }
    if errors:
        raise MissingFacts(errors)
    return values


def set_values(expert: Expert, values: Mapping[str, Any]) -> list[str]:
    """Set columns and return the names of those that changed."""
    changed = [name for name, value in values.items() if getattr(expert, name) != value]
    for name in changed:
        setattr(expert, name, values[name])
    return changed


def chosen(name: str, values: Any, allowed: Mapping[Any, Any] | list[Any]) -> list[Any]:
    """Distinct values of a fixed list, in the order given. Raises ``MissingFacts``."""
    unique = list(dict.fromkeys(values or []))
    if any(value not in allowed for value in unique):
        raise MissingFacts({name: _("목록에 없는 값입니다.")})
    return unique
