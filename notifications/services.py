"""Telling people: a notice on the site and a mail in the outbox, in the recipient's language."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.work import start_on_commit
from notifications import conf
from notifications.models import Notice, OutboxMessage

log = structlog.get_logger(__name__)

#: a finished text, a lazy translation, or a function that is called in the recipient's language
Text = str | Promise | Callable[[], str]


def notify(
    person: Any, kind: str, subject: Text, body: Text = "", path: Text = ""
) -> Notice | None:
    """Tell one person, in the caller's transaction; mail too where the person wants it.

    ``subject`` and ``body`` may be lazy translations or functions (``lambda: _("…") % {…}``):
    they are evaluated in the person's language, and so is ``path`` (``lambda: reverse("…")``
    gives the address in that language). Nobody is told whose account is closed.
    """
    if not person.is_active:
        return None
    with translation.override(person.language), transaction.atomic(savepoint=False):
        notice = Notice.objects.create(
            person=person,
            kind=kind,
            subject=_text(subject)[:200],
            body=_text(body),
            path=_text(path),
        )
        if person.mail_notices:
            _put(person.email, notice.subject, _letter(notice), recipient=person)
    return notice


def notify_all(
    people: Iterable[Any], kind: str, subject: Text, body: Text = "", path: Text = ""
) -> int:
    """Tell several people; each once. Returns how many were told."""
    once = {person.pk: person for person in people}.values()
    return sum(notify(person, kind, subject, body, path) is not None for person in once)


def send_mail_to(
    address: str,
    subject: Text,
    body: Text,
    *,
    language: str = "",
    recipient: Any | None = None,
    secret: bool = False,
) -> OutboxMessage:
    """Mail to an address, for people without an account or mail that is no notice.

    ``secret`` marks mail whose link opens an account.
    """
    with translation.override(language or translation.get_language() or "ko"):
        return _put(address, _text(subject), _text(body), recipient=recipient, secret=secret)


def link(path: str) -> str:
    """The full address of a page, for mail."""
    return conf.site_url() + path


def _text(value: Text) -> str:
    return str(value() if callable(value) and not isinstance(value, Promise) else value)


def _letter(notice: Notice) -> str:
    parts = [notice.body or notice.subject]
    if notice.path:
        parts.append(_("바로 가기: %(address)s") % {"address": link(notice.path)})
    parts.append(_("알림 메일을 받지 않으려면 '내 계정'에서 끌 수 있습니다."))
    return "\n\n".join(parts)


def _put(
    to: str, subject: str, body: str, *, recipient: Any | None = None, secret: bool = False
) -> OutboxMessage:
    from notifications import tasks

    message = OutboxMessage.objects.create(
        recipient=recipient,
        to=to,
        subject=" ".join(subject.split())[:200],
        body=body,
        secret=secret,
    )
    start_on_commit(tasks.deliver, message.pk)
    return message


def mark_read(person: Any, notice_id: int | None = None) -> int:
    """Mark one of the person's notices as read, or all of them. Returns how many changed."""
    notices = Notice.objects.visible_to(person).unread()
    if notice_id is not None:
        notices = notices.filter(pk=notice_id)
    return notices.update(read_at=timezone.now())


def deliver(message_id: int) -> bool:
    """Send one mail if it is due. Calling it twice, or twice at once, sends it once."""
    message = _claim(message_id)
    if message is None:
        return False
    try:
        _send(message)
    except Exception as error:
        _postpone(message, error)
        return False
    _settle(message)
    return True


def deliver_due() -> int:
    """Send what is due and was not sent by its own task. Returns how many were sent."""
    due = OutboxMessage.objects.due().values_list("pk", flat=True)[: conf.batch()]
    return sum(deliver(pk) for pk in list(due))


def send_again(message_id: int) -> None:
    """Put a failed mail back in line."""
    changed = OutboxMessage.objects.filter(pk=message_id, state=OutboxMessage.State.FAILED).update(
        state=OutboxMessage.State.WAITING, attempts=0, error="", next_attempt_at=timezone.now()
    )
    if changed:
        from notifications import tasks

        start_on_commit(tasks.deliver, message_id)


def _claim(message_id: int) -> OutboxMessage | None:
    """Take the mail for the length of the lease; nothing when it is not due or somebody has it."""
    with transaction.atomic():
        due = OutboxMessage.objects.due().filter(pk=message_id)
        message = due.select_for_update(skip_locked=True).first()
        if message is None:
            return None
        message.attempts += 1
        message.next_attempt_at = timezone.now() + timedelta(seconds=conf.lease_seconds())
        message.save(update_fields=["attempts", "next_attempt_at"])
    return message


def _send(message: OutboxMessage) -> None:
    # The same identity on every attempt lets mail servers drop a repeated delivery.
    headers = {
        "Message-ID": f"<outbox-{message.pk}@{conf.site_url().split('//')[-1].split(':')[0]}>"
    }
    EmailMessage(message.subject, message.body, to=[message.to], headers=headers).send()


def _settle(message: OutboxMessage) -> None:
    message.state = OutboxMessage.State.SENT
    message.sent_at = timezone.now()
    message.error = ""
    if message.secret and conf.has_mail_server():
        message.body = ""
    message.save(update_fields=["state", "sent_at", "error", "body"])


def _postpone(message: OutboxMessage, error: Exception) -> None:
    refused = isinstance(error, SMTPRecipientsRefused)
    final = refused or message.attempts >= conf.most_attempts()
    message.state = OutboxMessage.State.FAILED if final else OutboxMessage.State.WAITING
    message.error = type(error).__name__
    pause = conf.retry_seconds(message.attempts)
    message.next_attempt_at = timezone.now() + timedelta(seconds=pause)
    message.save(update_fields=["state", "error", "next_attempt_at"])
    log.warning("mail.not_sent", message=message.pk, error=message.error, final=final)
