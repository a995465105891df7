"""Organisations, people, their roles with scope, invitations and consents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


def _english() -> bool:
    return (translation.get_language() or "ko").startswith("en")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def below(self, ids: Iterable[int]) -> set[int]:
        """These organisations and everything under them, one query per level of the tree."""
        found: set[int] = set()
        level = set(ids)
        while level := level - found:
            found |= level
            level = set(self.filter(parent_id__in=level).values_list("pk", flat=True))
        return found

    def in_use(self) -> OrganisationQuerySet:
        """Organisations that people may belong to today."""
        return self.filter(is_active=True)


class Organisation(models.Model):
    """A node of the tree 기관 > 부서. ``root`` is the 기관 (itself for an institution)."""

    class Kind(models.TextChoices):
        HEADQUARTERS = "headquarters", _("본청")
        OFFICE = "office", _("사업소")
        DISTRICT = "district", _("자치구")
        FUNDED = "funded", _("투자·출연기관")
        FOUNDATION = "foundation", _("재단")

    code = models.SlugField(_("코드"), max_length=40, unique=True)
    kind = models.CharField(_("구분"), max_length=16, choices=Kind.choices)
    name_ko = models.CharField(_("이름"), max_length=120)
    name_en = models.CharField(_("영문 이름"), max_length=160, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("상위 기관"),
    )
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="members")
    is_active = models.BooleanField(_("사용"), default=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("기관·부서")
        verbose_name_plural = _("기관·부서")
        ordering = ["kind", "name_ko"]

    def __str__(self) -> str:
        """기관 > 부서, in the reader's language."""
        if self.parent_id and self.root_id and self.root_id != self.pk:
            return f"{self.root.name if self.root else ''} > {self.name}"
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep ``root`` in step with ``parent``."""
        self.root = self.parent.root if self.parent else None
        super().save(*args, **kwargs)
        if self.root_id is None:
            self.root = self
        below = Organisation.objects.below([self.pk])
        Organisation.objects.filter(pk__in=below).exclude(root=self.root).update(root=self.root)

    @property
    def name(self) -> str:
        """The name in the reader's language; Korean where no English one was given."""
        return self.name_en if _english() and self.name_en else self.name_ko


