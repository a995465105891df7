"""Allocating experts over a round: a computation, its plans, and what staff wish for."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.querysets import AllocationQuerySet


class AllocationRun(models.Model):
    """One computation for a round: it ends with two plans, the greatest total and the fair one.

    Claimed, beaten and swept like a ``MatchRun``; ``attempts`` is the worker's token. ``scores_of``
    is the run whose scores are used, so that pins can be tried without ranking again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("대기")
        RUNNING = "running", _("실행 중")
        DONE = "done", _("완료")
        FAILED = "failed", _("실패")
        CANCELLED = "cancelled", _("취소됨")

    class Step(models.TextChoices):
        RANK = "rank", _("요청별 점수 계산")
        TOTAL = "total", _("총점이 가장 큰 배정")
        FAIR = "fair", _("고른 배정")
        STORE = "store", _("저장")

    round = models.ForeignKey("consulting.Round", models.PROTECT, related_name="allocation_runs")
    #: counts up within the round
    number = models.PositiveIntegerField()
    scores_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="solved_again"
    )
    state = models.CharField(_("상태"), max_length=16, choices=State.choices, default=State.QUEUED)
    state_since = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    round_version = models.PositiveIntegerField()
    #: candidates per request, seconds for the fair plan
    parameters = models.JSONField(default=dict)
    #: the wishes that were in force: [{request, expert, kind}]
    pins = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    #: seconds per step
    timings = models.JSONField(default=dict)
    step = models.CharField(_("단계"), max_length=8, choices=Step.choices, blank=True)
    progress = models.PositiveSmallIntegerField(_("진행률"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(_("오류"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        verbose_name = _("배정 계산")
        verbose_name_plural = _("배정 계산")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="allocation_number_once"),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(state__in=["queued", "running"]),
                name="one_active_allocation_per_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} #{self.number}"

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)


class AllocationScores(models.Model):
    """How one request's candidates scored: what every plan of the run rests on."""

    run = models.ForeignKey(AllocationRun, models.CASCADE, related_name="scores")
    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField()
    request_version = models.PositiveIntegerField()
    #: the ranked people with explanations, as ``ScoredExpert.as_json``
    ranking = models.JSONField(default=list)
    #: rule → how many people it excluded from this request
    exclusions = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("배정 점수")
        verbose_name_plural = _("배정 점수")
        constraints = [models.UniqueConstraint(fields=["run", "request"], name="scores_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.request_id}"


class AllocationPlan(models.Model):
    """Who would go where. Kept as computed; only a person applies it, with a reason."""

    class Objective(models.TextChoices):
        TOTAL = "total", _("총점 우선")
        FAIR = "fair", _("고른 배정")

    run = models.ForeignKey(AllocationRun, models.CASCADE, related_name="plans")
    objective = models.CharField(_("기준"), max_length=8, choices=Objective.choices)
    total = models.FloatField(_("총점"))
    worst = models.FloatField(_("가장 낮은 요청"))
    total_bound = models.FloatField()
    worst_bound = models.FloatField()
    timed_out = models.BooleanField(default=False)
    #: number of requests → how many experts have that many
    loads = models.JSONField(default=dict)
    #: what it could not do, see ``allocation_lacks``: [{kind, request, …}]
    blocked = models.JSONField(default=list)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("사유"), blank=True)

    class Meta:
        verbose_name = _("배정안")
        verbose_name_plural = _("배정안")
        ordering = ["run", "-objective"]
        constraints = [models.UniqueConstraint(fields=["run", "objective"], name="plan_once")]

    def __str__(self) -> str:
        return f"{self.run} {self.get_objective_display()}"

    @property
    def is_partial(self) -> bool:
        """Whether a pin was dropped or a minimum stays open; empty seats alone are usual."""
        return any(lack.get("kind") in ("pin", "quota") for lack in self.blocked)


class AllocationSeat(models.Model):
    """One person on one request of a plan, assigned or as an alternate."""

    class Role(models.TextChoices):
        ASSIGNED = "assigned", _("배정")
        ALTERNATE = "alternate", _("예비")

    plan = models.ForeignKey(AllocationPlan, models.CASCADE, related_name="people")
    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="+")
    expert = models.ForeignKey("experts.Expert", models.PROTECT, related_name="+")
    role = models.CharField(_("구분"), max_length=16, choices=Role.choices)
    score = models.FloatField(_("적합도"))
    rank = models.PositiveIntegerField(_("추천 순위"))
    pinned = models.BooleanField(_("고정"), default=False)
    expert_version = models.PositiveIntegerField()

    #: what staff wish of this pair now, where the board has looked it up
    wish: str = ""
    #: the institution of his main affiliation, where the board has looked it up
    employer: str = ""

    class Meta:
        verbose_name = _("배정된 사람")
        verbose_name_plural = _("배정된 사람")
        ordering = ["request__number", "role", "-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "request", "expert"], name="seat_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.request_id}/{self.expert_id}"


class AllocationPin(models.Model):
    """A wish for the next computation: this person on this request, or never."""

    class Kind(models.TextChoices):
        FORCE = "force", _("고정")
        FORBID = "forbid", _("제외")

    round = models.ForeignKey("consulting.Round", models.CASCADE, related_name="pins")
    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="+")
    expert = models.ForeignKey("experts.Expert", models.CASCADE, related_name="+")
    kind = models.CharField(_("구분"), max_length=8, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("고정과 제외")
        verbose_name_plural = _("고정과 제외")
        ordering = ["request__number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "request", "expert"], name="pin_once")
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.request_id}/{self.expert_id} {self.kind}"
