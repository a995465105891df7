"""Notices and mail: in the caller's transaction, in the recipient's language, exactly once."""

from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from notifications import services, tasks
from notifications.models import Notice, OutboxMessage
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
BROKEN = "tests.notifications.test_outbox.NoServer"


class NoServer:
    """A mail server that cannot be reached."""

    def __init__(self, **kwargs):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError


class Refusing(NoServer):
    """A mail server that knows no such person."""

    def send_messages(self, messages):
        raise SMTPRecipientsRefused({})


def make_due(message):
    OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now())


def test_a_notice_and_its_mail_are_written_in_the_persons_language():
    person = UserFactory(language="en")
    notice = services.notify(person, "test", lambda: f"in {get_language()}", "body", "/en/x/")
    assert notice.subject == "in en"
    message = OutboxMessage.objects.get()
    assert message.subject == "in en" and "/en/x/" in message.body and message.to == person.email


def test_people_who_want_no_mail_get_the_notice_alone():
    assert services.notify(UserFactory(mail_notices=False), "test", "제목")
    assert not OutboxMessage.objects.exists()


def test_closed_accounts_are_not_told():
    assert services.notify(UserFactory(closed=True), "test", "제목") is None
    assert not Notice.objects.exists()


def test_nothing_is_left_when_the_callers_transaction_fails():
    person = UserFactory()
    with pytest.raises(RuntimeError), transaction.atomic():
        services.notify(person, "test", "제목")
        raise RuntimeError
    assert not Notice.objects.exists() and not OutboxMessage.objects.exists()


def test_everyone_is_told_once():
    person = UserFactory()
    assert services.notify_all([person, person], "test", "제목") == 1
    assert Notice.objects.count() == 1


def test_mail_is_sent_once_however_often_its_task_runs():
    message = services.send_mail_to("a@example.org", "제목", "본문")
    tasks.deliver(message.pk)
    tasks.deliver(message.pk)
    tasks.sweep()
    assert len(mail.outbox) == 1
    message.refresh_from_db()
    assert message.state == OutboxMessage.State.SENT and message.sent_at


def test_mail_that_somebody_is_sending_is_left_alone():
    message = services.send_mail_to("a@example.org", "제목", "본문")
    assert services._claim(message.pk) is not None
    assert services._claim(message.pk) is None


def test_a_worker_that_died_with_a_mail_in_hand_loses_nothing():
    message = services.send_mail_to("a@example.org", "제목", "본문")
    services._claim(message.pk)
    make_due(message)  # the lease has run out
    tasks.sweep()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_costs_a_pause_not_the_mail(settings):
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, BROKEN
    message = services.send_mail_to("a@example.org", "제목", "본문")
    tasks.deliver(message.pk)
    message.refresh_from_db()
    assert message.state == OutboxMessage.State.WAITING
    assert message.error == "ConnectionRefusedError" and message.next_attempt_at > timezone.now()
    settings.EMAIL_BACKEND = backend
    make_due(message)
    tasks.sweep()
    assert len(mail.outbox) == 1


def test_mail_fails_for_good_after_the_last_attempt_and_can_be_sent_again(settings):
    settings.EMAIL_BACKEND, settings.MAIL_ATTEMPTS = BROKEN, 2
    message = services.send_mail_to("a@example.org", "제목", "본문")
    for _attempt in range(2):
        make_due(message)
        tasks.deliver(message.pk)
    message.refresh_from_db()
    assert message.state == OutboxMessage.State.FAILED
    services.send_again(message.pk)
    message.refresh_from_db()
    assert message.state == OutboxMessage.State.WAITING and message.attempts == 0


def test_an_address_that_does_not_exist_is_not_tried_again(settings):
    settings.EMAIL_BACKEND = "tests.notifications.test_outbox.Refusing"
    message = services.send_mail_to("a@example.org", "제목", "본문")
    tasks.deliver(message.pk)
    message.refresh_from_db()
    assert message.state == OutboxMessage.State.FAILED


def test_pauses_grow_up_to_an_hour():
    from notifications.conf import retry_seconds

    assert [retry_seconds(n) for n in (1, 2, 3)] == [60, 120, 240]
    assert retry_seconds(30) == 3600


def test_a_secret_link_is_blanked_once_a_mail_server_has_it(settings):
    message = services.send_mail_to("a@example.org", "제목", "link", secret=True)
    tasks.deliver(message.pk)
    message.refresh_from_db()
    assert message.body == "link"  # without a mail server it is read here
    other = services.send_mail_to("a@example.org", "제목", "link", secret=True)
    settings.EMAIL_HOST = "mail.example.org"
    services.conf.has_mail_server, keep = (lambda: True), services.conf.has_mail_server
    try:
        tasks.deliver(other.pk)
    finally:
        services.conf.has_mail_server = keep
    other.refresh_from_db()
    assert other.body == ""


def test_a_dead_broker_loses_nothing(settings, django_capture_on_commit_callbacks):
    from config.celery import app

    app.conf.broker_url, keep = "redis+socket:///nowhere/at/all.sock", app.conf.broker_url
    try:
        with django_capture_on_commit_callbacks(execute=True):
            services.send_mail_to("a@example.org", "제목", "본문")
    finally:
        app.conf.broker_url = keep
    tasks.sweep()
    assert len(mail.outbox) == 1


def test_reading_marks_only_ones_own_notices():
    mine, other = UserFactory(), UserFactory()
    foreign = services.notify(other, "test", "제목")
    services.notify(mine, "test", "제목")
    assert services.mark_read(mine, foreign.pk) == 0
    assert services.mark_read(mine) == 1
    foreign.refresh_from_db()
    assert foreign.read_at is None
