"""Announcements for tests; trait ``planned`` for one whose time has not come."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from content.models import Announcement


class AnnouncementFactory(DjangoModelFactory):
    """A published announcement in both languages."""

    class Meta:
        model = Announcement

    class Params:
        planned = factory.Trait(
            published_at=factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
        )
        korean_only = factory.Trait(title_en="", body_en="")

    title_ko = factory.Sequence(lambda n: f"소식 {n}")
    body_ko = "첫 문단입니다."
    title_en = factory.Sequence(lambda n: f"News {n}")
    body_en = "A first paragraph."
    published_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))
