"""A draw that anyone can repeat by hand with SHA-256.

Before the draw the list is sealed: each person becomes a *seal*, SHA-256 of a secret salt and the
person's record, the seals in ascending order get the public numbers 1, 2, 3 …, and the list's hash
is recorded together with the hash of a random system seed. At the draw somebody names an operator's
seed (a number thrown with dice before witnesses, say). Then

    key of a number = SHA-256("<operator's seed>:<system seed>:<number>")   (UTF-8, hex)

and the numbers stand in the order of their keys. Seats kept for an axis go to its first numbers in
that order, the other seats to the first of all numbers left. Nobody can steer it: whoever names the
operator's seed does not know the system seed, and that was fixed before. Who declines is struck out
and the same rule is applied again; all others keep their seats, because striking a number out never
moves another one back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

ALGORITHM = "sha256-lot-1"
FEWEST, MOST = 3, 10


@dataclass(frozen=True)
class Ticket:
    """One line of the public list."""

    number: int
    axis: str
    seal: str


def sha256(text: str) -> str:
    """Hex digest of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal_of(salt: str, person: str, reason: str) -> str:
    """What stands for a person in public; with salt, record and reason anyone can check it."""
    return sha256(f"{salt}\n{person}\n{reason}")


def numbered(seals: Iterable[tuple[str, str]]) -> list[Ticket]:
    """Public list of (seal, axis) pairs: numbers by ascending seal, so they tell no rank."""
    ordered = sorted(seals)
    return [Ticket(n, axis, seal) for n, (seal, axis) in enumerate(ordered, 1)]


def list_text(
    code: str, seats: int, quotas: Mapping[str, int], commitment: str, tickets: Sequence[Ticket]
) -> str:
    """The text whose SHA-256 is the list's hash: one line per fact, tabs between values."""
    lines = [f"lot\t{code}", f"algorithm\t{ALGORITHM}", f"seats\t{seats}"]
    lines += [f"quota\t{axis}\t{quotas[axis]}" for axis in sorted(quotas) if quotas[axis]]
    lines.append(f"commitment\t{commitment}")
    lines += [f"{t.number}\t{t.axis}\t{t.seal}" for t in tickets]
    return "\n".join(lines) + "\n"


def order_of(numbers: Iterable[int], operator_seed: str, system_seed: str) -> list[int]:
    """All numbers in the order of the draw."""
    return sorted(numbers, key=lambda n: sha256(f"{operator_seed}:{system_seed}:{n}"))


def seated(
    order: Sequence[int],
    axis_of: Mapping[int, str],
    quotas: Mapping[str, int],
    seats: int,
    declined: Collection[int] = (),
) -> list[int]:
    """Who holds the seats, in the order of the draw; fewer when the list runs out."""
    left = [n for n in order if n not in declined]
    kept: set[int] = set()
    for axis in sorted(quotas):
        kept.update([n for n in left if axis_of[n] == axis][: quotas[axis]])
    free = max(0, seats - len(kept))
    kept.update([n for n in left if n not in kept][:free])
    return [n for n in left if n in kept]


def alternates(
    order: Sequence[int], holding: Collection[int], declined: Collection[int] = ()
) -> list[int]:
    """Who waits, in order."""
    return [n for n in order if n not in set(holding) | set(declined)]


def size_problem(count: int, seats: int) -> str:
    """``few`` or ``many`` where a list is not three to ten times the seats; empty otherwise."""
    if count < FEWEST * seats:
        return "few"
    return "many" if count > MOST * seats else ""


def quota_problem(
    axes: Mapping[str, int], quotas: Mapping[str, int], seats: int
) -> tuple[str, str]:
    """(code, axis): quotas beyond the seats, or more kept for an axis than the list holds."""
    if sum(quotas.values()) > seats:
        return "beyond_seats", ""
    short = [axis for axis in sorted(quotas) if quotas[axis] > axes.get(axis, 0)]
    return ("short", short[0]) if short else ("", "")


#: Fifteen lines of standard Python that recompute a downloaded certificate.
SNIPPET = """\
import hashlib, json, sys
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
lot = json.load(open(sys.argv[1], encoding="utf-8"))
rows, quotas, out = lot["list"], lot["quotas"], set(lot["declined"])
head = [f"lot\\t{lot['code']}", f"algorithm\\t{lot['algorithm']}", f"seats\\t{lot['seats']}"]
head += [f"quota\\t{a}\\t{quotas[a]}" for a in sorted(quotas) if quotas[a]]
lines = head + [f"commitment\\t{lot['commitment']}"]
lines += [f"{r['number']}\\t{r['axis']}\\t{r['seal']}" for r in rows]
assert sha("\\n".join(lines) + "\\n") == lot["list_hash"], "the list was changed"
assert sha(lot["system_seed"]) == lot["commitment"], "the system seed was changed"
seed, axis = f"{lot['operator_seed']}:{lot['system_seed']}", {r["number"]: r["axis"] for r in rows}
left = [n for n in sorted(axis, key=lambda n: sha(f"{seed}:{n}")) if n not in out]
kept = {n for a in quotas for n in [n for n in left if axis[n] == a][: quotas[a]]}
kept |= set([n for n in left if n not in kept][: max(0, lot["seats"] - len(kept))])
print([n for n in left if n in kept], [n for n in left if n in kept] == lot["seated"])
"""
