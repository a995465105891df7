"""Append-only records: what happened, and who looked at whose data."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that happened. Rows can be neither changed nor deleted (database trigger).

    ``data`` holds the facts of the event as its typed function wrote them; personal data in it
    is named by the event type's removal rule (``audit.registry``).
    """

    at = models.DateTimeField(_("일시"), default=timezone.now, db_index=True)
    type = models.CharField(_("종류"), max_length=64, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("행위자"),
    )
    object_type = models.CharField(_("대상 종류"), max_length=64)
    object_id = models.CharField(_("대상 번호"), max_length=64)
    object_label = models.CharField(_("대상"), max_length=200, blank=True)
    data = models.JSONField(_("내용"), default=dict)

    class Meta:
        verbose_name = _("기록")
        verbose_name_plural = _("기록")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="event_object")]


class AccessLog(models.Model):
    """Someone other than the person concerned saw, changed or took a person's record."""

    class Action(models.TextChoices):
        VIEW = "view", _("조회")
        CHANGE = "change", _("수정")
        DELETE = "delete", _("삭제")
        PRINT = "print", _("출력")
        DOWNLOAD = "download", _("내려받기")

    at = models.DateTimeField(_("일시"), default=timezone.now, db_index=True)
    viewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("본 사람"),
    )
    subject_type = models.CharField(_("대상 종류"), max_length=64)
    subject_id = models.CharField(_("대상 번호"), max_length=64)
    action = models.CharField(_("수행 업무"), max_length=16, choices=Action.choices)
    purpose = models.CharField(_("사유"), max_length=200, blank=True)
    path = models.CharField(_("화면"), max_length=200, blank=True)
    ip = models.GenericIPAddressField(_("접속지"), null=True, blank=True)

    class Meta:
        verbose_name = _("개인정보 접속기록")
        verbose_name_plural = _("개인정보 접속기록")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id", "-at"], name="access_subject")]
