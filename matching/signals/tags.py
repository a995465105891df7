"""Classification: how many of the wanted fields and keywords an expert answers, and how nearly.

Tags add, they do not gate: no answer gives zero, the same as a request without tags, so a wrong tag
cannot sink the right expert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.background import Background
from matching.documents import ExpertDocument, QueryDocument
from matching.taxonomy import neighbours, relation

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
    return tags_of(query, [d.tags for d in documents], background)


def tags_of(
    query: QueryDocument, offered: Sequence[Sequence[str]], background: Background
) -> Floats:
    """``tags_signal`` of experts by their tags alone."""
    rarity = {code: background.rarity(code) for code in query.tags}
    total = sum(rarity.values())
    if total <= 0:
        return np.zeros(len(offered))
    trust = dict(zip(query.tags, query.trust, strict=True)) if query.trust else {}
    weight = {code: rarity[code] * trust.get(code, 1.0) for code in query.tags}
    answers: dict[str, list[tuple[str, float]]] = {}
    for code in query.tags:
        for other, nearness in neighbours(code).items():
            answers.setdefault(other, []).append((code, nearness))
    values = [sum(weight[code] * near for code, near in _best(tags, answers)) for tags in offered]
    return np.array(values, float) / total / TAG_SCALE


def _best(
    tags: Sequence[str], answers: Mapping[str, Sequence[tuple[str, float]]]
) -> Iterable[tuple[str, float]]:
    """Wanted tags that some of these answer, with the nearness of the best answer."""
    found: dict[str, float] = {}
    for tag in tags:
        for code, nearness in answers.get(tag, ()):
            if nearness > found.get(code, 0.0):
                found[code] = nearness
    return found.items()
