"""In-app notices and the outbox through which all mail leaves."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.querysets import NoticeQuerySet, OutboxQuerySet


class Notice(models.Model):
    """A sentence for one person, with the page where something waits."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notices",
        verbose_name=_("받는 사람"),
    )
    kind = models.CharField(_("종류"), max_length=64)
    subject = models.CharField(_("제목"), max_length=200)
    body = models.TextField(_("내용"), blank=True)
    path = models.CharField(_("화면"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("일시"), default=timezone.now)
    read_at = models.DateTimeField(_("읽은 때"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("알림")
        verbose_name_plural = _("알림")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["person", "read_at"], name="notice_unread")]

    def __str__(self) -> str:
        return self.subject


class OutboxMessage(models.Model):
    """A mail that must not be lost: a row first, sent after commit, swept by a periodic task.

    ``next_attempt_at`` is also the lease of whoever is sending it now. ``secret`` mail carries a
    link that opens an account; its text is blanked once a mail server has taken it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("발송 대기")
        SENT = "sent", _("발송됨")
        FAILED = "failed", _("발송 실패")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    to = models.EmailField(_("받는 주소"))
    subject = models.CharField(_("제목"), max_length=200)
    body = models.TextField(_("내용"), blank=True)
    secret = models.BooleanField(_("비밀 링크 포함"), default=False)
    state = models.CharField(_("상태"), max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("시도"), default=0)
    next_attempt_at = models.DateTimeField(_("다음 시도"), default=timezone.now)
    error = models.CharField(_("오류"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("작성"), default=timezone.now)
    sent_at = models.DateTimeField(_("발송"), null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("보낸 메일")
        verbose_name_plural = _("보낸 메일")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["state", "next_attempt_at"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
