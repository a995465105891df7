"""What a plan could not do, with ids instead of positions, as its row keeps it.

``seats``: a request has empty seats. ``quota``: a minimum stays open. ``pin``: somebody who was
fixed on a request is not in the plan. With the last two a plan is partial.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matching.allocation import Blocked, Broken, Full, Plan, Release, Unmet, blocked, unmet
from matching.selectors.allocation_problem import Numbered

Gone = Mapping[tuple[int, int], str]


def lacks_of(plan: Plan, given: Numbered, gone: Gone) -> list[dict[str, Any]]:
    """Pins first, then minimums, then empty seats. gone: (request, expert) → excluding rule."""
    return [
        *({"kind": "pin", "request": request, "expert": expert, "rule": rule, "full": []}
          for (request, expert), rule in sorted(gone.items())),
        *(_pin(found, given) for found in given.broken),
        *(_quota(found, plan, given) for found in unmet(plan)),
        *(_seats(found, given) for found in blocked(plan)),
    ]  # fmt: skip


def _pin(found: Broken, given: Numbered) -> dict[str, Any]:
    return {
        "kind": "pin",
        "request": given.requests[found.request],
        "expert": given.experts[found.expert],
        "rule": "",
        "full": [_full(full, given) for full in found.full],
    }


def _full(full: Full, given: Numbered) -> dict[str, Any]:
    rivals = [(given.requests[row], given.experts[col]) for row, col in full.rivals]
    facts = {"kind": full.kind, "limit": full.limit, "rivals": rivals}
    return facts | _limit(full, given)


def _limit(found: Full | Release, given: Numbered) -> dict[str, Any]:
    """Which institution or group a limit is about."""
    if found.kind == "group":
        names = {"institution": given.institutions[found.label]}
        return names | {"over": given.limits[found.grouping]}
    return {"group": given.groups[found.quota]} if found.kind == "quota" else {}


def _quota(found: Unmet, plan: Plan, given: Numbered) -> dict[str, Any]:
    return {
        "kind": "quota",
        "request": given.requests[found.request],
        "group": given.groups[found.quota],
        "least": int(plan.problem.quotas[found.quota].least[found.request]),
        "missing": found.missing,
        "reason": found.reason,
        "people": found.people,
        "release": _release(found.release, given),
    }


def _seats(found: Blocked, given: Numbered) -> dict[str, Any]:
    return {
        "kind": "seats",
        "request": given.requests[found.request],
        "missing": found.missing,
        "reason": found.reason,
        "people": found.people,
        "release": _release(found.release, given),
    }


def _release(found: Release | None, given: Numbered) -> dict[str, Any] | None:
    if found is None:
        return None
    expert = given.experts[found.expert] if found.expert >= 0 else None
    return {"kind": found.kind, "gain": round(found.gain, 4), "expert": expert} | _limit(
        found, given
    )
