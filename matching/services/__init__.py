"""Writes of this app, one function per use case."""

from matching.services.conflicts import answer_waiver, ask_waiver, end_conflict, enter_conflict
from matching.services.execution import execute
from matching.services.runs import cancel_run, drop_runs, start_run, sweep_runs
from matching.services.shortlist import add_candidate, decide, mark, naming, reorder, shift

__all__ = [
    "add_candidate",
    "answer_waiver",
    "ask_waiver",
    "cancel_run",
    "decide",
    "drop_runs",
    "end_conflict",
    "enter_conflict",
    "execute",
    "mark",
    "naming",
    "reorder",
    "shift",
    "start_run",
    "sweep_runs",
]
