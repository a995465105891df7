"""`make allocate`: the best and the fair allocation of one problem, without any server.

Reads PROBLEM, ANSWER and TIME (optional, seconds for the fair plan) from the environment; relative
paths count from CALLER. Exit status 2: the input makes no sense, and no answer was written.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import perf_counter

from matching.allocation import (
    Plan,
    Problem,
    ProblemError,
    Unmet,
    fairest,
    greatest_total,
    price_of_fairness,
    unmet,
)
from matching.allocation.files import read_problem, write_answer

USAGE = "usage: make allocate PROBLEM=problem.npz ANSWER=answer.npz [TIME=seconds]"
SECONDS = 60.0
#: minimums that stay open are told one by one up to this number
TOLD = 20


def main() -> int:
    """Read, solve, print, write. Returns the exit status."""
    if not (os.environ.get("PROBLEM") and os.environ.get("ANSWER")):
        return refuse(USAGE)
    caller = Path(os.environ.get("CALLER") or Path.cwd())
    answer = caller / os.environ["ANSWER"]
    try:
        seconds = time_limit(os.environ.get("TIME", ""))
        if answer.is_dir() or not answer.parent.is_dir():
            raise ProblemError("no_folder", f"ANSWER: {answer} is not a file in a folder")
        problem = read_problem(caller / os.environ["PROBLEM"])
        allocate(problem, answer, seconds)
    except ProblemError as error:
        return refuse(f"error: {error}")
    except OSError as error:
        return refuse(f"error: ANSWER: {answer} cannot be written ({error.strerror})")
    return 0


def refuse(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def time_limit(text: str) -> float:
    """Seconds for the fair plan. Raises ``ProblemError``."""
    try:
        seconds = float(text or SECONDS)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ProblemError("time", f"TIME: seconds are needed, not {text!r}")
    return seconds


def allocate(problem: Problem, answer: Path, seconds: float) -> None:
    """Solve both, print what they are worth, write them."""
    requests, experts = problem.shape
    print(f"{requests:,} requests, {experts:,} experts, {len(problem.rows):,} usable pairs")
    start = perf_counter()
    best = greatest_total(problem, seconds if problem.quotas else None)
    middle = perf_counter()
    show("assignment", best, middle - start)
    if problem.quotas:
        print(f"remaining gap of the greatest total: {best.total_gap:.4%}")
    fair = fairest(problem, best, seconds)
    show("assignment_fair", fair, perf_counter() - middle)
    print(f"remaining gap of the fair plan: {fair.worst_gap:.4%} of its worst-off request, "
          f"{fair.total_gap:.4%} of its total")  # fmt: skip
    print(f"price of fairness: {price_of_fairness(best, fair):.4%} of the total")
    left_out = int((~problem.members).sum())
    if left_out:
        print(f"requests that can get nobody at all, not counted as worst-off: {left_out}")
    tell_open(best)
    write_answer(answer, assignment=best.matrix(), assignment_fair=fair.matrix())


def show(name: str, plan: Plan, seconds: float) -> None:
    """One line about a plan."""
    filled, seats = len(plan.rows), int(plan.problem.seats.sum())
    print(
        f"{name}: total {plan.total:.9g}, worst-off request {plan.worst:.9g}, "
        f"{filled:,} of {seats:,} seats, heaviest load {plan.load.max(initial=0)}, {seconds:.2f} s"
    )


#: why a minimum stays open
REASONS = {
    "nobody": "nobody of the group can be used there",
    "few": "the group has not more people who can be used there",
    "seats": "the request has fewer seats than that",
    "pins": "people of other groups are fixed there",
    "capacity": "the group's other people are at their limits",
    "quota": "a maximum keeps the group's other people out",
    "group": "a limit keeps the group's other people out",
    "total": "seats or people are needed for other minimums",
}


def tell_open(plan: Plan) -> None:
    """Minimums that no plan can meet, each with what would help."""
    if not plan.missing:
        return
    print(f"minimums: {plan.missing} of their seats stay open in both plans, in the first of them:")
    found = unmet(plan)
    for one in found[:TOLD]:
        print(f"  group {one.quota}, request {one.request}: {one.missing} open, "
              f"{REASONS[one.reason]}; {help_with(plan, one)}")  # fmt: skip
    if len(found) > TOLD:
        print(f"  and {len(found) - TOLD} more")


def help_with(plan: Plan, one: Unmet) -> str:
    """What would meet the minimum: one change that was tried, and always asking for less."""
    reached = int(plan.problem.quotas[one.quota].least[one.request]) - one.missing
    less = f"a minimum of {reached} can be met"
    if one.release is None:
        return less
    changes = {
        "capacity": f"expert {one.release.expert} with a capacity of one more would help",
        "quota": f"a maximum of one more for group {one.release.quota} there would help",
        "seats": "one more seat there would help",
    }
    return f"{changes.get(one.release.kind, 'one more of that limit would help')}, or {less}"


if __name__ == "__main__":
    sys.exit(main())
