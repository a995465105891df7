"""The expert: one profile of one person, with state, availability and what may be shown."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from experts.links import LENGTH, LinkKeyField, plain_in_database, plain_name
from experts.models.taxonomy import TaxonomyNode
from experts.querysets import ExpertQuerySet


class ExpertPool(models.Model):
    """A named pool, such as the platform's directory or the bridge's consulting pool."""

    code = models.SlugField(_("코드"), max_length=40, unique=True)
    name_ko = models.CharField(_("이름"), max_length=80)
    name_en = models.CharField(_("영문 이름"), max_length=120)

    class Meta:
        verbose_name = _("전문가 풀")
        verbose_name_plural = _("전문가 풀")
        ordering = ["code"]

    def __str__(self) -> str:
        english = (translation.get_language() or "ko").startswith("en")
        return self.name_en if english else self.name_ko


class Expert(models.Model):
    """A profile. Claims (affiliations, papers, projects …) stand in ``Claim`` rows.

    ``version`` rises with every change that matching can see; shortlists remember it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("작성 중")
        SUBMITTED = "submitted", _("제출됨")
        IN_REVIEW = "in_review", _("검토 중")
        CHANGES_ASKED = "changes_asked", _("보완 요청")
        APPROVED = "approved", _("승인됨")
        SUSPENDED = "suspended", _("활동 정지")
        EXPIRED = "expired", _("기간 만료")
        WITHDRAWN = "withdrawn", _("등록 철회")

    class Origin(models.TextChoices):
        DOMESTIC = "domestic", _("국내")
        OVERSEAS = "overseas", _("해외")

    class Availability(models.TextChoices):
        AVAILABLE = "available", _("가능")
        PAUSED = "paused", _("잠시 쉼")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: none for a record that the Foundation keeps before the person has signed in
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="expert",
        verbose_name=_("계정"),
    )
    state = models.CharField(_("상태"), max_length=16, choices=State.choices, default=State.DRAFT)
    state_since = models.DateTimeField(_("상태 변경"), default=timezone.now)
    name_ko = models.CharField(_("이름"), max_length=60, blank=True)
    name_en = models.CharField(_("영문 이름"), max_length=80, blank=True)
    origin = models.CharField(max_length=16, choices=Origin.choices, default=Origin.DOMESTIC)
    region = models.CharField(_("활동 지역"), max_length=60, blank=True)
    languages = ArrayField(models.CharField(max_length=8), default=list, verbose_name=_("언어"))
    headline = models.CharField(_("한 줄 소개"), max_length=160, blank=True)
    bio = models.TextField(_("자기 소개"), blank=True)
    keywords = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("키워드")
    )
    orcid = models.CharField("ORCID", max_length=19, blank=True)
    researcher_number = models.CharField(_("국가연구자번호"), max_length=20, blank=True)
    is_in_house = models.BooleanField(_("재단 내부 전문가"), default=False)
    pools = models.ManyToManyField(ExpertPool, blank=True, related_name="experts")
    availability = models.CharField(
        _("활동 가능"), max_length=16, choices=Availability.choices, default=Availability.AVAILABLE
    )
    paused_until = models.DateField(_("쉬는 기한"), null=True, blank=True)
    modes = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, verbose_name=_("방식")
    )  # onsite, online, written
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)  # 1 = 월
    monthly_cap = models.PositiveSmallIntegerField(
        _("월 최대 건수"), default=3, validators=[MinValueValidator(0), MaxValueValidator(31)]
    )
    #: sections that the person agreed to show in the public directory
    public_sections = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    #: set and cleared only together with the person's consent record
    is_public = models.BooleanField(_("공개"), default=False)
    shares_with_departments = models.BooleanField(_("수요부서 제공"), default=False)
    review_note = models.TextField(_("보완 요청 내용"), blank=True)
    #: why the Foundation suspended or the person withdrew, shown to both
    closing_reason = models.CharField(_("정지·철회 사유"), max_length=300, blank=True)
    submitted_at = models.DateTimeField(_("제출"), null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("승인"), null=True, blank=True)
    expires_on = models.DateField(_("유효 기한"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ExpertQuerySet.as_manager()

    class Meta:
        verbose_name = _("전문가")
        verbose_name_plural = _("전문가")
        ordering = ["name_ko", "id"]
        indexes = [
            models.Index(fields=["state", "state_since"], name="expert_state"),
            models.Index(
                fields=["name_ko", "name_en", "id"],
                condition=models.Q(state="approved"),
                name="expert_by_name",
            ),
            models.Index(
                models.F("approved_at").desc(nulls_last=True),
                "id",
                condition=models.Q(state="approved"),
                name="expert_by_approval",
            ),
            models.Index(plain_in_database("name_ko"), name="expert_plain_ko"),
            models.Index(plain_in_database("name_en"), name="expert_plain_en"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language, whichever exists."""
        english = (translation.get_language() or "ko").startswith("en")
        first, second = (self.name_en, self.name_ko) if english else (self.name_ko, self.name_en)
        return first or second


class ExpertField(models.Model):
    """A ranked field of an expert: at most three per axis."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="fields")
    node = models.ForeignKey(TaxonomyNode, models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(
        _("순위"), validators=[MinValueValidator(1), MaxValueValidator(3)]
    )

    class Meta:
        verbose_name = _("전문 분야")
        verbose_name_plural = _("전문 분야")
        ordering = ["node__axis", "rank"]
        constraints = [models.UniqueConstraint(fields=["expert", "node"], name="expert_field_once")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.node}"


class Relation(models.Model):
    """A relation that the expert declared and that keeps him from an organisation's cases."""

    class Kind(models.TextChoices):
        FAMILY = "family", _("가족·친족")
        OFFICER = "officer", _("임원·사외이사")
        ADVISER = "adviser", _("대리·고문·자문")
        SHARES = "shares", _("지분 보유")
        OTHER = "other", _("그 밖의 관계")

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="relations")
    kind = models.CharField(_("관계"), max_length=16, choices=Kind.choices)
    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, null=True, blank=True, related_name="+"
    )
    organisation_name = models.CharField(_("기관 이름"), max_length=160)
    #: the name as a key that equal names share (see experts.links)
    link_key = LinkKeyField()
    note = models.CharField(_("설명"), max_length=300, blank=True)
    starts_on = models.DateField(_("시작"), null=True, blank=True)
    ends_on = models.DateField(_("종료"), null=True, blank=True)
    declared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("신고한 관계")
        verbose_name_plural = _("신고한 관계")
        ordering = ["-declared_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.organisation_name}"

    def link_key_now(self) -> str:
        """What ``link_key`` must hold for the row as it is."""
        return plain_name(self.organisation_name)[:LENGTH]
