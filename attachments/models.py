"""Files that people attach, kept outside the web root under names of our own."""

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def stored_name(instance: "Attachment", filename: str) -> str:
    """A path that tells nothing about the file: ``attachments/ab/<uuid>``."""
    key = instance.public_id.hex
    return f"attachments/{key[:2]}/{key}"


class Attachment(models.Model):
    """One uploaded file of one object; rights follow the object."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content_type = models.ForeignKey(ContentType, models.PROTECT)
    object_id = models.BigIntegerField()
    owner = GenericForeignKey("content_type", "object_id")
    file = models.FileField(upload_to=stored_name)
    name = models.CharField(_("파일 이름"), max_length=255)
    media_type = models.CharField(_("형식"), max_length=100)
    size = models.PositiveBigIntegerField(_("크기"))
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("올린 사람")
    )
    uploaded_at = models.DateTimeField(_("올린 때"), default=timezone.now)

    class Meta:
        verbose_name = _("첨부 파일")
        verbose_name_plural = _("첨부 파일")
        ordering = ["uploaded_at", "id"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="attachment_owner")]

    def __str__(self) -> str:
        return self.name
