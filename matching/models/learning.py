"""Weights that were fitted to judged pairs, and figures of how well the matcher serves."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.learning.pairs import Source
from matching.querysets import EvaluationQuerySet, WeightSetQuerySet

#: where judgements come from; the last two are taken in once cases record them
SOURCES = {
    Source.JUDGED: _("판정 자료"),
    Source.CHOSEN: _("선정"),
    Source.ALTERNATE: _("예비"),
    Source.ADDED: _("직접 추가"),
    Source.DECLINED: _("적합성을 이유로 제외"),
    Source.PASSED_OVER: _("선정된 사람보다 위에 있었으나 고르지 않음"),
    Source.ACCEPTED: _("전문가 수락"),
    Source.SATISFACTION: _("만족도"),
}


class WeightSet(models.Model):
    """Weights fitted once, with all that they rest on. Only their state ever changes.

    ``base`` is the version of the built-in numbers that they were fitted under: with other
    built-in numbers the signals mean something else, and the set is not used.
    """

    class State(models.TextChoices):
        CANDIDATE = "candidate", _("사용 전")
        ACTIVE = "active", _("사용 중")
        RETIRED = "retired", _("사용 종료")

    number = models.PositiveIntegerField(_("번호"), unique=True)
    base = models.CharField(_("계산 방식"), max_length=32)
    #: changes of ``matching.conf.Scoring``: weights and whatever else was fitted
    scoring = models.JSONField(default=dict)
    #: parameters of the chance of being suitable; empty when there was too little to learn from
    calibration = models.JSONField(default=dict, blank=True)
    #: hash of pairs, present numbers and seed: the same work makes no second row
    fingerprint = models.CharField(max_length=64, unique=True)
    #: counts by source, requests, dates, judged folder, seed, exponent of attention
    trained_on = models.JSONField(default=dict)
    #: weights before and after, held-back figures with intervals, curves, folds
    report = models.JSONField(default=dict)
    is_recommended = models.BooleanField(_("권고"), default=False)
    state = models.CharField(
        _("상태"), max_length=16, choices=State.choices, default=State.CANDIDATE
    )
    created_at = models.DateTimeField(_("만든 때"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    activated_at = models.DateTimeField(_("사용 시작"), null=True, blank=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    activation_reason = models.TextField(_("사유"), blank=True)
    retired_at = models.DateTimeField(_("사용 종료"), null=True, blank=True)

    objects = WeightSetQuerySet.as_manager()

    class Meta:
        verbose_name = _("가중치 묶음")
        verbose_name_plural = _("가중치 묶음")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="active"), name="one_active_weight_set"
            ),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(activated_by__isnull=False),
                name="weights_are_activated_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """What runs name: the built-in version and the set's number."""
        return f"{self.base}.{self.number}"


class Evaluation(models.Model):
    """Figures of one period of use, or of one judged set. A period's figures are kept as they were.

    ``figures``: {"all": {metric: estimate}, "kind": {code: …}, "language": {code: …}}; an estimate
    is {value, low, high, count}.
    """

    class Source(models.TextChoices):
        USE = "use", _("선정 결과")
        JUDGED = "judged", _("판정 자료")

    source = models.CharField(max_length=16, choices=Source.choices)
    #: folder of the judged set; empty for figures of use
    name = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    weights_version = models.CharField(max_length=40, blank=True)
    #: what the figures rest on; for a file the hash of its content
    fingerprint = models.CharField(max_length=64, unique=True)
    requests = models.PositiveIntegerField(default=0)
    #: source of judgement → number, in the period and since the beginning
    pairs = models.JSONField(default=dict)
    pairs_so_far = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    #: bins of the reliability curve: {told, found, count}
    curve = models.JSONField(default=list)
    versions = models.JSONField(default=dict)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("추천 평가")
        verbose_name_plural = _("추천 평가")
        ordering = ["-ends_on", "-at"]

    def __str__(self) -> str:
        return f"{self.source} {self.name or self.ends_on}"
