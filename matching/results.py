"""What a search for experts returns; everything here can be stored as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

BASE = "base"


@dataclass(frozen=True)
class ScoredExpert:
    """One expert of a result.

    rank: from 1; score: shown fit, 0 to 1; fused: the uncalibrated value that the order rests on.
    contributions: signal → share, with ``base`` for a person about whom nothing speaks; the values
        add up to ``score``.
    signals: signal → normalised value (0 = like a random pair, 1 = one spread above it).
    matched_tags: [{code, label_ko, label_en, wanted_ko, wanted_en, relation, weight}].
    chance: how likely an expert with this fused value is suitable, as judged pairs tell; beside the
        score, never what the order rests on; None where no calibration fits the numbers in use.
    evidence: the best piece: {text, title, kind, year, verification, verified_on, source_ref,
        language}; empty when the expert has none.
    """

    expert_id: int
    rank: int
    score: float
    fused: float
    contributions: dict[str, float]
    signals: dict[str, float]
    matched_tags: list[dict[str, Any]] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    chance: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class RankedResult:
    """A ranked list with how it came about.

    timings: milliseconds of encode, retrieve, score and explain.
    versions: encoders, background, scoring, analyser, engine.
    eligible: how many indexed experts pass the filters; None when nobody counted.
    """

    experts: list[ScoredExpert]
    timings: dict[str, float]
    versions: dict[str, Any]
    eligible: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
