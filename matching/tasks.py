"""Background work of matching: thin tasks that take an id and call a service."""

from __future__ import annotations

from celery import shared_task

from common.work import start
from matching.conf import setting
from matching.eligibility import register
from matching.services import allocation, encoder_sets, evaluations, index_check, index_jobs, runs
from matching.services import allocation_work as allocating
from matching.services import execution as work

LIMIT = setting("MATCHING_RUN_SECONDS")


@shared_task(ignore_result=True, soft_time_limit=LIMIT, time_limit=LIMIT + 15)
def run_match(run_id: int) -> None:
    """Work on a run; nothing happens when it is taken, over or gone."""
    work.execute(run_id)


ALLOCATION_LIMIT = setting("ALLOCATION_RUN_SECONDS")


@shared_task(ignore_result=True, soft_time_limit=ALLOCATION_LIMIT, time_limit=ALLOCATION_LIMIT + 15)
def run_allocation(run_id: int) -> None:
    """Work on the allocation of a round; nothing happens when it is taken, over or gone."""
    allocating.execute(run_id)


@shared_task(ignore_result=True)
def sweep() -> None:
    """Rescue runs that died or nobody took, count who may work, keep the index in step."""
    runs.sweep_runs()
    allocation.sweep_allocations()
    register.refresh()
    index_check.tend()
    index_check.sweep()
    index_jobs.work_off_all(batches=2)


@shared_task(ignore_result=True)
def check_index() -> None:
    """Compare database and index, repair; the status page shows the figures."""
    index_check.check(repair=True)


@shared_task(ignore_result=True)
def index_due() -> None:
    """Embed what changed."""
    index_jobs.work_off_all()


@shared_task(ignore_result=True)
def prepare_encoders() -> None:
    """Make newly configured language models ready, slice by slice, and switch to them."""
    if encoder_sets.keep_in_step() and encoder_sets.work():
        start(prepare_encoders)


@shared_task(ignore_result=True)
def evaluate_use() -> None:
    """Store the figures of every week of decisions that has ended and has none yet."""
    evaluations.evaluate_missing()


SCHEDULE = {
    "sweep": {"task": "matching.tasks.sweep", "schedule": 10},
    "check_index": {
        "task": "matching.tasks.check_index",
        "schedule": 3_600 * setting("MATCHING_INDEX_CHECK_HOURS"),
    },
    "prepare_encoders": {"task": "matching.tasks.prepare_encoders", "schedule": 30},
    "evaluate_use": {"task": "matching.tasks.evaluate_use", "schedule": 6 * 3_600},
}
