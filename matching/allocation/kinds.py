"""Words of the allocation: arrays, errors, and constraints beyond seats and capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: larger limits are the same as none, and sums of them stay exact
MOST = 2**31 - 1


class ProblemError(ValueError):
    """The input makes no sense; ``code`` and ``facts`` let a caller say it in other words."""

    def __init__(self, code: str, text: str, **facts: Any) -> None:
        super().__init__(text)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, eq=False)
class Grouping:
    """At most ``most`` seats for experts of one label, on each request or (``whole``) on all
    requests together; label -1 belongs to no group."""

    labels: Ints
    most: int
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Quota:
    """Between ``least`` and ``most`` (one number per request each) seats for some experts.

    members: per expert. A minimum that cannot be met is met as far as can be; a maximum holds
    always. Groups may overlap.
    """

    members: Flags
    least: Ints
    most: Ints
