"""Reads of the record."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit import registry
from audit.models import AccessLog, Event, load_objects


def events() -> QuerySet[Event]:
    """All events, newest first, with what their sentences need of the actor."""
    related = ("actor__department__root",)
    return Event.objects.select_related(*related).prefetch_related("details")


def events_about(obj: models.Model) -> QuerySet[Event]:
    """What happened to one object, newest first."""
    return events().filter(object_type=obj._meta.label_lower, object_id=str(obj.pk))


def accesses() -> QuerySet[AccessLog]:
    """All accesses to personal data, newest first."""
    return AccessLog.objects.select_related("viewer__department__root")


def with_names(rows: Iterable[Event]) -> list[Event]:
    """Give events the objects that their sentences name, one query per model for all of them."""
    found = list(rows)
    wanted: dict[str, set[Any]] = defaultdict(set)
    for event in found:
        wanted[event.object_type].add(event.object_id)
        for model, ids in _named(event):
            wanted[model.lower()].update(ids)
    loaded = load_objects({model: list(ids) for model, ids in wanted.items()})
    for event in found:
        event._loaded = loaded
    return found


def _named(event: Event) -> Iterable[tuple[str, list[Any]]]:
    try:
        refs = registry.get(event.type).refs
    except KeyError:
        return
    for key, model in refs.items():
        value = event.data.get(key)
        yield model, [pk for pk in (value if isinstance(value, list) else [value]) if pk]


def names_of_subjects(rows: Iterable[AccessLog]) -> dict[int, str]:
    """What each access concerned, as it is called today, by the access's id."""
    found = list(rows)
    wanted: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        if row.subject_id:
            wanted[row.subject_type].append(row.subject_id)
    loaded = load_objects(wanted)
    return {row.pk: _subject_name(row, loaded) for row in found}


def _subject_name(row: AccessLog, loaded: dict[tuple[str, str], models.Model]) -> str:
    if not row.subject_id:
        try:
            kind = apps.get_model(row.subject_type)._meta.verbose_name_plural
        except (LookupError, ValueError):
            kind = row.subject_type
        return _("%(kind)s 목록") % {"kind": kind}
    return str(loaded.get((row.subject_type, row.subject_id), _("(없는 항목)")))
