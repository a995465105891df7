"""Announcements of the demonstration, told by its content editor."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from content.models import Announcement
from content.services import save_announcement
from demo.clock import at
from demo.reading import document


def tell_news(editor: User) -> int:
    """Write the announcements that are not there yet, each on its own day; returns how many."""
    told = 0
    for entry in document("news"):
        facts = {key: text for key, text in entry.items() if key != "days_ago"}
        if not Announcement.objects.filter(title_ko=facts["title_ko"]).exists():
            day = timezone.now() - timedelta(days=entry["days_ago"])
            with at(day):
                save_announcement(Announcement(**facts, published_at=day), editor)
            told += 1
    return told
