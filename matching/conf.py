"""Settings of the matching core with their defaults; every one can be set in Django's settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    # "bundled" (the two models that come with the installation), a hub name or a local folder.
    "MATCHING_ENCODERS": ["bundled"],
    "SEARCH_ENGINE": "postgres",
    # Candidates that the engine proposes per signal before exact rescoring.
    "MATCHING_CANDIDATES_PER_SIGNAL": 100,
    # Texts longer than this are cut before they are embedded (characters).
    "MATCHING_ENCODER_MAX_CHARACTERS": 8_000,
    # Threads of the encoder inside one process; more threads than free cores only spin.
    "MATCHING_ENCODER_THREADS": 1,
    "MATCHING_SCORING": {},
}


def setting(name: str) -> Any:
    """Value of a setting of this app, or its default."""
    return getattr(settings, name, DEFAULTS[name])


@dataclass(frozen=True)
class Scoring:
    """Every number that the score depends on; its ``version`` is logged with each run.

    weights: share of each signal in the fused score.
    best_share: part of an expert's dense score that is the best piece; the rest is the mean.
    specialist_share: part of the encoder that is made for the language of both texts, where one is.
    declared_penalty, yearly_penalty, oldest_penalty: taken off a piece's normalised similarity when
        nobody has verified it, per year of age, and at most for age.
    k1, b: saturation and length normalisation of BM25.
    centre, spread: where the shown score is one half and how fast it moves (fused units).
    """

    weights: dict[str, float] = field(
        default_factory=lambda: {"dense": 0.6, "lexical": 0.25, "tags": 0.15}
    )
    best_share: float = 0.5
    specialist_share: float = 0.7
    declared_penalty: float = 0.1
    yearly_penalty: float = 0.01
    oldest_penalty: float = 0.2
    k1: float = 1.2
    b: float = 0.5
    centre: float = 1.5
    spread: float = 0.8
    version: str = "1"

    @classmethod
    def current(cls) -> Scoring:
        """Defaults with the changes of ``MATCHING_SCORING``."""
        return replace(cls(), **setting("MATCHING_SCORING"))
