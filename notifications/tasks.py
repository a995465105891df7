"""Background work of the outbox."""

from celery import shared_task

from notifications import services


@shared_task(ignore_result=True)
def deliver(message_id: int) -> None:
    """Send one mail; nothing happens when it is sent already or gone."""
    services.deliver(message_id)


@shared_task(ignore_result=True)
def sweep() -> None:
    """Send mail whose own task was lost or whose pause is over."""
    services.deliver_due()


SCHEDULE = {"sweep": {"task": "notifications.tasks.sweep", "schedule": 20}}
