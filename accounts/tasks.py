"""Background work of accounts."""

from celery import shared_task

from accounts.services import purge_signups


@shared_task(ignore_result=True)
def forget_unconfirmed() -> None:
    """Data of people who never confirmed their address is not kept."""
    purge_signups()


SCHEDULE = {"forget_unconfirmed": {"task": "accounts.tasks.forget_unconfirmed", "schedule": 3600}}
