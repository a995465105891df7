"""What the site tells in its own voice."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content import permissions
from content.dates import is_english


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def published(self) -> AnnouncementQuerySet:
        """Announcements whose day has come, the newest first."""
        return self.filter(published_at__lte=timezone.now()).order_by("-published_at", "-pk")

    def visible_to(self, user: Any) -> AnnouncementQuerySet:
        """Editors see what is planned as well; everyone else what is published."""
        if permissions.may_edit(user):
            return self.order_by("-published_at", "-pk")
        return self.published()


class Announcement(models.Model):
    """A public announcement in Korean, with an English text where one was written."""

    title_ko = models.CharField(_("제목"), max_length=200)
    body_ko = models.TextField(_("내용"))
    title_en = models.CharField(_("영문 제목"), max_length=200, blank=True)
    body_en = models.TextField(_("영문 내용"), blank=True)
    published_at = models.DateTimeField(_("게시 시각"), default=timezone.now)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("소식")
        verbose_name_plural = _("소식")
        ordering = ["-published_at", "-pk"]
        indexes = [models.Index(fields=["-published_at"])]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Years that a mistyped date would give, and that the database cannot hand back."""
        if self.published_at and not 2000 <= self.published_at.year <= 2100:
            text = gettext("2000년과 2100년 사이의 날짜를 적어 주십시오.")
            raise ValidationError({"published_at": text})

    @property
    def title(self) -> str:
        """The title in the reader's language; Korean where no English one was written."""
        return self.title_en if is_english() and self.title_en else self.title_ko

    @property
    def body(self) -> str:
        """The text in the reader's language; Korean where no English one was written."""
        return self.body_en if is_english() and self.body_en else self.body_ko

    @property
    def is_published(self) -> bool:
        """Whether its time has come."""
        return self.published_at <= timezone.now()

    @property
    def text_language(self) -> str:
        """Language of what ``title`` and ``body`` give, for the ``lang`` attribute."""
        return "en" if is_english() and self.body_en else "ko"
