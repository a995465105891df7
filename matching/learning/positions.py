"""How much a judgement counts, given where it was shown.

People look at the top of a list first, so that a person further down is chosen less often for the
same fit. People of exploration positions were put there by lot: how their share of marks falls with
the position is how attention falls. P(seen at p) = p ** -eta, one number, fitted to those marks
alone (position-based model, Joachims, Swaminathan & Schnabel, WSDM 2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from matching.learning.pairs import DecidedList, Pair

Floats = NDArray[np.float64]
#: shown people and marks of exploration positions without which nothing is corrected
FEWEST_SHOWN, FEWEST_TOUCHED = 50, 8
STEEPEST = 2.0
#: no judgement counts more than so many times another one
HEAVIEST = 5.0


def attention(lists: Iterable[DecidedList]) -> float | None:
    """The exponent eta of attention by position, or None while too little was drawn by lot."""
    rows = [row for listed in lists for row in listed.rows if row.explored and row.position]
    positions = np.array([row.position for row in rows], float)
    touched = np.array([bool(row.mark) for row in rows], bool)
    if len(rows) < FEWEST_SHOWN or touched.sum() < FEWEST_TOUCHED or touched.all():
        return None
    return _exponent(positions, touched)


def _exponent(positions: Floats, touched: NDArray[np.bool_]) -> float:
    def loss(eta: float) -> float:
        seen = positions**-eta
        rate = min(0.999, touched.sum() / seen.sum())  # near the best base rate for this eta
        marked = np.clip(rate * seen, 1e-9, 1 - 1e-9)
        return float(-np.where(touched, np.log(marked), np.log1p(-marked)).sum())

    return float(minimize_scalar(loss, bounds=(0.0, STEEPEST), method="bounded").x)


def factors(pairs: Sequence[Pair], eta: float | None) -> Floats:
    """One factor per pair: 1 over the chance that it was drawn and seen, at most ``HEAVIEST``.

    Without ``eta`` nothing is corrected. Factors keep the mean 1, so they add no pairs.
    """
    if eta is None or not pairs:
        return np.ones(len(pairs))
    seen = np.array([float(pair.position or 1) ** -eta * pair.draw for pair in pairs])
    found = np.minimum(1 / seen, HEAVIEST)
    return np.asarray(found / found.mean(), float)
