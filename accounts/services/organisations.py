"""The tree of 기관 and 부서."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import events
from accounts.models import Organisation, User
from common.errors import MissingFacts

FACTS = ("kind", "name_ko", "name_en", "is_active")


@transaction.atomic
def load_organisations(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Add or update organisations by code; rows may stand in any order.

    A row has ``code``, ``name_ko`` and, where they apply, ``kind`` (default: the parent's),
    ``name_en``, ``parent`` (a code) and ``is_active``. Nothing is ever removed. Returns the ids
    by code. Raises ``ValueError`` for a parent that neither the rows nor the table know.
    """
    waiting = {str(row["code"]): row for row in rows}
    known = {org.code: org for org in Organisation.objects.select_related("parent", "root")}
    while waiting:
        ready = [c for c, row in waiting.items() if _parent(row) not in waiting]
        if not ready:
            raise ValueError(f"organisations are each other's parent: {sorted(waiting)[:5]}")
        for code in ready:
            known[code] = _load(waiting.pop(code), known)
    return {code: org.pk for code, org in known.items()}


def _parent(row: Mapping[str, Any]) -> str:
    return str(row.get("parent") or "")


def _load(row: Mapping[str, Any], known: dict[str, Organisation]) -> Organisation:
    parent = _parent(row)
    if parent and parent not in known:
        raise ValueError(f"organisation {row['code']!r} names an unknown parent {parent!r}")
    org = known.get(str(row["code"])) or Organisation(code=row["code"])
    org.parent = known[parent] if parent else None
    if org.parent and not row.get("kind"):
        org.kind = org.parent.kind
    for name in FACTS:
        if row.get(name) not in (None, ""):
            setattr(org, name, row[name])
    org.save()
    return org


@transaction.atomic
def save_organisation(organisation: Organisation, *, by: User) -> Organisation:
    """Add or change one organisation by hand. Raises ``MissingFacts`` for a circle in the tree."""
    # one lock for the whole tree: two moves at once could otherwise make a circle together
    list(Organisation.objects.select_for_update().order_by("pk").values_list("pk"))
    below = Organisation.objects.below([organisation.pk]) if organisation.pk else set()
    if organisation.parent_id in below:
        text = _("자기 자신이나 아래 부서를 상위 기관으로 정할 수 없습니다.")
        raise MissingFacts({"parent": text})
    people = User.objects.filter(is_active=True, department__in=below)
    if not organisation.is_active and people.exists():
        text = _("이 기관이나 아래 부서에 사용 중인 사람이 있습니다. 먼저 소속을 옮겨 주십시오.")
        raise MissingFacts({"is_active": text})
    organisation.save()
    events.organisation_saved(organisation, by)
    return organisation
