"""A small random share of the shown list, so that learning does not only see its own choices."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

#: positions that are never given away
SURE = 3
#: how many people below the list take part in the draw, as a multiple of the list's length
BELOW = 1.0
#: the greatest share that a site may set
MOST = 0.3


@dataclass(frozen=True)
class Mixed:
    """Ids as they are shown, and position → chance with which its person was drawn.

    ``below`` people took part in the draw.
    """

    shown: list[int]
    drawn: dict[int, float] = field(default_factory=dict)
    below: int = 0


def reach(limit: int) -> int:
    """How many people must be ranked for a list of ``limit`` with a draw."""
    return limit + math.ceil(limit * BELOW)


def mix(ranked: Sequence[int], limit: int, share: float, seed: int) -> Mixed:
    """The first ``limit`` of ``ranked`` with some positions given to people drawn from below.

    Positions from ``SURE`` + 1 on; on average ``share`` of them. The others keep their order and
    move down; the last ones make room. The same arguments give the same list.
    """
    below = list(ranked[limit : reach(limit)])
    chance = random.Random(seed)
    wanted = max(0.0, share) * max(0, limit - SURE)
    number = int(wanted) + (chance.random() < wanted - int(wanted))
    number = min(number, len(below), max(0, limit - SURE))
    if not number:
        return Mixed(list(ranked[:limit]), {}, len(below))
    positions = sorted(chance.sample(range(SURE + 1, limit + 1), number))
    shown = list(ranked[: limit - number])
    for position, expert in zip(positions, chance.sample(below, number), strict=True):
        shown.insert(position - 1, expert)
    return Mixed(shown, dict.fromkeys(positions, number / len(below)), len(below))
