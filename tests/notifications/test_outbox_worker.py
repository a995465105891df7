"""Mail on a real worker and a real broker; two senders at once."""

from threading import Barrier, Thread

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from notifications import services, tasks
from notifications.models import OutboxMessage
from tests.factories.accounts import UserFactory
from tests.waiting import eventually
from tests.workers import WITHIN, broker, publishing_to, workers

__all__ = ["broker", "workers"]
pytestmark = pytest.mark.django_db(transaction=True)
State = OutboxMessage.State


def wait_until_sent(message):
    def sent():
        return OutboxMessage.objects.get(pk=message.pk).state == State.SENT

    eventually(sent, within=WITHIN, what="the mail is sent")


@pytest.mark.worker
def test_mail_leaves_by_the_worker_after_commit(workers):
    workers.start()
    services.notify(UserFactory(), "test", "제목", "본문")
    wait_until_sent(OutboxMessage.objects.get())


@pytest.mark.worker
def test_mail_written_while_the_broker_was_away_leaves_with_the_sweep(workers):
    with publishing_to("redis+socket:///nowhere/at/all.sock"):
        message = services.send_mail_to("a@example.org", "제목", "본문")
    workers.start()
    assert OutboxMessage.objects.get().state == State.WAITING
    tasks.sweep.delay()
    wait_until_sent(message)


def both_at_once(deliver) -> int:
    """Two workers take the same mail in the same moment; how many mails left."""
    message = services.send_mail_to("a@example.org", "제목", "본문")
    mail.outbox.clear()
    start = Barrier(2, timeout=30)

    def worker():
        start.wait()
        try:
            deliver(message.pk)
        finally:
            connections.close_all()

    threads = [Thread(target=worker) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(mail.outbox)


def test_two_workers_send_one_mail():
    assert [both_at_once(services.deliver) for _round in range(5)] == [1] * 5


def test_without_the_claim_both_send_it():
    """The negative control: what happens when the mail is read, sent and only then marked."""
    inside = Barrier(2, timeout=30)

    def deliver_without_claim(message_id):
        message = OutboxMessage.objects.due().get(pk=message_id)
        inside.wait()  # both have found it waiting
        services._send(message)
        OutboxMessage.objects.filter(pk=message_id).update(state=State.SENT, sent_at=timezone.now())

    assert both_at_once(deliver_without_claim) == 2
