"""Matching: case managers work, administrators and auditors read, nobody else has a way in."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory
from tests.factories.matching import (
    CandidateFactory,
    ConflictFactory,
    RunFactory,
    WaiverFactory,
    shortlist_of,
)
from tests.rights.table import Row, only

desk = only("manager")
approvers = only("manager", "administrator")
readers = only("manager", "administrator", "auditor")
Args = Callable[[Any], Mapping[str, Any]]


def listed(**more: object) -> Args:
    """A shortlisted request of somebody."""
    return lambda user: {"ref": shortlist_of(1).request.ref, **more}


def ready(user: Any) -> Mapping[str, Any]:
    """A request for which experts may be sought."""
    return {"ref": RequestFactory(accepted=True).ref}


def running(user: Any) -> Mapping[str, Any]:
    """A request with a search on its way."""
    return {"ref": RunFactory(queued=True).request.ref}


def candidate(**more: object) -> Args:
    """A person on a shortlist."""

    def args(user: Any) -> Mapping[str, Any]:
        run = shortlist_of(1)
        return {"ref": run.request.ref, "expert": run.candidates.get().expert.public_id, **more}

    return args


def chosen(user: Any) -> Mapping[str, Any]:
    """A person marked on a shortlist."""
    row = CandidateFactory(chosen=True, preference=1)
    return {"ref": row.run.request.ref, "expert": row.expert.public_id}


def barred(user: Any) -> Mapping[str, Any]:
    """Somebody whom a rule excludes that can be waived."""
    run = shortlist_of(1)
    expert = ExpertFactory(monthly_cap=0)
    return {"ref": run.request.ref, "expert": expert.public_id, "rule": "cap"}


def conflict(user: Any) -> Mapping[str, Any]:
    run = shortlist_of(1)
    row = ConflictFactory(request=run.request, expert=run.candidates.get().expert)
    return {"ref": run.request.ref, "pk": row.pk}


def made(factory: Any, **facts: object) -> Args:
    """A row of the API."""
    return lambda user: {"pk": factory(**facts).pk}


def of_request(factory: Any) -> Args:
    return lambda user: {"pk": factory(request=RunFactory().request).pk}


ROWS = [
    Row("matching:shortlist", args=listed(), get=readers),
    Row("matching:start", args=ready, post=desk),
    Row("matching:progress", args=running, get=readers),
    Row("matching:cancel", args=running, get=desk, post=desk),
    Row("matching:runs", args=listed(), get=readers),
    Row("matching:export", args=listed(), get=readers),
    Row("matching:compare", args=listed(), get=readers),
    Row("matching:why", args=candidate(), get=readers),
    Row("matching:why_not", args=listed(), get=readers),
    Row("matching:add", args=listed(), get=desk, post=desk),
    Row("matching:mark", args=candidate(mark="chosen"), get=desk, post=desk),
    Row("matching:unmark", args=candidate(), post=desk),
    Row("matching:shift", args=chosen, post=desk),
    Row("matching:decide", args=listed(), get=desk, post=desk),
    Row("matching:conflicts", args=listed(), get=readers, post=desk),
    Row("matching:end_conflict", args=conflict, get=desk, post=desk),
    Row("matching:ask_waiver", args=barred, get=desk, post=desk),
    Row("matching:waivers", get=readers),
    Row("matching:answer_waiver", args=made(WaiverFactory), post=approvers),
    Row("api:match-run-list", get=readers, post=desk),
    Row("api:match-run-detail", args=made(RunFactory), get=readers),
    Row("api:match-run-cancel", args=made(RunFactory, queued=True), post=desk),
    Row("api:match-run-decide", args=made(RunFactory), post=desk),
    Row("api:match-candidate-list", get=readers, post=desk),
    Row("api:match-candidate-detail", args=made(CandidateFactory), get=readers),
    Row("api:match-candidate-mark", args=made(CandidateFactory), post=desk),
    Row("api:conflict-list", get=readers, post=desk),
    Row("api:conflict-detail", args=of_request(ConflictFactory), get=readers),
    Row("api:conflict-end", args=of_request(ConflictFactory), post=desk),
    Row("api:waiver-list", get=readers, post=desk),
    Row("api:waiver-detail", args=made(WaiverFactory), get=readers),
    Row("api:waiver-answer", args=made(WaiverFactory), post=approvers),
    Row("api:eligibility", get=readers),
    Row("api:why-not", get=readers),
]
