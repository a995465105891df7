"""A change of language models without a gap: made ready in the background, then switched at once.

The work is done in slices of some seconds. Where it stands is a row, every slice may be repeated,
and one worker at a time holds an advisory lock, so an interruption costs one batch at most.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from common.alone import alone
from consulting.models import Request
from experts.models import Expert
from matching import events
from matching.adapters import query_of, records_of
from matching.background import Background
from matching.background_builder import build_background
from matching.background_store import shipped_background, store_background
from matching.conf import Scoring
from matching.documents import ExpertDocument
from matching.encoders import Encoder, configured_names, encoders_in_use, encoders_named
from matching.engines.base import Context
from matching.index_context import joined_context
from matching.models import EncoderSet, StoredBackground
from matching.pipeline import current_context
from matching.preparing import prepare_experts, prepare_queries

log = structlog.get_logger(__name__)
Step = EncoderSet.Step
State = EncoderSet.State
SLICE = 45.0  # seconds of work in one task
BATCH = 50
SAMPLE = 3_000  # experts that a new background is made from, evenly spaced
LOCK = 7_420_152  # any constant: one process at a time


def keep_in_step() -> bool:
    """Compare what is configured with what is in use; returns whether there is work to do.

    The first set ever seen is in use already. Going back to a set that was configured before, or
    to another one while one is being prepared, starts over: its vectors are still in the cache.
    """
    wanted = list(configured_names())
    with transaction.atomic():
        rows = {row.state: row for row in EncoderSet.objects.select_for_update().order_by("id")}
        if State.ACTIVE not in rows:
            _record_first(wanted)
            return False
        active, preparing = rows[State.ACTIVE], rows.get(State.PREPARING)
        if preparing is not None and preparing.names != wanted:
            preparing.delete()
            preparing = None
        if preparing is None and active.names != wanted:
            preparing = EncoderSet.objects.create(names=wanted)
            log.info("encoders.preparing", names=wanted)
        return preparing is not None or active.step != Step.DONE


def _record_first(names: list[str]) -> None:
    now = timezone.now()
    EncoderSet.objects.create(names=names, state=State.ACTIVE, step=Step.DONE, activated_at=now)


def in_work() -> EncoderSet | None:
    """The set that is being prepared, or the active one whose predecessor is not tidied yet."""
    preparing = EncoderSet.objects.filter(state=State.PREPARING).first()
    untidy = EncoderSet.objects.filter(state=State.ACTIVE).exclude(step=Step.DONE)
    return preparing or untidy.first()


def work(seconds: float = SLICE) -> bool:
    """One slice of the work; returns whether more is left. Nothing happens when another works."""
    with alone(LOCK) as mine:
        row = in_work() if mine else None
        if row is None:
            return False
        until = monotonic() + seconds
        try:
            STEPS[Step(row.step)](row, until)
            while row.step != Step.DONE and monotonic() < until:
                STEPS[Step(row.step)](row, until)
        except Exception as error:
            log.exception("encoders.failed", step=row.step, error=type(error).__name__)
            EncoderSet.objects.filter(pk=row.pk).update(error=type(error).__name__)
            return False
        return row.step != Step.DONE


def _move(row: EncoderSet, step: Step, position: int = 0) -> None:
    row.step, row.position, row.error = step, position, ""
    row.save(update_fields=["step", "position", "error"])


def _in_batches(
    row: EncoderSet, ids: Any, until: float, do: Callable[[list[int]], object], then: Step
) -> None:
    """Do batches of ``ids`` after the row's position until time is up, one at least."""
    while True:
        later = ids.filter(pk__gt=row.position).order_by("pk")
        batch = list(later.values_list("pk", flat=True)[:BATCH])
        if not batch:
            _move(row, then)
            return
        do(batch)
        _move(row, Step(row.step), batch[-1])
        if monotonic() >= until:
            return


def _new_encoders(row: EncoderSet) -> tuple[Encoder, ...]:
    return encoders_named(tuple(row.names))


def _embed_experts(row: EncoderSet, until: float) -> None:
    encoders = _new_encoders(row)
    _in_batches(
        row,
        indexable(),
        until,
        lambda ids: prepare_experts(records_of(ids), encoders),
        Step.EMBED_REQUESTS,
    )


