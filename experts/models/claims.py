"""What an expert says of himself, line by line, and what became of checking it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from experts.links import LinkKeyField, key_of
from experts.models.expert import Expert
from experts.querysets import ClaimQuerySet


class Verification(models.TextChoices):
    DECLARED = "declared", _("본인 기재")
    VERIFIED = "verified", _("확인됨")
    REJECTED = "rejected", _("반려")


class ClaimKind(models.TextChoices):
    AFFILIATION = "affiliation", _("소속")
    EDUCATION = "education", _("학력")
    CAREER = "career", _("경력")
    QUALIFICATION = "qualification", _("자격")
    PAPER = "paper", _("논문")
    PATENT = "patent", _("특허")
    PROJECT = "project", _("과제")
    AWARD = "award", _("수상")
    ADVISORY = "advisory", _("자문·평가")


class Claim(models.Model):
    """One line of a profile. The meaning of the columns per kind stands in ``experts.claims``.

    A change of a verified line drops it back to ``declared``.
    """

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="claims")
    kind = models.CharField(_("종류"), max_length=16, choices=ClaimKind.choices)
    #: paper or project title, school, employer, name of the licence …
    title = models.CharField(_("제목"), max_length=300)
    #: publisher, commissioning body, department, issuing body …
    organisation = models.CharField(_("기관"), max_length=160, blank=True)
    #: position, author or inventor role, degree …
    role = models.CharField(_("역할"), max_length=120, blank=True)
    text = models.TextField(_("설명"), blank=True)
    #: DOI, patent or licence number, project number
    identifier = models.CharField(_("번호"), max_length=120, blank=True)
    starts_on = models.DateField(_("시작"), null=True, blank=True)
    ends_on = models.DateField(_("종료"), null=True, blank=True)
    #: kind-specific facts: adviser, country, journal index, amount in KRW, organisation kind …
    details = models.JSONField(default=dict, blank=True)
    is_main = models.BooleanField(_("주 소속"), default=False)
    #: employer or adviser as a key that equal names share (see experts.links)
    link_key = LinkKeyField()
    #: the expert has marked "no longer my direction": left out of matching
    is_retired = models.BooleanField(_("더는 내 방향이 아님"), default=False)
    verification = models.CharField(
        _("확인 상태"), max_length=16, choices=Verification.choices, default=Verification.DECLARED
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(_("확인일"), null=True, blank=True)
    verified_until = models.DateField(_("확인 유효 기한"), null=True, blank=True)
    rejection_reason = models.CharField(_("반려 사유"), max_length=300, blank=True)
    #: where the line came from: typed by the person, or the name of an import
    source = models.CharField(_("출처"), max_length=40, default="self")
    #: key of the API call that created it: the same key never makes two lines
    creation_key = models.CharField(max_length=64, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("기재 사항")
        verbose_name_plural = _("기재 사항")
        ordering = ["kind", "-is_main", models.F("starts_on").desc(nulls_last=True), "id"]
        indexes = [
            models.Index(fields=["expert", "kind"], name="claim_kind"),
            # whether somebody has a verified line in force, without reading the lines
            models.Index(
                fields=["expert", "verified_until"],
                condition=models.Q(verification="verified"),
                name="claim_verified",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["expert", "creation_key"], name="claim_created_once")
        ]

    def __str__(self) -> str:
        return self.title

    def link_key_now(self) -> str:
        """What ``link_key`` must hold for the row as it is."""
        return key_of(self.kind, self.title, self.details)

    @property
    def is_verified(self) -> bool:
        """Whether the verification holds today."""
        until = self.verified_until
        in_time = until is None or until >= timezone.localdate()
        return self.verification == Verification.VERIFIED and in_time

    @property
    def is_outdated(self) -> bool:
        """Whether the line was verified once and the verification has run out."""
        return self.verification == Verification.VERIFIED and not self.is_verified

    @property
    def is_current(self) -> bool:
        """Whether the period of the line holds today."""
        today = timezone.localdate()
        begun = self.starts_on is None or self.starts_on <= today
        return begun and (self.ends_on is None or self.ends_on >= today)
