"""Filters of the record, the same for pages, exports and the API."""

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audit import registry
from audit.models import AccessLog, Event

LARGEST_ID = 2**63 - 1


def _types() -> list[tuple[str, str]]:
    return [(kind.code, str(kind.label)) for kind in registry.all_types()]


class DayInput(forms.DateInput):
    """The browser's own picker, which wants the ISO form in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PeriodFilter(django_filters.FilterSet):
    """From one day to another, both included, in local time."""

    since = django_filters.DateFilter("at", "date__gte", label=_("부터"), widget=DayInput)
    until = django_filters.DateFilter("at", "date__lte", label=_("까지"), widget=DayInput)


class EventFilter(PeriodFilter):
    """By person (who did it or whose account it is), object, kind and period."""

    person = django_filters.NumberFilter(method="of_person", label=_("사람 번호"))
    who = django_filters.CharFilter(method="by_name", label=_("행위자 이름"), max_length=100)
    object = django_filters.CharFilter(method="about", label=_("대상"), max_length=100)
    type = django_filters.ChoiceFilter(choices=_types, label=_("종류"), empty_label=_("모든 종류"))

    class Meta:
        model = Event
        fields = ()

    def of_person(self, rows: QuerySet[Event], name: str, value: int) -> QuerySet[Event]:
        """A person's id."""
        if not 0 < value <= LARGEST_ID:
            return rows.none()
        concerned = Q(object_type="accounts.user", object_id=str(int(value)))
        return rows.filter(Q(actor_id=int(value)) | concerned)

    def by_name(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Part of the acting person's name or address."""
        fields = ("name_ko", "name_en", "email")
        wanted = Q(*((f"actor__{field}__icontains", value) for field in fields), _connector=Q.OR)
        return rows.filter(wanted)

    def about(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Part of the object's label (a request's number), or ``type:id``."""
        kind, _colon, key = value.partition(":")
        exact = Q(object_type=kind.lower(), object_id=key) if key else Q(pk__in=())
        return rows.filter(Q(object_label__icontains=value) | exact)


class AccessFilter(PeriodFilter):
    """By viewer, person concerned, action and period."""

    viewer = django_filters.CharFilter(method="by_name", label=_("본 사람"), max_length=100)
    subject = django_filters.CharFilter(method="about", label=_("대상"), max_length=100)
    action = django_filters.ChoiceFilter(
        choices=AccessLog.Action.choices, label=_("수행 업무"), empty_label=_("모든 업무")
    )

    class Meta:
        model = AccessLog
        fields = ()

    def by_name(self, rows: QuerySet[AccessLog], name: str, value: str) -> QuerySet[AccessLog]:
        """Part of the viewer's name or address."""
        fields = ("name_ko", "name_en", "email")
        wanted = Q(*((f"viewer__{field}__icontains", value) for field in fields), _connector=Q.OR)
        return rows.filter(wanted)

    def about(self, rows: QuerySet[AccessLog], name: str, value: str) -> QuerySet[AccessLog]:
        """``type:id`` or a type alone."""
        kind, _colon, key = value.partition(":")
        rows = rows.filter(subject_type=kind.lower())
        return rows.filter(subject_id=key) if key else rows
