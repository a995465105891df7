"""The map of public pages; apps above add their own sections when they start."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from content.models import Notice, NoticeQuerySet


class Pages(Sitemap[str]):
    """Pages without a row of their own."""

    i18n = True
    alternates = True
    changefreq = "weekly"

    def items(self) -> list[str]:
        return ["home", "notices", "help", "ai_guide", "privacy", "status"]

    def location(self, item: str) -> str:
        return reverse(f"content:{item}")


class Notices(Sitemap[Notice]):
    """Published notices."""

    i18n = True
    alternates = True

    def items(self) -> NoticeQuerySet:
        return Notice.objects.published()

    def lastmod(self, item: Notice) -> datetime:
        return item.published_at

    def location(self, item: Notice) -> str:
        return reverse("content:notice", args=[item.pk])


SECTIONS: dict[str, type[Sitemap]] = {"pages": Pages, "notices": Notices}
