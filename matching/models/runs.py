"""A search for experts and its result, kept as it was shown."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.querysets import (
    ConflictQuerySet,
    MatchCandidateQuerySet,
    MatchRunQuerySet,
    WaiverQuerySet,
)


class MatchRun(models.Model):
    """One run of the matcher for one request.

    A worker claims a queued run by a state change and beats ``heartbeat_at`` while it works;
    a sweep puts a run whose heart has stopped back to ``queued``. ``attempts`` rises with every
    claim and is the worker's token: who holds an older number may no longer write.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("대기")
        RUNNING = "running", _("실행 중")
        DONE = "done", _("완료")
        EMPTY = "empty", _("결과 없음")
        FAILED = "failed", _("실패")
        CANCELLED = "cancelled", _("취소됨")

    class Step(models.TextChoices):
        PREPARE = "prepare", _("준비")
        ELIGIBILITY = "eligibility", _("적격 확인")
        RETRIEVE = "retrieve", _("검색")
        SCORE = "score", _("점수 계산")
        STORE = "store", _("저장")

    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="match_runs")
    state = models.CharField(_("상태"), max_length=16, choices=State.choices, default=State.QUEUED)
    state_since = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("요청한 사람")
    )
    #: version of the request whose text was matched
    request_version = models.PositiveIntegerField()
    #: limit, filters and weights asked for
    parameters = models.JSONField(default=dict)
    #: encoder fingerprints, background, weights, engine, analyser
    versions = models.JSONField(default=dict)
    #: milliseconds: queue, encode, retrieve, score, store, total
    timings = models.JSONField(default=dict)
    pool_size = models.PositiveIntegerField(null=True, blank=True)
    eligible_size = models.PositiveIntegerField(null=True, blank=True)
    #: rule code → number of experts that it excluded
    exclusions = models.JSONField(default=dict)
    step = models.CharField(_("단계"), max_length=16, choices=Step.choices, blank=True)
    progress = models.PositiveSmallIntegerField(_("진행률"), default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(_("오류"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    #: when the task was handed to the broker last; none while nobody could reach it
    enqueued_at = models.DateTimeField(null=True, blank=True)

    objects = MatchRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("매칭 실행")
        verbose_name_plural = _("매칭 실행")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(state__in=["queued", "running"]),
                name="one_active_run_per_request",
            )
        ]
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="run_sweep")]

    def __str__(self) -> str:
        return f"{self.request.number} #{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)


class MatchCandidate(models.Model):
    """A person on the shortlist, with the explanation as it stood when it was shown."""

    class Origin(models.TextChoices):
        MATCHED = "matched", _("추천")
        ADDED = "added", _("직접 추가")

    class Mark(models.TextChoices):
        NONE = "", _("미정")
        CHOSEN = "chosen", _("선정")
        ALTERNATE = "alternate", _("예비")
        DECLINED = "declined", _("제외")

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="candidates")
    expert = models.ForeignKey("experts.Expert", models.PROTECT, related_name="+")
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.MATCHED)
    #: none for a person added by hand
    rank = models.PositiveIntegerField(_("순위"), null=True, blank=True)
    #: fit, 0 to 1
    score = models.FloatField(_("적합도"), null=True, blank=True)
    #: signal → share of the score; the shares add up to ``score``
    contributions = models.JSONField(default=dict)
    #: matched tags, best evidence, raw signals
    explanation = models.JSONField(default=dict)
    expert_version = models.PositiveIntegerField()
    mark = models.CharField(
        _("표시"), max_length=16, choices=Mark.choices, default=Mark.NONE, blank=True
    )
    mark_reason = models.TextField(_("사유"), blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    marked_at = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_reason = models.TextField(_("추가 사유"), blank=True)
    #: order of preference among the chosen and the alternates, from 1
    preference = models.PositiveSmallIntegerField(_("희망 순서"), null=True, blank=True)
    #: what the department is told about why this person was chosen
    department_note = models.TextField(_("부서에 보이는 설명"), blank=True)

    objects = MatchCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("후보")
        verbose_name_plural = _("후보")
        ordering = [F("rank").asc(nulls_last=True), "id"]
        constraints = [models.UniqueConstraint(fields=["run", "expert"], name="candidate_once")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.expert_id}"

    @property
    def is_named(self) -> bool:
        return self.mark in (self.Mark.CHOSEN, self.Mark.ALTERNATE)


class Conflict(models.Model):
    """A conflict of interest that staff entered: with a whole 기관 or with one request."""

    expert = models.ForeignKey("experts.Expert", models.CASCADE, related_name="conflicts")
    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    request = models.ForeignKey(
        "consulting.Request", models.PROTECT, null=True, blank=True, related_name="conflicts"
    )
    reason = models.TextField(_("사유"))
    evidence = models.CharField(_("근거"), max_length=300)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    ends_on = models.DateField(_("종료"), null=True, blank=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("이해충돌")
        verbose_name_plural = _("이해충돌")
        ordering = ["-entered_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(request__isnull=False),
                name="conflict_names_its_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.expert_id}: {self.evidence}"


class Waiver(models.Model):
    """A rule set aside for one expert on one request, with a reason and an approver."""

    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="waivers")
    expert = models.ForeignKey("experts.Expert", models.CASCADE, related_name="waivers")
    rule = models.CharField(_("규칙"), max_length=32)
    reason = models.TextField(_("사유"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    refused_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(_("답변"), blank=True)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        verbose_name = _("규칙 예외")
        verbose_name_plural = _("규칙 예외")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "expert", "rule"],
                condition=Q(refused_at=None),
                name="waiver_once",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")),
                name="waiver_needs_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.expert_id}: {self.rule}"

    @property
    def is_open(self) -> bool:
        return self.approved_at is None and self.refused_at is None


class IndexJob(models.Model):
    """Something that must be embedded again: a row first, so that a dead broker loses nothing.

    ``wanted`` rises with every change of the object while the row waits; the worker removes the
    row only when the number is still the one that it read.
    """

    class Kind(models.TextChoices):
        EXPERT = "expert", _("전문가")
        REQUEST = "request", _("요청")
        SEARCH = "search", _("검색 서버")
        DIRECTORY = "directory", _("전문가 찾기")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    object_id = models.BigIntegerField()
    wanted = models.PositiveIntegerField(default=1)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("색인 작업")
        verbose_name_plural = _("색인 작업")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="index_job_once")]
        indexes = [models.Index(fields=["due_at"], name="index_job_due")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id}"
