"""Fitting weights to judged pairs, and putting a set into use or back again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict, NotPermitted
from matching import weights as store
from matching.conf import Scoring
from matching.evaluation.metrics import SEED, Estimate
from matching.events import learning as events
from matching.learning.curves import bins_json, learned
from matching.learning.fitting import PAIRS_PER_WEIGHT, PRIOR_PAIRS, fit_weights
from matching.learning.pairs import Judged, Pair, arrays
from matching.learning.positions import factors
from matching.learning.use import counted
from matching.learning.validation import FOLDS, Comparison, Held, compare
from matching.models import WeightSet
from matching.permissions import may_set_weights
from matching.services.texts import needed

#: fewest requests, so that each fold holds back some
FEWEST_REQUESTS = 2 * FOLDS
WEIGHTS_LOCK = 7_240_118


class TooLittleError(ValueError):
    """Too few judgements to learn from; the message says how many there are and are needed."""


@dataclass(frozen=True)
class Material:
    """Pairs to learn from and where they come from.

    eta: exponent of attention by position, None while nothing is known of it.
    """

    pairs: list[Pair]
    judged_set: str = ""
    eta: float | None = None
    notes: dict[str, Any] = field(default_factory=dict)


def learn(
    material: Material,
    by: Any = None,
    *,
    pairs_per_weight: int = PAIRS_PER_WEIGHT,
    seed: int = SEED,
    scoring: Scoring | None = None,
) -> tuple[WeightSet, bool]:
    """Fit, compare on held-back requests and store a candidate; the flag says whether it is new.

    The same pairs, present numbers and seed find the row that is already there.
    Raises ``TooLittleError``.
    """
    scoring = scoring or Scoring.current()
    names = tuple(sorted(scoring.weights))
    judged, left_out = arrays(material.pairs, names, factors(material.pairs, material.eta))
    _refuse_too_little(judged, len(left_out), pairs_per_weight)
    fingerprint = _fingerprint(judged, scoring, seed)
    known = WeightSet.objects.filter(fingerprint=fingerprint).first()
    if known is not None:
        return known, False
    start = dict(scoring.weights)
    comparison = compare(judged, start, seed)
    fitted = fit_weights(judged, start)
    calibration = _calibration(material, judged, fitted, scoring)
    with _alone():
        row = WeightSet.objects.create(
            number=_next_number(),
            base=Scoring().version,
            scoring={"weights": fitted},
            calibration=calibration,
            fingerprint=fingerprint,
            trained_on=_trained_on(material, judged, len(left_out), seed),
            report=_report(comparison, start, fitted, scoring.version),
            is_recommended=comparison.is_better,
            created_by=by,
        )
        events.weights_fitted(row, by)
    return row, True


def _refuse_too_little(judged: Judged, left_out: int, per_weight: int) -> None:
    needs = per_weight * len(judged.names)
    requests = len(np.unique(judged.groups))
    if len(judged) < needs:
        without = f" ({left_out} more have no signals)" if left_out else ""
        raise TooLittleError(
            f"There are {len(judged)} judged pairs{without}; {len(judged.names)} weights need "
            f"{needs}, which is {per_weight} for each. Nothing was fitted."
        )
    if requests < FEWEST_REQUESTS:
        raise TooLittleError(
            f"The pairs come from {requests} requests; {FEWEST_REQUESTS} are needed, so that some "
            "can be held back. Nothing was fitted."
        )
    if len(np.unique(judged.grades)) < 2:
        raise TooLittleError("All pairs have the same grade: nothing can be learned from them.")


def _fingerprint(judged: Judged, scoring: Scoring, seed: int) -> str:
    digest = hashlib.sha256()
    digest.update(json.dumps([asdict(scoring), seed, judged.names], default=str).encode())
    for column in (judged.signals, judged.grades, judged.weights, judged.groups):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _calibration(
    material: Material, judged: Judged, weights: dict[str, float], scoring: Scoring
) -> dict[str, Any]:
    """The chance of being suitable under the fitted weights; empty where too little is known."""
    source = ", ".join(part for part in (material.judged_set, *counted(material.pairs)) if part)
    under = replace(scoring, weights=weights).fingerprint
    curve = learned(judged.fused_pairs(weights), source, under)
    return curve.as_json() if curve else {}


def _next_number() -> int:
    last = WeightSet.objects.order_by("-number").first()
    return last.number + 1 if last else 1


def _trained_on(material: Material, judged: Judged, left_out: int, seed: int) -> dict[str, Any]:
    days = [pair.on for pair in material.pairs if pair.on]
    return {
        "pairs": len(judged),
        "left_out": left_out,
        "requests": len(np.unique(judged.groups)),
        "sources": counted(material.pairs),
        "from": min(days).isoformat() if days else None,
        "until": max(days).isoformat() if days else None,
        "judged_set": material.judged_set,
        "attention": material.eta,
        "seed": seed,
        "folds": FOLDS,
        "prior_pairs": PRIOR_PAIRS,
        **material.notes,
    }


def _report(
    comparison: Comparison, start: dict[str, float], fitted: dict[str, float], version: str
) -> dict[str, Any]:
    return {
        "before": {"version": version, "weights": start, **_held(comparison.before)},
        "after": {"weights": fitted, **_held(comparison.after)},
        "difference": estimates_json(comparison.difference),
        "fold_weights": comparison.fold_weights,
    }


def _held(held: Held) -> dict[str, Any]:
    return {
        "figures": estimates_json(held.figures),
        "curve": bins_json(held.curve),
        "folds": [_number(value) for value in held.folds],
    }


def estimates_json(estimates: dict[str, Estimate]) -> dict[str, dict[str, float | None]]:
    """Estimates as JSON; what has no value is null."""
    return {
        name: {key: _number(value) for key, value in asdict(estimate).items()}
        for name, estimate in estimates.items()
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


# --- putting into use -----------------------------------------------------------------------


def activate(number: int, reason: str, by: Any) -> WeightSet:
    """Put a set into use from the next search on, the first time or again. An administrator's move.

    Raises ``MissingFacts`` without a reason, ``Conflict`` when it is in use already or was fitted
    under other built-in numbers, ``WeightSet.DoesNotExist``.
    """
    reason = _permitted(reason, by)
    with _alone():
        row = WeightSet.objects.select_for_update(of=("self",)).get(number=number)
        _refuse_useless(row)
        before = _retire_active()
        row.state, row.activated_at, row.activated_by = "active", timezone.now(), by
        row.activation_reason, row.retired_at = reason, None
        row.save()
        events.weights_activated(row, by, before or Scoring().version, reason)
    return row


def use_defaults(reason: str, by: Any) -> None:
    """Go back to the built-in weights. Raises ``Conflict`` when they are in use already."""
    reason = _permitted(reason, by)
    with _alone():
        row = WeightSet.objects.active().select_for_update(of=("self",)).first()
        if row is None:
            raise Conflict(_("이미 기본 가중치를 쓰고 있습니다."))
        _retire_active()
        events.weights_retired(row, by, reason)


def _permitted(reason: str, by: Any) -> str:
    if not may_set_weights(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    return needed("reason", reason)


def _refuse_useless(row: WeightSet) -> None:
    if row.state == WeightSet.State.ACTIVE:
        raise Conflict(_("이미 쓰고 있는 가중치입니다."), state=row.state)
    if row.base != Scoring().version:
        text = _("계산 방식이 바뀌기 전에 맞춘 가중치입니다. 새로 맞춘 것을 쓰십시오.")
        raise Conflict(text, state=row.state)


def _retire_active() -> str:
    """Take the active set out of use; returns its version, empty when there was none."""
    row = WeightSet.objects.active().first()
    if row is None:
        return ""
    row.state, row.retired_at = WeightSet.State.RETIRED, timezone.now()
    row.save()
    return row.version


@contextmanager
def _alone() -> Iterator[None]:
    """One change of the weights at a time; this process knows of it on commit."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WEIGHTS_LOCK])
        transaction.on_commit(store.forget)
        yield
