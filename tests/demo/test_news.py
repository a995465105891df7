"""Announcements of the demonstration."""

import pytest
from django.utils import timezone

from audit.models import Event
from content.models import Announcement
from demo import seeding
from demo.clock import at
from demo.news import tell_news
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_news_is_told_once_in_both_languages_by_the_editor() -> None:
    with at(timezone.now() - seeding.BEFORE):
        editor = UserFactory(editor=True)
    assert (tell_news(editor), tell_news(editor)) == (3, 0)
    rows = list(Announcement.objects.published())
    assert all(row.title_en and row.body_en and row.published_at < timezone.now() for row in rows)
    assert len({row.published_at.date() for row in rows}) == 3
    assert Event.objects.filter(type="content.announcement_written", actor=editor).count() == 3
