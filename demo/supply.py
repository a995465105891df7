"""Hands out passages: each to few people, and to those whose other texts it goes with."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from random import Random

from demo.likeness import Likeness
from demo.reading import Leaf, Passage

#: how many people may share one passage
MOST_BIOS = 3
MOST_EVIDENCE = 3
MOST_ALONE = 2  # what happens to one person: a post, a prize
ALONE = ("career", "award")


class Supply:
    """What is left to hand out in one language."""

    def __init__(self, leaves: dict[str, Leaf], random: Random) -> None:
        self.leaves = leaves
        self._random = random
        self._used: Counter[Passage] = Counter()
        self._likeness = Likeness(
            passage.full_text
            for leaf in leaves.values()
            for passage in (*leaf.bios, *leaf.evidence)
        )

    def most(self, passage: Passage) -> int:
        """How many people may have this passage."""
        if passage.kind == "bio":
            return MOST_BIOS
        return MOST_ALONE if passage.kind in ALONE else MOST_EVIDENCE

    def left(self, code: str) -> int:
        """How many more self-descriptions the leaf has."""
        return sum(self.most(p) - self._used[p] for p in self.leaves[code].bios)

    def take(
        self,
        candidates: Iterable[Passage],
        beside: Sequence[Passage],
        fits: Callable[[Passage], bool] = lambda passage: True,
    ) -> Passage | None:
        """The passage that goes best with those ``beside`` it, little used ones first."""
        texts = [passage.full_text for passage in beside]
        free = [
            passage
            for passage in candidates
            if self._used[passage] < self.most(passage) and passage not in beside and fits(passage)
        ]
        if not free:
            return None
        best = max(free, key=lambda passage: self._worth(passage, texts))
        self._used[best] += 1
        return best

    def _worth(self, passage: Passage, texts: Sequence[str]) -> float:
        alike = self._likeness.to_any(passage.full_text, texts)
        return alike - 0.06 * self._used[passage] + 0.05 * self._random.random()
