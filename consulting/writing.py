"""Putting values into a request: one place for drafts, corrections, the API and loaded data."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import MissingFacts
from consulting import conf
from consulting.models import Request, RequestField

#: the wanted fields of expertise, as a sequence of taxonomy nodes, best first on each axis
FIELDS = "fields"
#: what matching reads: a change of these makes a shortlist old
MATCHED = (
    "title", "situation", "problem", "expected_effect", "data_held", "ask", "audience",
    "stage", "keywords", FIELDS,
)  # fmt: skip
#: everything that people may write
WRITABLE = (
    *MATCHED, "kind", "schedule", "deadline", "budget", "experts_wanted", "disclosure",
    "is_statutory",
)  # fmt: skip
BOXES = ("situation", "problem", "expected_effect", "data_held", "ask")


def current(request: Request, name: str) -> Any:
    """The stored value of one writable name; nodes for the wanted fields."""
    if name == FIELDS:
        return [row.node for row in request.fields.all()]
    return getattr(request, name)


def fingerprint(request: Request, names: Iterable[str] = WRITABLE) -> str:
    """Sixteen hex digits that change whenever one of these values changes."""
    values = {name: plain(current(request, name)) for name in names}
    values |= {f"typed {name}": request.unfinished.get(name) for name in values}
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(value: Any) -> Any:
    """A value as JSON knows it, for comparing: nodes and kinds by their row."""
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "pk"):
        return value.pk
    return value if isinstance(value, str | int | bool | None) else str(value)


def check_values(values: Mapping[str, Any], today: date | None = None) -> dict[str, str]:
    """Field → what is wrong with it, for rules that hold in forms and in the API alike."""
    today = today or timezone.localdate()
    problems: dict[str, str] = {}
    deadline = values.get("deadline")
    if deadline and deadline < today:
        problems["deadline"] = _("지난 날짜입니다. 오늘 이후의 날짜를 적어 주십시오.")
    problems |= _check_nodes(values.get(FIELDS) or (), today)
    for name in BOXES:
        length = len(values.get(name) or "")
        if length > conf.LONGEST_BOX:
            problems[name] = too_long(conf.LONGEST_BOX, length)
    return problems


def too_long(limit: int, length: int) -> str:
    """The sentence for a text over its limit."""
    sentence = _("%(limit)s자까지 적을 수 있습니다. 지금은 %(length)s자입니다.")
    return sentence % {"limit": f"{limit:,}", "length": f"{length:,}"}


def _check_nodes(nodes: Sequence[Any], today: date) -> dict[str, str]:
    if len({node.pk for node in nodes}) != len(nodes):
        return {FIELDS: _("같은 분야를 두 번 골랐습니다.")}
    for node in nodes:
        if node.valid_to and node.valid_to < today:
            return {FIELDS: _("더는 쓰지 않는 분야입니다: %(label)s") % {"label": node.label}}
    axes = [node.axis for node in nodes]
    if any(axes.count(axis) > conf.FIELDS_PER_AXIS for axis in axes):
        text = _("한 축에서 %(count)s개까지 고를 수 있습니다.")
        return {FIELDS: text % {"count": conf.FIELDS_PER_AXIS}}
    return {}


def write(request: Request, values: Mapping[str, Any]) -> list[str]:
    """Set values on a locked request and raise its version where matching sees a change.

    Returns the names that changed. The caller saves the row. Unknown names raise ``KeyError``.
    """
    unknown = set(values) - set(WRITABLE)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    changed = [name for name in values if _differs(request, name, values[name])]
    for name in changed:
        if name == FIELDS:
            _write_fields(request, values[name])
        else:
            setattr(request, name, values[name])
    if set(changed) & set(MATCHED):
        request.version += 1
    return changed


def _differs(request: Request, name: str, value: Any) -> bool:
    return bool(plain(current(request, name)) != plain(list(value) if name == FIELDS else value))


def _write_fields(request: Request, nodes: Sequence[Any]) -> None:
    request.fields.all().delete()
    ranks: dict[str, int] = {}
    rows = []
    for node in nodes:
        ranks[node.axis] = ranks.get(node.axis, 0) + 1
        rows.append(RequestField(request=request, node=node, rank=ranks[node.axis]))
    RequestField.objects.bulk_create(rows)


def checked(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values, or ``MissingFacts`` naming every field that breaks a rule."""
    problems = check_values(values)
    if problems:
        raise MissingFacts(problems)
    return values
