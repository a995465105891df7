"""Classification: how many of the wanted fields and keywords an expert answers, and how nearly.

Tags add, they do not gate: no answer gives zero, the same as a request without tags, so a wrong tag
cannot sink the right expert.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.background import Background
from matching.documents import ExpertDocument, QueryDocument
from matching.taxonomy import relation

Floats = NDArray[np.float64]
TAG_SCALE = 0.25


@dataclass(frozen=True)
class TagMatch:
    """A wanted tag and the expert's tag that answers it best."""

    wanted: str
    offered: str
    relation: str
    weight: float


def tag_matches(wanted: Sequence[str], offered: Sequence[str]) -> list[TagMatch]:
    """The best answer to each wanted tag that has one; ties go to the expert's earlier tag."""
    found = []
    for code in wanted:
        best = TagMatch(code, "", "", 0.0)
        for other in offered:
            name, weight = relation(code, other)
            if weight > best.weight:
                best = TagMatch(code, other, name, weight)
        if best.weight:
            found.append(best)
    return found


def tags_signal(
    query: QueryDocument, documents: Sequence[ExpertDocument], background: Background
) -> Floats:
    """Answered share of the wanted tags, weighted by rarity and trust, over TAG_SCALE.

    The unit is fixed and not measured: the answered share already means the same everywhere.
    """
    rarity = {code: background.rarity(code) for code in query.tags}
    total = sum(rarity.values())
    if total <= 0:
        return np.zeros(len(documents))
    trust = dict(zip(query.tags, query.trust, strict=True)) if query.trust else {}
    weight = {code: rarity[code] * trust.get(code, 1.0) for code in query.tags}
    values = [
        sum(weight[m.wanted] * m.weight for m in tag_matches(query.tags, d.tags)) for d in documents
    ]
    return np.array(values, float) / total / TAG_SCALE
