"""Taking, reading and removing files."""

import hashlib
from functools import partial
from typing import Any

import structlog
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.utils.translation import gettext as _

from attachments import conf, events, formats, rights
from attachments.models import Attachment
from attachments.selectors import files_of
from common.errors import Conflict, NotPermitted

log = structlog.get_logger(__name__)


def attach(owner: models.Model, uploaded: UploadedFile, by: Any) -> Attachment:
    """Store a file of ``owner``. The caller has checked that ``by`` may change the owner.

    Raises ``formats.Refused`` (a ``ValidationError``) whose code and sentence name the reason,
    and ``Conflict`` when the owner has as many files as it may have. The same file twice, by a
    double click, is stored once.
    """
    name = formats.clean_name(uploaded.name or "")
    found = formats.check(name, uploaded.size or 0, uploaded)  # type: ignore[arg-type]
    digest = _sha256(uploaded)
    stored: list[str] = []
    try:
        with transaction.atomic():
            kept = _existing(owner, name, digest)
            return kept or _store(owner, uploaded, by, name, found.media_type, digest, stored)
    except BaseException:
        for path in stored:
            _discard(path)
        raise


def _sha256(uploaded: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in uploaded.chunks():
        digest.update(chunk)
    uploaded.seek(0)
    return digest.hexdigest()


def _existing(owner: models.Model, name: str, digest: str) -> Attachment | None:
    """Lock the owner, so that two uploads count one after the other; find the same file."""
    manager: Any = type(owner)._default_manager
    manager.select_for_update(of=("self",)).filter(pk=owner.pk).first()
    files = files_of(owner)
    kept = files.filter(name=name, sha256=digest).first()
    if kept is None and files.count() >= conf.most_files():
        text = _("파일은 %(most)s개까지 올릴 수 있습니다.")
        raise Conflict(text % {"most": conf.most_files()})
    return kept


def _store(
    owner: models.Model, uploaded: UploadedFile, by: Any, name: str, media_type: str, digest: str,
    stored: list[str],
) -> Attachment:  # fmt: skip
    row = Attachment(
        owner=owner, name=name, media_type=media_type, size=uploaded.size or 0, sha256=digest,
        uploaded_by=by,
    )  # fmt: skip
    row.file.save(name, uploaded, save=False)
    stored.append(str(row.file.name))
    row.save()
    events.attached(row, by)
    return row


@transaction.atomic
def attach_as(owner: models.Model, uploaded: UploadedFile, user: Any) -> Attachment:
    """``attach`` for a person whose right to change the owner is not checked yet."""
    return attach(_changeable(owner, user), uploaded, user)


@transaction.atomic
def remove_as(row: Attachment, user: Any) -> None:
    """``remove`` for a person whose right to change the owner is not checked yet."""
    _changeable(row.owner, user)
    remove(row.pk, user)


def _changeable(owner: Any, user: Any) -> Any:
    """The owner, locked and read anew, so that nobody closes it between the look and the act.

    Raises ``NotPermitted``.
    """
    manager: Any = type(owner)._default_manager
    locked = manager.select_for_update(of=("self",)).get(pk=owner.pk)
    if not rights.of(locked).may_change(user, locked):
        raise NotPermitted(_("이 자료의 파일을 바꿀 권한이 없습니다."))
    return locked


@transaction.atomic
def remove(attachment_id: int, by: Any) -> None:
    """Remove a file; nothing happens when it is gone already. The caller has checked the right."""
    row = Attachment.objects.select_for_update(of=("self",)).filter(pk=attachment_id).first()
    if row is None:
        return
    path = str(row.file.name)
    events.removed(row, by)
    row.delete()
    transaction.on_commit(partial(_discard, path), robust=True)


def _discard(path: str) -> None:
    storage = Attachment._meta.get_field("file").storage
    try:
        storage.delete(path)
    except OSError as error:
        log.warning("attachment.not_discarded", error=type(error).__name__)
