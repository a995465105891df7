"""A round, its requests with their seats, and limits of single experts in it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consulting.rounds.querysets import RoundQuerySet


class Round(models.Model):
    """A period in which experts are allocated over several requests at once.

    ``version`` rises with everything that an allocation reads, so that a plan can tell that it
    is older than its round.
    """

    class Kind(models.TextChoices):
        SURVEY = "survey", _("정기 수요조사")
        OTHER = "other", _("그 밖의 회차")

    class State(models.TextChoices):
        DRAFT = "draft", _("준비 중")
        OPEN = "open", _("진행 중")
        ALLOCATING = "allocating", _("배정 중")
        CLOSED = "closed", _("종료")

    name = models.CharField(_("이름"), max_length=120, unique=True)
    kind = models.CharField(_("종류"), max_length=8, choices=Kind.choices, default=Kind.SURVEY)
    starts_on = models.DateField(_("시작일"))
    ends_on = models.DateField(_("종료일"))
    state = models.CharField(_("상태"), max_length=12, choices=State.choices, default=State.DRAFT)
    state_since = models.DateTimeField(default=timezone.now)
    #: requests that one expert takes in the round; none: his monthly number times the months
    capacity = models.PositiveSmallIntegerField(
        _("한 사람이 맡는 건수"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    minimum = models.FloatField(
        _("최소 적합도"), default=0.0, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    #: people of one institution on one request; none: any number
    per_institution = models.PositiveSmallIntegerField(
        _("한 요청에 같은 기관 사람"),
        null=True,
        blank=True,
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    #: seats that people of one institution may have in the whole round; none: any number
    per_institution_round = models.PositiveSmallIntegerField(
        _("회차 전체에서 한 기관의 자리"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    note = models.TextField(_("메모"), blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("회차")
        verbose_name_plural = _("회차")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="round_ends_after_its_start"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("consulting:round", args=[self.pk])

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED


class RoundRequest(models.Model):
    """A request of a round with the number of experts that it may get."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="entries")
    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="rounds")
    seats = models.PositiveSmallIntegerField(
        _("자리"), validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("회차의 요청")
        verbose_name_plural = _("회차의 요청")
        ordering = ["request__number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "request"], name="round_request_once")
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.request_id}"


class RoundLimit(models.Model):
    """How many requests one expert takes in the round, where it is not the usual number."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="limits")
    expert = models.ForeignKey("experts.Expert", models.CASCADE, related_name="+")
    capacity = models.PositiveSmallIntegerField(
        _("한 사람이 맡는 건수"), validators=[MaxValueValidator(100)]
    )
    reason = models.CharField(_("사유"), max_length=300)

    class Meta:
        verbose_name = _("회차의 개인 한도")
        verbose_name_plural = _("회차의 개인 한도")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["round", "expert"], name="round_limit_once")]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.expert_id} {self.capacity}"


class RoundQuota(models.Model):
    """Seats for a group of experts: at least so many, at most so many, on a request.

    Without ``entry`` it holds for each request of the round; one for a single request takes its
    place there. What ``value`` means by the kind of group stands in ``consulting.rounds.groups``.
    """

    class By(models.TextChoices):
        ORIGIN = "origin", _("국내·해외")
        SECTOR = "sector", _("소속 구분")
        POOL = "pool", _("전문가 풀")
        INSTITUTION = "institution", _("기관")

    round = models.ForeignKey(Round, models.CASCADE, related_name="quotas")
    entry = models.ForeignKey(
        RoundRequest, models.CASCADE, null=True, blank=True, related_name="quotas"
    )
    by = models.CharField(_("구분"), max_length=12, choices=By.choices)
    value = models.CharField(_("전문가 묶음"), max_length=160)
    least = models.PositiveSmallIntegerField(
        _("최소 인원"), default=0, validators=[MaxValueValidator(20)]
    )
    most = models.PositiveSmallIntegerField(
        _("최대 인원"), null=True, blank=True, validators=[MaxValueValidator(20)]
    )

    class Meta:
        verbose_name = _("회차의 인원 조건")
        verbose_name_plural = _("회차의 인원 조건")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "entry", "by", "value"],
                name="round_quota_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(most__gte=F("least")),
                name="round_quota_least_below_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.by} {self.value}"
