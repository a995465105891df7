"""Nightly work: terms that end, verifications that run out, consents that were missed."""

import structlog
from celery import shared_task
from celery.schedules import crontab

from experts.services import upkeep

log = structlog.get_logger(__name__)

SCHEDULE = {
    "experts-upkeep": {"task": "experts.tasks.nightly", "schedule": crontab(hour=0, minute=10)},
}


@shared_task(name="experts.tasks.nightly", ignore_result=True)
def nightly() -> None:
    """Running it twice changes nothing the second time."""
    log.info(
        "experts.upkeep",
        expired=upkeep.expire_due(),
        outdated=upkeep.announce_outdated(),
        consents=upkeep.follow_all_consents(),
    )
