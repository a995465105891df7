"""A department's request, from its draft to the named people."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consulting.querysets import RequestQuerySet


class RequestKind(models.Model):
    """A kind of help. Kinds are data: label, fields wanted, usual number of experts."""

    code = models.SlugField(_("코드"), max_length=40, unique=True)
    label_ko = models.CharField(_("이름"), max_length=60)
    label_en = models.CharField(_("영문 이름"), max_length=80)
    description_ko = models.TextField(_("설명"), blank=True)
    description_en = models.TextField(_("영문 설명"), blank=True)
    example_ko = models.CharField(pgettext_lazy("example", "예"), max_length=300, blank=True)
    example_en = models.CharField(_("영문 예"), max_length=300, blank=True)
    #: names of the optional form fields that this kind asks for (see consulting.pages.forms)
    fields_wanted = ArrayField(models.CharField(max_length=32), default=list)
    usual_days = models.PositiveSmallIntegerField(_("보통 걸리는 날"), default=14)
    usual_experts = models.PositiveSmallIntegerField(_("보통 필요한 전문가 수"), default=1)
    is_active = models.BooleanField(_("사용"), default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("요청 종류")
        verbose_name_plural = _("요청 종류")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.label

    def _local(self, name: str) -> str:
        english = (translation.get_language() or "ko").startswith("en")
        return getattr(self, f"{name}_{'en' if english else 'ko'}") or getattr(self, f"{name}_ko")

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return self._local("label")

    @property
    def description(self) -> str:
        """The description in the reader's language."""
        return self._local("description")

    @property
    def example(self) -> str:
        """The example in the reader's language."""
        return self._local("example")


class Request(models.Model):
    """What a department asks for.

    ``version`` rises with every change of the text or the wanted fields, so that a shortlist
    can tell that it is older than the request.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("작성 중")
        SUBMITTED = "submitted", _("제출됨")
        RETURNED = "returned", _("보완 요청")
        ACCEPTED = "accepted", _("접수됨")
        MATCHING = "matching", _("전문가 찾는 중")
        SHORTLISTED = "shortlisted", _("추천 완료")
        DECIDED = "decided", _("선정 완료")
        REJECTED = "rejected", _("반려")
        WITHDRAWN = "withdrawn", _("철회")

    class Stage(models.TextChoices):
        PLAN = "plan", _("기획")
        BUILD = "build", _("구축")
        OPERATE = "operate", _("운영")

    class Track(models.TextChoices):
        SURVEY = "survey", _("정기 수요조사")
        DESK = "desk", _("상시 접수")

    class Disclosure(models.TextChoices):
        OPEN = "open", _("공개")
        PARTIAL = "partial", _("부분공개")
        CLOSED = "closed", _("비공개")

    #: given at submission: two digits of the year and a running number, "26-0142"
    number = models.CharField(_("접수번호"), max_length=12, unique=True, null=True, blank=True)
    kind = models.ForeignKey(RequestKind, models.PROTECT, verbose_name=_("종류"))
    track = models.CharField(_("경로"), max_length=8, choices=Track.choices, default=Track.DESK)
    title = models.CharField(_("제목"), max_length=200, blank=True)
    situation = models.TextField(_("현황"), blank=True)
    problem = models.TextField(_("문제"), blank=True)
    expected_effect = models.TextField(_("기대효과"), blank=True)
    data_held = models.TextField(_("보유 데이터"), blank=True)
    ask = models.TextField(_("요청사항"), blank=True)
    audience = models.CharField(_("대상과 인원"), max_length=200, blank=True)
    schedule = models.CharField(_("일정과 장소"), max_length=200, blank=True)
    stage = models.CharField(_("단계"), max_length=8, choices=Stage.choices, default=Stage.PLAN)
    keywords = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("키워드")
    )
    deadline = models.DateField(_("희망 기한"), null=True, blank=True)
    budget = models.BigIntegerField(
        _("예산(원)"), null=True, blank=True, validators=[MinValueValidator(0)]
    )
    experts_wanted = models.PositiveSmallIntegerField(
        _("필요한 전문가 수"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    disclosure = models.CharField(
        _("공개 구분"), max_length=8, choices=Disclosure.choices, default=Disclosure.PARTIAL
    )
    #: whether this is a review under a statute (stricter conflict rules) or plain advice
    is_statutory = models.BooleanField(_("법령에 따른 심의·평가"), default=False)
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="requests", verbose_name=_("신청자")
    )
    department = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, related_name="requests", verbose_name=_("부서")
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_requests",
        verbose_name=_("재단 담당자"),
    )
    state = models.CharField(_("상태"), max_length=16, choices=State.choices, default=State.DRAFT)
    state_since = models.DateTimeField(_("상태 변경"), default=timezone.now)
    #: until when the one who has the ball should act
    next_due = models.DateField(_("다음 기한"), null=True, blank=True)
    closing_reason = models.TextField(_("반려·철회 사유"), blank=True)
    #: what the deciding person tells the department about the choice
    decision_note = models.TextField(_("선정 안내"), blank=True)
    version = models.PositiveIntegerField(default=1)
    #: text of form fields that could not be stored as they stand ("내년 봄" as a date): kept as
    #: typed and shown again; a request that has any cannot be submitted
    unfinished = models.JSONField(default=dict, blank=True)
    #: form step → the open page that wrote it last (see consulting.drafts)
    last_pages = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(_("제출"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("접수"), null=True, blank=True)
    decided_at = models.DateTimeField(_("선정"), null=True, blank=True)
    #: key of the API call or form that created it: the same key never makes two requests
    creation_key = models.CharField(max_length=64, null=True, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("요청")
        verbose_name_plural = _("요청")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "creation_key"], name="request_created_once"
            )
        ]
        indexes = [
            models.Index(fields=["state", "next_due"], name="request_queue"),
            models.Index(fields=["department", "-created_at"], name="request_of_department"),
        ]

    def __str__(self) -> str:
        title = self.title or str(_("(제목 없음)"))
        return f"{self.number} {title}" if self.number else title

    def get_absolute_url(self) -> str:
        return reverse("consulting:request", args=[self.ref])

    @classmethod
    def label_of(cls, name: str) -> str:
        """The label of a column, in the reader's language."""
        return str(getattr(cls._meta.get_field(name), "verbose_name", name))

    @property
    def ref(self) -> str:
        """How addresses name the request: its number, before submission ``D`` and the row."""
        return self.number or f"D{self.pk}"


