"""What matching hears from the apps below it, after their commit."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from consulting.signals import request_changed, request_closed
from experts.signals import experts_changed, experts_removed
from matching import directory
from matching.models import IndexJob
from matching.services.index_jobs import want
from matching.services.runs import drop_runs


@receiver([experts_changed, experts_removed])
def embed_experts(sender: Any, expert_ids: list[int], **kwargs: Any) -> None:
    """One row per expert, one job per transaction; the job also takes leavers from the index."""
    want(IndexJob.Kind.EXPERT, expert_ids)
    if directory.active() is not None:
        want(IndexJob.Kind.DIRECTORY, expert_ids)


@receiver(request_changed)
def embed_request(sender: Any, request_id: int, **kwargs: Any) -> None:
    """Embed the text in the background, so that a run finds its vectors ready."""
    want(IndexJob.Kind.REQUEST, [request_id])


@receiver(request_closed)
def stop_runs(sender: Any, request_id: int, **kwargs: Any) -> None:
    """Nobody waits for the result any more."""
    drop_runs(request_id)
