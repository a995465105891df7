"""Committees: fields that staff decided on, proposed panels, sealed lists and draws by lot."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.querysets import LotQuerySet, PanelQuerySet


class DeskField(models.Model):
    """What staff decided about a suggested field of a request; the form itself stays as filed."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("받아들임")
        IGNORED = "ignored", _("무시함")

    request = models.ForeignKey("consulting.Request", models.CASCADE, related_name="desk_fields")
    node = models.ForeignKey("experts.TaxonomyNode", models.PROTECT, related_name="+")
    state = models.CharField(_("상태"), max_length=8, choices=State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("제안된 분야")
        verbose_name_plural = _("제안된 분야")
        constraints = [models.UniqueConstraint(fields=["request", "node"], name="desk_field_once")]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.node_id} {self.state}"


class Panel(models.Model):
    """A proposed committee as it was shown, with what was asked for; a person adopts it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("제안됨")
        ADOPTED = "adopted", _("채택됨")
        REPLACED = "replaced", _("새 안으로 바뀜")

    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="panels")
    run = models.ForeignKey("matching.MatchRun", models.PROTECT, related_name="panels")
    state = models.CharField(_("상태"), max_length=8, choices=State.choices, default=State.PROPOSED)
    request_version = models.PositiveIntegerField()
    #: seats, alternates, per_organisation, wishes, mandatory, excluded (expert ids)
    terms = models.JSONField(default=dict)
    #: the needs with weights and sources, as they were
    needs = models.JSONField(default=list)
    #: coverage per need, wishes with what was reached, share of the best possible, pool
    outcome = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    adopted_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("사유"), blank=True)

    objects = PanelQuerySet.as_manager()

    class Meta:
        verbose_name = _("위원 구성안")
        verbose_name_plural = _("위원 구성안")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(state="proposed"), name="one_open_panel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.request_id} #{self.pk}"


class PanelMember(models.Model):
    """A person in a proposed committee and what he adds to it."""

    class Role(models.TextChoices):
        MEMBER = "member", _("위원")
        ALTERNATE = "alternate", _("예비")

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="members")
    expert = models.ForeignKey("experts.Expert", models.PROTECT, related_name="+")
    role = models.CharField(_("구분"), max_length=9, choices=Role.choices)
    #: order in which the person was taken, from 1
    place = models.PositiveSmallIntegerField()
    is_mandatory = models.BooleanField(default=False)
    fit = models.FloatField(_("적합도"))
    expert_version = models.PositiveIntegerField()
    organisations = models.JSONField(default=list)
    #: one entry per need of the panel: value, relation, tag, quote
    cells = models.JSONField(default=list)
    #: what the person adds to those before him, per need
    adds = models.JSONField(default=list)

    class Meta:
        verbose_name = _("위원 후보")
        verbose_name_plural = _("위원 후보")
        ordering = ["-role", "place"]
        constraints = [
            models.UniqueConstraint(fields=["panel", "expert"], name="panel_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.panel_id}/{self.expert_id}"


class Lot(models.Model):
    """A reasoned list from which seats are drawn: sealed first, then drawn by a recorded seed.

    Sealing fixes the list, its hash and the commitment to ``system_seed``; the database refuses a
    drawn lot without its facts. ``code`` is what the certificate is found by.
    """

    class State(models.TextChoices):
        OPEN = "open", _("명부 작성 중")
        SEALED = "sealed", _("봉인됨")
        DRAWN = "drawn", _("추첨됨")
        VOID = "void", _("무효")

    request = models.ForeignKey("consulting.Request", models.PROTECT, related_name="lots")
    run = models.ForeignKey("matching.MatchRun", models.PROTECT, related_name="lots")
    code = models.CharField(_("확인 번호"), max_length=20, unique=True)
    state = models.CharField(_("상태"), max_length=8, choices=State.choices, default=State.OPEN)
    seats = models.PositiveSmallIntegerField(_("자리"))
    #: axis → seats kept for it
    quotas = models.JSONField(default=dict)
    reason = models.TextField(_("추첨 사유"))
    list_hash = models.CharField(max_length=64, blank=True)
    commitment = models.CharField(max_length=64, blank=True)
    system_seed = models.CharField(max_length=64, blank=True)
    operator_seed = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    sealed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    sealed_at = models.DateTimeField(null=True, blank=True)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    drawn_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.TextField(_("무효 사유"), blank=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("추첨")
        verbose_name_plural = _("추첨")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(state__in=["open", "sealed"]), name="one_open_lot"
            ),
            models.CheckConstraint(
                condition=~Q(state="sealed") | (~Q(list_hash="") & ~Q(commitment="")),
                name="sealed_lot_has_its_hash",
            ),
            models.CheckConstraint(
                condition=~Q(state="drawn")
                | (~Q(list_hash="") & ~Q(operator_seed="") & Q(drawn_by__isnull=False)),
                name="drawn_lot_has_its_seed",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_public(self) -> bool:
        """Whether anyone with the code may see it (numbers only)."""
        return self.state in (self.State.SEALED, self.State.DRAWN, self.State.VOID) and bool(
            self.list_hash
        )


class LotEntry(models.Model):
    """One person on the list. ``number`` and ``seal`` are public, the person is not."""

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="entries")
    expert = models.ForeignKey("experts.Expert", models.PROTECT, related_name="+")
    #: public number, given at sealing in the order of the seals
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    axis = models.CharField(_("축"), max_length=8)
    reason = models.TextField(_("명부에 올린 사유"))
    fit = models.FloatField(_("적합도"))
    salt = models.CharField(max_length=32)
    seal = models.CharField(max_length=64, blank=True)
    #: when and why a drawn person stepped back
    declined_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decline_reason = models.TextField(_("사퇴 사유"), blank=True)

    class Meta:
        verbose_name = _("명부의 사람")
        verbose_name_plural = _("명부의 사람")
        ordering = ["number", "-fit", "id"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "expert"], name="lot_entry_once"),
            models.UniqueConstraint(
                fields=["lot", "number"],
                condition=Q(number__isnull=False),
                name="lot_number_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}/{self.number or '-'}"
