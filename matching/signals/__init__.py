"""Signals: each says how well experts answer a request, all in the same unit.

A signal is a pure function of one prepared request, prepared experts and the background. Its value
is 0 for a random pair of texts in these languages and 1 for one spread above that.
"""

from matching.signals.dense import DenseDetail, Measure
from matching.signals.meaning import dense_signal, lexical_signal
from matching.signals.tags import TagMatch, tag_matches, tags_signal

__all__ = [
    "DenseDetail",
    "Measure",
    "TagMatch",
    "dense_signal",
    "lexical_signal",
    "tag_matches",
    "tags_signal",
]
SIGNALS = ("dense", "lexical", "tags")