class NumberCounter(models.Model):
    """The last number given in a year; its row lock makes the sequence free of gaps and races."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("접수번호 순번")
        verbose_name_plural = _("접수번호 순번")

    def __str__(self) -> str:
        return f"{self.year % 100:02d}-{self.last:04d}"


class RequestField(models.Model):
    """A field of expertise that the request wants: at most three per axis."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="fields")
    node = models.ForeignKey("experts.TaxonomyNode", models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(
        _("순위"), validators=[MinValueValidator(1), MaxValueValidator(3)]
    )

    class Meta:
        verbose_name = _("원하는 분야")
        verbose_name_plural = _("원하는 분야")
        ordering = ["node__axis", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["request", "node"], name="request_field_once")
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.node}"


class Message(models.Model):
    """A question or an answer that stands on the request."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("질문")
        ANSWER = "answer", _("답변")
        NOTE = "note", _("글")

    request = models.ForeignKey(Request, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField(_("내용"))
    at = models.DateTimeField(_("일시"), default=timezone.now)

    class Meta:
        verbose_name = _("질문과 답변")
        verbose_name_plural = _("질문과 답변")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class Selection(models.Model):
    """A person named for the request by a person, with the reason. Kept as it was decided."""

    class Role(models.TextChoices):
        CHOSEN = "chosen", _("선정")
        ALTERNATE = "alternate", _("예비")

    request = models.ForeignKey(Request, models.PROTECT, related_name="selections")
    expert = models.ForeignKey("experts.Expert", models.PROTECT, related_name="selections")
    role = models.CharField(_("구분"), max_length=16, choices=Role.choices)
    reason = models.TextField(_("사유"))
    #: rank and score that the recommendation gave; none for a person added by hand
    rank_shown = models.PositiveIntegerField(_("추천 순위"), null=True, blank=True)
    score_shown = models.FloatField(_("적합도"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("선정 일시"), default=timezone.now)

    class Meta:
        verbose_name = _("선정")
        verbose_name_plural = _("선정")
        ordering = ["role", "rank_shown", "id"]
        constraints = [models.UniqueConstraint(fields=["request", "expert"], name="selected_once")]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.expert_id}"


# below the models that they refer to
from consulting.rounds.models import Round, RoundLimit, RoundQuota, RoundRequest  # noqa: E402

__all__ = [
    "Message",
    "NumberCounter",
    "Request",
    "RequestField",
    "RequestKind",
    "Round",
    "RoundLimit",
    "RoundQuota",
    "RoundRequest",
    "Selection",
]
