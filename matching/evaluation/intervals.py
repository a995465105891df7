"""95 % intervals of shares and of means of a few values; pure functions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

#: below this number of units a figure is shown for reference only
FEW = 10
#: the standard normal's 97.5 % point
Z = 1.959963984540054


def wilson(share: float, count: int) -> tuple[float, float]:
    """Ends of the score interval of a share found in ``count`` units (0 to 1, both with 0 units).

    (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n): E. B. Wilson (1927), Probable inference,
    the law of succession, and statistical inference, JASA 22(158), 209-212. A mean of values
    between 0 and 1 has at most the variance of a share, so for those it is rather too wide.
    """
    if count < 1:
        return 0.0, 1.0
    p, n = min(1.0, max(0.0, share)), float(count)
    scale = 1 + Z**2 / n
    middle = (p + Z**2 / (2 * n)) / scale
    half = Z * float(np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))) / scale
    return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))


def student(values: Sequence[float]) -> tuple[float, float] | None:
    """Ends of the t interval of a mean; None where the values show no spread.

    x̄ ± t·s/√n with n − 1 degrees of freedom: Student (1908), The probable error of a mean,
    Biometrika 6(1), 1-25.
    """
    found = np.array(values, float)
    spread = float(found.std(ddof=1)) if len(found) > 1 else 0.0
    if spread == 0:
        return None
    half = float(stdtrit(len(found) - 1, 0.975)) * spread / float(np.sqrt(len(found)))
    return float(found.mean()) - half, float(found.mean()) + half
