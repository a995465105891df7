"""Writes of this app, one function per use case."""

from matching.services.conflicts import answer_waiver, ask_waiver, end_conflict, enter_conflict
from matching.services.execution import execute
from matching.services.lots import (
    adopt_lot,
    decline,
    draw,
    make_lot,
    remove_entry,
    seal,
    void_lot,
)
from matching.services.panels import adopt_panel, decide_field, propose_panel
from matching.services.runs import cancel_run, drop_runs, start_run, sweep_runs
from matching.services.shortlist import add_candidate, decide, mark, naming, reorder, shift

__all__ = [
    "add_candidate",
    "adopt_lot",
    "adopt_panel",
    "answer_waiver",
    "ask_waiver",
    "cancel_run",
    "decide",
    "decide_field",
    "decline",
    "draw",
    "drop_runs",
    "end_conflict",
    "enter_conflict",
    "execute",
    "make_lot",
    "mark",
    "naming",
    "propose_panel",
    "remove_entry",
    "reorder",
    "seal",
    "shift",
    "start_run",
    "sweep_runs",
    "void_lot",
]
