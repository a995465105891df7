"""The three-axis vocabulary shared by experts and requests."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Axis(models.TextChoices):
    TECH = "tech", _("기술")
    DATA = "data", _("데이터")
    DOMAIN = "domain", _("도메인")


class TaxonomyNode(models.Model):
    """A branch (no parent) or leaf of one axis. Codes are closed, never deleted."""

    code = models.CharField(_("코드"), max_length=16, unique=True)
    axis = models.CharField(_("축"), max_length=8, choices=Axis.choices)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("상위"),
    )
    label_ko = models.CharField(_("이름"), max_length=60)
    label_en = models.CharField(_("영문 이름"), max_length=80)
    aliases = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    valid_from = models.DateField(_("유효 시작"))
    valid_to = models.DateField(_("유효 종료"), null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("대체 코드")
    )

    class Meta:
        verbose_name = _("분류")
        verbose_name_plural = _("분류")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        english = (translation.get_language() or "ko").startswith("en")
        return self.label_en if english else self.label_ko
