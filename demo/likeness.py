"""How much two short texts are about the same thing: cosine of weighted character pairs.

Good enough to put together passages that could be one person's work, without a language model.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[가-힣]{2,}|[A-Za-z]{3,}")


def _pairs(text: str) -> list[str]:
    found = []
    for word in _WORD.findall(text):
        if word.isascii():
            found.append(word.lower())
        else:
            found += [word[i : i + 2] for i in range(len(word) - 1)]
    return found


class Likeness:
    """Vectors of a fixed set of texts; compare any two of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        pairs = {text: Counter(_pairs(text)) for text in dict.fromkeys(texts)}
        spread = Counter(pair for counts in pairs.values() for pair in counts)
        total = len(pairs) + 1
        self._vectors = {
            text: _unit({p: n * math.log(total / (1 + spread[p])) for p, n in counts.items()})
            for text, counts in pairs.items()
        }

    def between(self, first: str, second: str) -> float:
        """0 for nothing in common, 1 for the same text."""
        one, other = self._vectors[first], self._vectors[second]
        if len(one) > len(other):
            one, other = other, one
        return sum(weight * other.get(pair, 0.0) for pair, weight in one.items())

    def to_any(self, text: str, others: Iterable[str]) -> float:
        """The highest likeness to one of the others; 0 when there is none."""
        return max((self.between(text, other) for other in others), default=0.0)


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
    return {pair: weight / length for pair, weight in vector.items()}