class UserManager(BaseUserManager["User"]):
    """Makes people; e-mail addresses are compared without case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(_("전자우편"), unique=True)
    name_ko = models.CharField(_("이름"), max_length=60)
    name_en = models.CharField(_("영문 이름"), max_length=80, blank=True)
    department = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("소속"),
    )
    language = models.CharField(
        _("언어"), max_length=5, choices=[("ko", "한국어"), ("en", "English")], default="ko"
    )
    mail_notices = models.BooleanField(_("알림을 메일로도 받기"), default=True)
    is_active = models.BooleanField(_("사용"), default=True)
    is_staff = models.BooleanField(_("관리 화면 사용"), default=False)
    email_confirmed_at = models.DateTimeField(_("주소 확인"), null=True, blank=True)
    deactivated_at = models.DateTimeField(_("사용 중지"), null=True, blank=True)
    #: raised to end all sessions of the person at once
    session_version = models.PositiveIntegerField(default=0, editable=False)
    date_joined = models.DateTimeField(_("가입"), default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name_ko"]
    objects = UserManager()

    class Meta:
        verbose_name = _("사람")
        verbose_name_plural = _("사람")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        """The name with the organisation, as people are named on pages."""
        if self.department is None:
            return self.name
        return gettext("%(name)s(%(unit)s)") % {"name": self.name, "unit": self.department.name}

    @property
    def name(self) -> str:
        """The name in the reader's language; Korean where no English one was given."""
        return self.name_en if _english() and self.name_en else self.name_ko

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions end with the password and with ``session_version``."""
        salt = f"accounts.User.session.{self.session_version}"
        return salted_hmac(salt, self.password, secret=secret, algorithm="sha256").hexdigest()

    def active_grants(self) -> list[RoleGrant]:
        """Role grants in force today, read once per object (per request)."""
        if not hasattr(self, "_grants"):
            self._grants = list(self.role_grants.in_force())
        return self._grants

    def roles(self) -> frozenset[str]:
        """Roles in force today; none for closed accounts; a superuser is an administrator."""
        if not self.is_active:
            return frozenset()
        held = {str(grant.role) for grant in self.active_grants()}
        return frozenset(held | ({str(Role.ADMINISTRATOR)} if self.is_superuser else set()))

    def has_role(self, *roles: str) -> bool:
        """Whether any of ``roles`` is in force for this person today."""
        return not self.roles().isdisjoint(roles)


class Role(models.TextChoices):
    OFFICER = "officer", _("부서 담당자")
    EXPERT = "expert", _("전문가")
    REVIEWER = "reviewer", _("자격 검토자")
    MANAGER = "manager", _("사례 관리자")
    EDITOR = "editor", _("콘텐츠 편집자")
    ADMINISTRATOR = "administrator", _("관리자")
    AUDITOR = "auditor", _("감사자")


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def in_force(self, on: date | None = None) -> RoleGrantQuerySet:
        """Grants that were not taken back and whose period holds on the day given (today)."""
        day = on or timezone.localdate()
        standing = self.filter(ended_at=None, starts_on__lte=day)
        return standing.filter(Q(ends_on=None) | Q(ends_on__gte=day))


class RoleGrant(models.Model):
    """A role with scope and period. Taken back, never deleted: the history is kept.

    ``scope`` says for which organisation an officer acts (none: the own department alone).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants")
    role = models.CharField(_("역할"), max_length=16, choices=Role.choices)
    scope = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("범위"),
        related_name="+",
    )
    starts_on = models.DateField(_("시작"), default=timezone.localdate)
    ends_on = models.DateField(_("종료"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("사유"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(_("회수"), null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(_("회수 사유"), max_length=200, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("역할 부여")
        verbose_name_plural = _("역할 부여")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "scope"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="role_granted_once",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="role_period",
            ),
        ]

    def __str__(self) -> str:
        label = str(self.get_role_display())
        return f"{label} ({self.scope})" if self.scope else label

    @property
    def is_in_force(self) -> bool:
        """Whether the role holds today."""
        today = timezone.localdate()
        inside = self.starts_on <= today and (self.ends_on is None or today <= self.ends_on)
        return self.ended_at is None and inside


class Invitation(models.Model):
    """An officer's or colleague's way in: a link that works once until it expires."""

    email = models.EmailField(_("전자우편"))
    name_ko = models.CharField(_("이름"), max_length=60, blank=True)
    language = models.CharField(
        _("언어"), max_length=5, choices=[("ko", "한국어"), ("en", "English")], default="ko"
    )
    role = models.CharField(_("역할"), max_length=16, choices=Role.choices)
    department = models.ForeignKey(Organisation, models.PROTECT, verbose_name=_("소속"))
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("만료"))
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("초대")
        verbose_name_plural = _("초대")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def state(self) -> str:
        """``accepted``, ``revoked``, ``expired`` or ``open``."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "open"


class PendingSignup(models.Model):
    """Someone asked for an expert's account and has not confirmed the address yet.

    The account comes into being with the confirmation; what is not confirmed is purged.
    """

    email = models.EmailField(_("전자우편"), unique=True)
    name_ko = models.CharField(_("이름"), max_length=60)
    name_en = models.CharField(_("영문 이름"), max_length=80, blank=True)
    language = models.CharField(max_length=5, default="ko")
    #: ids of the consent documents that were ticked
    agreed = models.JSONField(default=list)
    ip = models.GenericIPAddressField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("만료"))

    class Meta:
        verbose_name = _("확인 대기 가입")
        verbose_name_plural = _("확인 대기 가입")
        ordering = ["-sent_at"]

    def __str__(self) -> str:
        return self.email


class ConsentDocument(models.Model):
    """One version of a text that people agree to. The Korean text prevails."""

    class Kind(models.TextChoices):
        COLLECTION = "collection", _("개인정보 수집·이용")
        PUBLIC_PROFILE = "public_profile", _("전문가 정보 공개")
        DEPARTMENT_SHARING = "department_sharing", _("수요부서 제공")

    kind = models.CharField(_("종류"), max_length=24, choices=Kind.choices)
    version = models.PositiveSmallIntegerField(_("판"))
    required = models.BooleanField(_("필수"))
    title_ko = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160)
    text_ko = models.TextField(_("내용"))
    text_en = models.TextField(_("영문 내용"))
    effective_on = models.DateField(_("시행일"))

    class Meta:
        verbose_name = _("동의서")
        verbose_name_plural = _("동의서")
        ordering = ["kind", "-version"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="consent_version")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_en if _english() and self.title_en else self.title_ko

    @property
    def text(self) -> str:
        """The text in the reader's language."""
        return self.text_en if _english() and self.text_en else self.text_ko


class ConsentRecord(models.Model):
    """What one person answered to one version, and when it was withdrawn."""

    person = models.ForeignKey(User, models.CASCADE, related_name="consents")
    document = models.ForeignKey(ConsentDocument, models.PROTECT, related_name="records")
    agreed = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        verbose_name = _("동의 기록")
        verbose_name_plural = _("동의 기록")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["person", "document", "-at"], name="consent_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.document_id}: {self.agreed}"
