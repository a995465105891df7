"""Announcements through the API."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny

from content.models import Announcement


class AnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    """Both languages; the English fields are empty where none was written."""

    class Meta:
        model = Announcement
        fields = ("id", "title_ko", "body_ko", "title_en", "body_en", "published_at")
        read_only_fields = fields


class AnnouncementViewSet(viewsets.ReadOnlyModelViewSet[Announcement]):
    """Published announcements, the newest first."""

    queryset = Announcement.objects.all()
    permission_classes = (AllowAny,)
    serializer_class = AnnouncementSerializer

    def get_queryset(self) -> QuerySet[Announcement]:
        """What the reader may see."""
        return Announcement.objects.visible_to(self.request.user)
