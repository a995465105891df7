"""The record through the API; for auditors and administrators, read-only."""

from typing import Any

from rest_framework import serializers, viewsets

from audit import selectors
from audit.filters import AccessFilter, EventFilter
from audit.models import AccessLog, Event
from common.access import has_role

Readers = has_role("auditor", "administrator")


class EventSerializer(serializers.ModelSerializer[Event]):
    """An event with its sentence in the reader's language."""

    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    sentence = serializers.CharField(read_only=True)
    facts = serializers.JSONField(read_only=True)

    class Meta:
        model = Event
        fields = (
            "id", "at", "type", "label", "sentence", "actor", "object_type", "object_id", "facts",
        )  # fmt: skip
        read_only_fields = fields


class AccessLogSerializer(serializers.ModelSerializer[AccessLog]):
    """Who saw, changed or took whose data."""

    class Meta:
        model = AccessLog
        fields = (
            "id", "at", "viewer", "subject_type", "subject_id", "rows", "action", "purpose",
            "path", "ip",
        )  # fmt: skip
        read_only_fields = fields


class EventViewSet(viewsets.ReadOnlyModelViewSet[Event]):
    """What happened."""

    queryset = Event.objects.all()
    permission_classes = (Readers,)
    serializer_class = EventSerializer
    filterset_class = EventFilter

    def get_queryset(self) -> Any:
        """With what the sentences need."""
        return selectors.events()

    def paginate_queryset(self, queryset: Any) -> Any:
        """Names of the whole page at once."""
        page = super().paginate_queryset(queryset)
        return selectors.with_names(page) if page is not None else None


class AccessLogViewSet(viewsets.ReadOnlyModelViewSet[AccessLog]):
    """Accesses to personal data."""

    queryset = AccessLog.objects.order_by("-at", "-pk")
    permission_classes = (Readers,)
    serializer_class = AccessLogSerializer
    filterset_class = AccessFilter
