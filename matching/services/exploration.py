"""A recorded random share of a shown list (``MATCHING_EXPLORATION_SHARE``; off by default)."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.core import checks

from matching.conf import setting
from matching.learning.exploration import MOST, Mixed, mix, reach
from matching.results import RankedResult, ScoredExpert

#: expert id → what the explanation of his row says besides
Notes = dict[int, dict[str, Any]]


def share() -> float:
    """The share of positions given by lot; 0 where the setting makes no sense."""
    value = setting("MATCHING_EXPLORATION_SHARE")
    return 0.0 if _complaint(value) else float(value)


def ranks_needed(limit: int) -> int:
    """How many people must be ranked for a list of ``limit``."""
    return reach(limit) if share() else limit


def mixed(
    result: RankedResult, limit: int, carried: Collection[int], seed: int | None = None
) -> tuple[RankedResult, Notes]:
    """The list as it is shown, its draw noted under ``versions``, and notes on the rows moved.

    Ranks of the result are positions then; ``place`` in the notes keeps the matcher's rank. People
    with a rank beyond ``limit`` stay only when staff had put them on the list. Without a share
    the result comes back as it is.
    """
    wanted = share()
    if not wanted:
        return result, {}
    seed = secrets.randbits(48) if seed is None else seed
    known = {scored.expert_id: scored for scored in result.experts}
    order = [s.expert_id for s in result.experts if s.rank <= limit or s.expert_id not in carried]
    drawn = mix(order, limit, wanted, seed)
    listed = [replace(known[pk], rank=at) for at, pk in enumerate(drawn.shown, 1)]
    shown = set(drawn.shown)
    by_hand = [
        replace(s, rank=max(s.rank, limit + 1))
        for s in result.experts
        if s.expert_id in carried and s.expert_id not in shown
    ]
    versions = {**result.versions, "exploration": _record(wanted, seed, drawn)}
    experts = [*listed, *by_hand]
    notes = _notes(experts, known, drawn, seed)
    return replace(result, experts=experts, versions=versions), notes


def _record(wanted: float, seed: int, drawn: Mixed) -> dict[str, Any]:
    return {
        "share": wanted,
        "seed": seed,
        "below": drawn.below,
        "positions": sorted(drawn.drawn),
    }


def _notes(
    experts: list[ScoredExpert], known: dict[int, ScoredExpert], drawn: Mixed, seed: int
) -> Notes:
    notes: Notes = {}
    for scored in experts:
        place = known[scored.expert_id].rank
        if place != scored.rank:
            notes[scored.expert_id] = {"place": place}
    for position, propensity in drawn.drawn.items():
        expert = drawn.shown[position - 1]
        told = {"propensity": propensity, "position": position, "seed": seed}
        notes[expert] = {"place": known[expert].rank, "exploration": told}
    return notes


def _complaint(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST:
        return f"MATCHING_EXPLORATION_SHARE is {value!r}; it must be a number from 0 to {MOST}."
    return ""


@checks.register("matching")
def check_share(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """A share that cannot be meant stops the site at its start instead of passing for 0."""
    complaint = _complaint(setting("MATCHING_EXPLORATION_SHARE"))
    return [checks.Error(complaint, id="matching.E010")] if complaint else []
