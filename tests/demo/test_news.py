"""Announcements of the demonstration."""

import pytest
from django.utils import timezone

from accounts.models import Role
from audit.models import Event
from content.models import Announcement
from demo.news import tell_news
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_news_is_told_once_in_both_languages_by_the_editor() -> None:
    editor = UserFactory(role=Role.EDITOR)
    assert (tell_news(editor), tell_news(editor)) == (3, 0)
    rows = list(Announcement.objects.published())
    assert all(row.title_en and row.body_en and row.published_at < timezone.now() for row in rows)
    assert Event.objects.filter(actor=editor).count() == 3
