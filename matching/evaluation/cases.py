"""Kinds of requests that are hard to match, told from the request and the judged pairs alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from matching.evaluation.runner import RequestScores

ONE_LINE = 80  # characters
Case = Callable[[RequestScores, float], bool]


def _misled_by(signal: str) -> Case:
    """Somebody unsuitable has more of a signal than everybody suitable."""

    def holds(request: RequestScores, least: float) -> bool:
        values, suitable = request.values[signal], request.grades >= least
        both = suitable.any() and not suitable.all()
        return bool(both and values[~suitable].max() > values[suitable].max())

    return holds


def _other_language(request: RequestScores, least: float) -> bool:
    suitable = request.grades >= least
    languages = np.array(request.expert_languages)
    return bool((languages[suitable] != request.language).any())


#: name → whether a request is one; a request may be several
CASES: dict[str, Case] = {
    "Korean request": lambda request, _least: request.language == "ko",
    "English request": lambda request, _least: request.language == "en",
    "one line": lambda request, _least: request.length <= ONE_LINE,
    "no tags": lambda request, _least: not request.tags,
    "misleading tags": _misled_by("tags"),
    "misleading words": _misled_by("lexical"),
    "misleading meaning": _misled_by("dense"),
    "suitable in the other language": _other_language,
}


def in_case(name: str, requests: list[RequestScores], least: float) -> list[RequestScores]:
    """The requests of a case; those without a suitable person belong to none."""
    return [r for r in requests if (r.grades >= least).any() and CASES[name](r, least)]
