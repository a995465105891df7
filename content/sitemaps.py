"""The map of public pages; apps above add their own sections when they start."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from content.models import Announcement, AnnouncementQuerySet


class Pages(Sitemap[str]):
    """Pages without a row of their own."""

    i18n = True
    alternates = True
    changefreq = "weekly"

    def items(self) -> list[str]:
        return ["home", "news", "help", "ai_guide", "privacy", "status"]

    def location(self, item: str) -> str:
        return reverse(f"content:{item}")


class Announcements(Sitemap[Announcement]):
    """Published notices."""

    i18n = True
    alternates = True

    def items(self) -> AnnouncementQuerySet:
        return Announcement.objects.published()

    def lastmod(self, item: Announcement) -> datetime:
        return item.published_at

    def location(self, item: Announcement) -> str:
        return reverse("content:news_item", args=[item.pk])


SECTIONS: dict[str, type[Sitemap]] = {"pages": Pages, "news": Announcements}