def _embed_requests(row: EncoderSet, until: float) -> None:
    encoders = _new_encoders(row)

    def embed(ids: list[int]) -> None:
        queries = [query_of(request) for request in Request.objects.filter(pk__in=ids)]
        prepare_queries([query for query in queries if query.full_text], encoders)

    _in_batches(row, Request.objects.all(), until, embed, Step.BACKGROUND)


def _background(row: EncoderSet, until: float) -> None:
    """Statistics for the new vectors, unless the ones that ship were made with just these."""
    encoders = _new_encoders(row)
    if _made_with(shipped_background(), encoders) and not _site_has_own():
        row.background = ""
    else:
        row.background = _build(encoders)
    row.save(update_fields=["background"])
    _move(row, Step.INDEX)


def _made_with(background: Background, encoders: tuple[Encoder, ...]) -> bool:
    return dict(background.facts.get("encoders", {})) == {e.name: e.fingerprint for e in encoders}


def _site_has_own() -> bool:
    return StoredBackground.objects.filter(is_active=True).exists()


def _build(encoders: tuple[Encoder, ...]) -> str:
    approved = list(
        Expert.objects.filter(state=Expert.State.APPROVED)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    chosen = approved[:: max(1, len(approved) // SAMPLE)]
    requests = [query_of(request) for request in Request.objects.order_by("-pk")[:SAMPLE]]
    background = build_background(
        prepare_experts(records_of(chosen), encoders),
        prepare_queries([query for query in requests if query.full_text], encoders),
        encoders,
        Scoring.current(),
        prior=shipped_background(),
        note="encoders: " + ", ".join(sorted(e.name for e in encoders)),
    )
    return store_background(background, background.facts["note"], activate=False).version


def indexable() -> Any:
    """Experts that stand in the index."""
    from matching.indexing import NOT_INDEXED

    return Expert.objects.exclude(state__in=NOT_INDEXED)


def _index(row: EncoderSet, until: float) -> None:
    from matching.engines import active_engine

    context, engine = joined_context(current_context(), row), active_engine()
    _in_batches(
        row,
        indexable(),
        until,
        lambda ids: engine.upsert(_documents(ids, context), context),
        Step.TIDY,
    )
    if row.step == Step.TIDY:
        switch(row)


def _documents(ids: list[int], context: Context) -> list[ExpertDocument]:
    return prepare_experts(records_of(ids), context.encoders)


def switch(row: EncoderSet) -> None:
    """The prepared set takes over, with its background, in one transaction."""
    with transaction.atomic():
        rows = {each.pk: each for each in EncoderSet.objects.select_for_update().order_by("id")}
        now = timezone.now()
        before = next((each for each in rows.values() if each.state == State.ACTIVE), None)
        EncoderSet.objects.filter(state=State.ACTIVE).update(state=State.RETIRED)
        row.state, row.step, row.position, row.activated_at = State.ACTIVE, Step.TIDY, 0, now
        row.save(update_fields=["state", "step", "position", "activated_at"])
        StoredBackground.objects.filter(is_active=True).update(is_active=False)
        if row.background:
            StoredBackground.objects.filter(version=row.background).update(is_active=True)
        events.encoders_switched(row, before.names if before else [])
    log.info("encoders.switched", names=row.names, background=row.background)


def _tidy(row: EncoderSet, until: float) -> None:
    """Documents without the vectors of the set before."""
    from matching.engines import active_engine

    context, engine = current_context(), active_engine()
    _in_batches(
        row,
        indexable(),
        until,
        lambda ids: engine.upsert(_documents(ids, context), context),
        Step.DONE,
    )


STEPS: dict[Step, Callable[[EncoderSet, float], None]] = {
    Step.EMBED_EXPERTS: _embed_experts,
    Step.EMBED_REQUESTS: _embed_requests,
    Step.BACKGROUND: _background,
    Step.INDEX: _index,
    Step.TIDY: _tidy,
}


def status() -> dict[str, Any]:
    """What is in use and what is being prepared, for the status page and the command."""
    row = in_work()
    facts: dict[str, Any] = {"in_use": [encoder.name for encoder in encoders_in_use()]}
    if row is not None:
        total = indexable().count()
        done = indexable().filter(pk__lte=row.position).count() if row.position else 0
        facts |= {"preparing": row.names, "step": row.step, "done": done, "of": total}
        facts |= {"error": row.error} if row.error else {}
    return facts
