"""A person's notices through the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications import services
from notifications.models import Notice


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A sentence and the page where something waits."""

    class Meta:
        model = Notice
        fields = ("id", "kind", "subject", "body", "path", "created_at", "read_at")
        read_only_fields = fields


class MarkedSerializer(serializers.Serializer[Any]):
    """How many notices were marked."""

    marked = serializers.IntegerField()


class NoticeFilter(django_filters.FilterSet):
    """``unread=true`` gives what has not been opened."""

    unread = django_filters.BooleanFilter("read_at", "isnull")

    class Meta:
        model = Notice
        fields = ("kind",)


class NoticeViewSet(viewsets.ReadOnlyModelViewSet[Notice]):
    """My notices."""

    queryset = Notice.objects.all()
    permission_classes = (IsAuthenticated,)
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter

    def get_queryset(self) -> QuerySet[Notice]:
        """Only the own ones."""
        return Notice.objects.visible_to(self.request.user)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str | None = None) -> Response:
        """Mark one as read."""
        notice = self.get_object()
        services.mark_read(request.user, notice.pk)
        notice.refresh_from_db()
        return Response(self.get_serializer(notice).data)

    @extend_schema(request=None, responses=MarkedSerializer)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all as read."""
        return Response({"marked": services.mark_read(request.user)})
