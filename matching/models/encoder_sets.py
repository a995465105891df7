"""Which language models searches use, and the one that is being made ready to take over."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EncoderSet(models.Model):
    """One configured set of language models.

    Searches use the active set. Another one is made ready beside it: every text is embedded, its
    background is built, its vectors are laid beside the present ones, and only then it takes over.
    ``step`` and ``position`` (the last id done) say where that work stands, so that it goes on
    after any interruption.
    """

    class State(models.TextChoices):
        PREPARING = "preparing", _("준비 중")
        ACTIVE = "active", _("사용 중")
        RETIRED = "retired", _("이전 모델")

    class Step(models.TextChoices):
        EMBED_EXPERTS = "embed_experts", _("전문가 자료 변환")
        EMBED_REQUESTS = "embed_requests", _("요청 변환")
        BACKGROUND = "background", _("배경 통계")
        INDEX = "index", _("색인 추가")
        TIDY = "tidy", _("이전 벡터 정리")
        DONE = "done", _("완료")

    #: entries of MATCHING_ENCODERS in order; what is declared about a model as JSON
    names = ArrayField(models.TextField())
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARING)
    step = models.CharField(max_length=16, choices=Step.choices, default=Step.EMBED_EXPERTS)
    position = models.BigIntegerField(default=0)
    #: version of the background made with this set; empty for the one that ships
    background = models.CharField(max_length=32, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("언어 모델 구성")
        verbose_name_plural = _("언어 모델 구성")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="active"), name="one_active_encoder_set"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="preparing"), name="one_preparing_encoder_set"
            ),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.names)} ({self.state})"
