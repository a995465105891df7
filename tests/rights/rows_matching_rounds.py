"""Rounds and allocations: case managers work, administrators and auditors read."""

from collections.abc import Callable, Mapping
from typing import Any

from consulting.rounds import quotas, services
from tests.factories.experts import ExpertFactory
from tests.factories.rounds import RoundFactory, computed, people
from tests.rights.table import Row, only

desk = only("manager")
readers = only("manager", "administrator", "auditor")
Args = Callable[[Any], Mapping[str, Any]]


def a_round(**more: object) -> Args:
    return lambda user: {"pk": RoundFactory(entries=1).pk, **more}


def limit(user: Any) -> Mapping[str, Any]:
    row = RoundFactory()
    found = services.set_limit(row.pk, ExpertFactory().pk, 1, "까닭", row.created_by)
    return {"pk": row.pk, "limit": found.pk}


def quota(user: Any) -> Mapping[str, Any]:
    row = RoundFactory()
    found = quotas.set_quota(row.pk, row.created_by, by="origin", value="overseas", least=1)
    return {"pk": row.pk, "quota": found.pk}


def plan(user: Any) -> Mapping[str, Any]:
    row = RoundFactory(entries=1, entries__seats=1)
    return {"pk": row.pk, "plan": computed(row, people(1)).plans.get(objective="fair").pk}


def running(user: Any) -> Mapping[str, Any]:
    from matching.services.allocation import start_allocation

    row = RoundFactory(entries=1)
    start_allocation(row.pk, row.created_by)
    return {"pk": row.pk}


_wish: dict[str, Any] = {}


def wished(user: Any) -> Mapping[str, Any]:
    """A round; what is sent names its request and somebody."""
    row = RoundFactory(entries=1)
    _wish.update(
        request=row.entries.get().request_id, expert=str(ExpertFactory().public_id), kind="forbid"
    )
    return {"pk": row.pk}


ROWS = [
    Row("consulting:rounds", get=readers),
    Row("consulting:new_round", get=desk, post=desk),
    Row("consulting:round", args=a_round(), get=readers, post=desk),
    Row("consulting:edit_round", args=a_round(), get=desk, post=desk),
    Row("consulting:move_round", args=a_round(name="close"), get=desk, post=desk),
    Row("consulting:round_requests", args=a_round(), get=desk, post=desk),
    Row("consulting:round_limits", args=a_round(), get=desk, post=desk),
    Row("consulting:remove_limit", args=limit, post=desk),
    Row("consulting:round_quotas", args=a_round(), get=desk, post=desk),
    Row("consulting:remove_quota", args=quota, post=desk),
    Row("matching:allocations", args=a_round(), get=readers),
    Row("matching:allocate", args=a_round(), post=desk),
    Row("matching:allocation_progress", args=running, get=readers),
    Row("matching:cancel_allocation", args=running, get=desk, post=desk),
    Row("matching:compare_allocations", args=a_round(), get=readers),
    Row("matching:pin", args=wished, post=desk, data=lambda user: dict(_wish)),
    Row("matching:round_conflicts", args=a_round(), get=readers, post=desk),
    Row("matching:allocation", args=plan, get=readers),
    Row("matching:apply_allocation", args=plan, get=desk, post=desk),
    Row("matching:export_allocation", args=plan, get=readers),
]
