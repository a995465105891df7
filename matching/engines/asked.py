"""What engines share: the estimate that candidates are proposed by, and the impacts of words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.documents import QueryDocument, TokenCounts
from matching.engines.base import Context
from matching.signals import Measure
from matching.signals.estimate import Estimate, estimate
from matching.signals.lexical import saturation

#: nearest by meaning whose nearness is told apart, per shard and language model; others count as
#: having nothing in common
REACH = 7_000
#: bits of a float32 that a stored impact keeps: sign, exponent and 8 of the fraction
_KEPT = np.uint32(0xFFFF8000)


def asked(query: QueryDocument, context: Context) -> Estimate:
    """What an engine adds up for everybody; false where the request says nothing."""
    return estimate(query, Measure(context.encoders, context.background, context.scoring))


def impacts(words: TokenCounts, context: Context) -> NDArray[np.float32]:
    """What each token says about its expert, cut to nine significant bits.

    A search cluster keeps no more than that of a feature's value (0.4 %, org.apache.lucene
    FeatureField); cut in one place, every engine orders candidates alike.
    """
    counts = words.counts.astype(float)
    exact = saturation(counts, words.length, context.background, context.scoring)
    return (exact.astype(np.float32).view(np.uint32) & _KEPT).view(np.float32)
