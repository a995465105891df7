"""Append-only records: what happened, and who looked at whose data."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit import registry


class Event(models.Model):
    """One thing that happened. Rows can be neither changed nor deleted (database trigger).

    ``data`` holds ids, codes and numbers. Names are never stored: the sentence looks them up.
    Free text and other personal facts stand in ``EventDetail`` rows, from where they can be
    removed without touching this row.
    """

    at = models.DateTimeField(_("일시"), default=timezone.now, db_index=True)
    type = models.CharField(_("종류"), max_length=64, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("행위자"),
    )
    object_type = models.CharField(_("대상 종류"), max_length=64)
    object_id = models.CharField(_("대상 번호"), max_length=64)
    object_label = models.CharField(_("대상"), max_length=200, blank=True)
    data = models.JSONField(_("내용"), default=dict)

    class Meta:
        verbose_name = _("기록")
        verbose_name_plural = _("기록")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="event_object")]

    #: objects that ``audit.selectors.with_names`` has loaded for a whole list of events
    _loaded: dict[tuple[str, str], models.Model] | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.object_type}:{self.object_id}"

    @property
    def sentence(self) -> str:
        """What happened, in the reader's language."""
        return registry.sentence(self)

    @property
    def label(self) -> str:
        """The name of this kind of event, in the reader's language."""
        return registry.label(self.type)

    @property
    def who(self) -> str:
        """The person who did it, with the organisation; the system where nobody did."""
        return str(self.actor) if self.actor else gettext("시스템")

    @property
    def facts(self) -> dict[str, Any]:
        """``data`` together with the personal facts that have not been removed."""
        return {**self.data, **{detail.key: detail.value for detail in self.details.all()}}

    def fact(self, key: str) -> Any:
        """One fact as text for a sentence: a removed one reads as such, a missing one is empty."""
        for detail in self.details.all():
            if detail.key == key:
                return gettext("(삭제됨)") if detail.removed_at else detail.value
        return self.data.get(key, "")

    @property
    def on(self) -> str:
        """The object's name: what was written down, or what it is called today."""
        return self.object_label or self._names(self.object_type, [self.object_id])

    def name_of(self, key: str) -> str:
        """The names of what ``data[key]`` points at (an id or a list of ids), as of today.

        The event type says which model they belong to: ``register(..., refs={key: model})``.
        """
        value = self.data.get(key)
        ids = value if isinstance(value, list) else [value]
        return self._names(registry.get(self.type).refs[key], [i for i in ids if i is not None])

    def _names(self, model: str, ids: list[Any]) -> str:
        found = self._loaded if self._loaded is not None else load_objects({model: ids})
        gone = gettext("(없는 항목)")
        return ", ".join(str(found.get((model.lower(), str(pk)), gone)) for pk in ids)


def load_objects(wanted: dict[str, list[Any]]) -> dict[tuple[str, str], models.Model]:
    """Objects by (model label in lower case, primary key as text), one query per model."""
    found: dict[tuple[str, str], models.Model] = {}
    for label, ids in wanted.items():
        try:
            model = apps.get_model(label)
        except LookupError:
            continue
        manager: Any = model._default_manager
        keys = [pk for pk in ids if str(pk).isdecimal()]
        related = [name for name in ("department", "root") if _has_field(model, name)]
        for obj in manager.filter(pk__in=keys).select_related(*related):
            found[(label.lower(), str(obj.pk))] = obj
    return found


def _has_field(model: type[models.Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.get_fields())


class EventDetail(models.Model):
    """A personal fact of one event, kept apart so that it can be removed by rule."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="details")
    key = models.CharField(max_length=64)
    value = models.JSONField(null=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("기록의 개인정보")
        verbose_name_plural = _("기록의 개인정보")
        constraints = [models.UniqueConstraint(fields=["event", "key"], name="event_detail_key")]

    def __str__(self) -> str:
        return f"{self.event_id}.{self.key}"


class AccessLog(models.Model):
    """Someone other than the person concerned saw, changed or took a person's record.

    Rows can be neither changed nor deleted (database trigger). ``rows`` counts the people of
    a list or an export; its ``subject_id`` is then empty.
    """

    class Action(models.TextChoices):
        VIEW = "view", _("조회")
        CHANGE = "change", _("수정")
        DELETE = "delete", _("삭제")
        PRINT = "print", _("출력")
        DOWNLOAD = "download", _("내려받기")

    at = models.DateTimeField(_("일시"), default=timezone.now, db_index=True)
    viewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("본 사람"),
    )
    subject_type = models.CharField(_("대상 종류"), max_length=64)
    subject_id = models.CharField(_("대상 번호"), max_length=64, blank=True)
    rows = models.PositiveIntegerField(_("건수"), default=1)
    action = models.CharField(_("수행 업무"), max_length=16, choices=Action.choices)
    purpose = models.CharField(_("사유"), max_length=200, blank=True)
    path = models.CharField(_("화면"), max_length=200, blank=True)
    ip = models.GenericIPAddressField(_("접속지"), null=True, blank=True)

    class Meta:
        verbose_name = _("개인정보 접속기록")
        verbose_name_plural = _("개인정보 접속기록")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-at"], name="access_subject")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type}:{self.subject_id}"
