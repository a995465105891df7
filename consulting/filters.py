"""What lists of requests can be filtered and sorted by, for pages, exports and the API alike."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consulting.models import Request, RequestKind

#: value of ``sort`` → label and order
SORTS: dict[str, tuple[Any, list[Any]]] = {
    "-created": (_("최근 순"), ["-created_at", "-pk"]),
    "due": (_("다음 기한 임박순"), [F("next_due").asc(nulls_last=True), "pk"]),
    "deadline": (_("희망 기한 임박순"), [F("deadline").asc(nulls_last=True), "pk"]),
    "number": (_("접수번호 순"), [F("number").asc(nulls_last=True), "pk"]),
}
DEFAULT_SORT = "-created"


class RequestFilter(django_filters.FilterSet):
    """Values that do not exist are ignored on pages and refused by the API."""

    q = django_filters.CharFilter(method="by_words", label=_("검색"), max_length=200)
    state = django_filters.MultipleChoiceFilter(choices=Request.State.choices, label=_("상태"))
    kind = django_filters.ModelMultipleChoiceFilter(
        queryset=RequestKind.objects.all(), to_field_name="code", label=_("종류")
    )
    stage = django_filters.MultipleChoiceFilter(choices=Request.Stage.choices, label=_("단계"))
    year = django_filters.NumberFilter(
        field_name="submitted_at", lookup_expr="year", min_value=2000, max_value=2200
    )
    decided_year = django_filters.NumberFilter(
        field_name="decided_at", lookup_expr="year", min_value=2000, max_value=2200
    )
    mine = django_filters.BooleanFilter(method="by_mine", label=_("내 것만"))
    overdue = django_filters.BooleanFilter(method="by_overdue", label=_("기한이 지난 것"))
    sort = django_filters.ChoiceFilter(
        choices=[(value, label) for value, (label, _order) in SORTS.items()],
        method="by_sort",
        label=_("정렬"),
    )

    class Meta:
        model = Request
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> QuerySet[Any]:
        return rows.matching_words(value.replace("\x00", ""))

    def by_mine(self, rows: Any, name: str, value: bool) -> QuerySet[Any]:
        user = getattr(self.request, "user", None)
        if not value or user is None:
            return rows
        return rows.filter(manager=user.pk) | rows.filter(requester=user.pk)

    def by_overdue(self, rows: Any, name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(next_due__lt=timezone.localdate()) if value else rows

    def by_sort(self, rows: Any, name: str, value: str) -> QuerySet[Any]:
        return rows.order_by(*SORTS[value][1])
