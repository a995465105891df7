"""Weight sets, evaluations and decided lists for tests.

WeightSetFactory()              a candidate; traits: active, retired, recommended
EvaluationFactory()             figures of use up to today; trait judged
decided_lists(30)               decided requests whose chosen person has the best words
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import factory
import numpy as np
from django.utils import timezone
from factory.django import DjangoModelFactory

from matching.conf import Scoring
from matching.learning.use import METRICS
from matching.models import Evaluation, WeightSet
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory
from tests.factories.matching import CandidateFactory, RunFactory

ESTIMATE = {"value": 0.75, "low": 0.6, "high": 0.9, "count": 20}
CURVE = [
    {"told": 0.2, "found": 0.1, "count": 30},
    {"told": 0.5, "found": 0.55, "count": 30},
    {"told": 0.9, "found": 0.8, "count": 30},
]
FITTED = {"dense": 0.5, "lexical": 0.45, "tags": 0.15}


def _side(weights: dict[str, float]) -> dict[str, Any]:
    names = ("ndcg@10", "pair_loss", "log_loss", "calibration_error")
    return {
        "version": "1",
        "weights": weights,
        "figures": dict.fromkeys(names, ESTIMATE),
        "curve": CURVE,
        "folds": [0.7, 0.72, None, 0.8, 0.69],
    }


def _report() -> dict[str, Any]:
    change = {"value": 0.02, "low": 0.01, "high": 0.03, "count": 20}
    nothing = dict.fromkeys(change)
    found = {"ndcg@10": change, "pair_loss": {**change, "low": -0.01}, "log_loss": nothing}
    return {
        "before": _side(Scoring().weights),
        "after": _side(FITTED),
        "difference": found,
        "fold_weights": [FITTED, {"dense": 0.4, "lexical": 0.55, "tags": 0.15}],
    }


class WeightSetFactory(DjangoModelFactory):
    """A candidate that was compared with the present weights."""

    class Meta:
        model = WeightSet

    class Params:
        active = factory.Trait(
            state="active",
            activated_at=factory.LazyFunction(timezone.now),
            activated_by=factory.SubFactory(UserFactory, administrator=True),
            activation_reason="남겨 둔 요청에서 나았습니다.",
        )
        retired = factory.Trait(
            state="retired",
            activated_at=factory.LazyFunction(timezone.now),
            activated_by=factory.SubFactory(UserFactory, administrator=True),
            retired_at=factory.LazyFunction(timezone.now),
        )
        recommended = factory.Trait(is_recommended=True)

    number = factory.Sequence(lambda n: n + 1)
    base = factory.LazyFunction(lambda: Scoring().version)
    scoring = factory.LazyFunction(lambda: {"weights": dict(FITTED)})
    fingerprint = factory.Sequence(lambda n: f"{n:064x}")
    trained_on = factory.LazyFunction(
        lambda: {
            "pairs": 400,
            "left_out": 3,
            "requests": 60,
            "sources": {"chosen": 200, "declined": 200},
            "from": "2026-01-05",
            "until": "2026-11-20",
            "judged_set": "",
            "attention": None,
            "seed": 1,
            "folds": 5,
        }
    )
    report = factory.LazyFunction(_report)


class EvaluationFactory(DjangoModelFactory):
    """Figures of the weeks up to a day."""

    class Meta:
        model = Evaluation

    class Params:
        judged = factory.Trait(
            source="judged",
            name="judged_small",
            figures=factory.LazyFunction(
                lambda: {"all": {"ndcg@10": ESTIMATE}, "kind": {}, "language": {}}
            ),
        )

    source = "use"
    ends_on = factory.LazyFunction(timezone.localdate)
    starts_on = factory.LazyAttribute(lambda o: o.ends_on - timedelta(days=83))
    weights_version = "1"
    fingerprint = factory.Sequence(lambda n: f"evaluation {n}")
    requests = 20
    pairs = factory.LazyFunction(lambda: {"chosen": 20, "passed_over": 31})
    pairs_so_far = factory.LazyFunction(lambda: {"chosen": 25, "passed_over": 40})
    figures = factory.LazyFunction(
        lambda: {
            "all": dict.fromkeys(METRICS, ESTIMATE),
            "kind": {"consulting-quick": dict.fromkeys(METRICS, ESTIMATE)},
            "language": {"ko": dict.fromkeys(METRICS, ESTIMATE)},
        }
    )
    curve = factory.LazyFunction(lambda: CURVE)


def decided_list(number: int = 0, experts: Sequence[Any] = (), **facts: Any) -> Any:
    """A decided request: whoever fits best by words is chosen, the worst one declined."""
    generator = np.random.default_rng(number)
    experts = experts or ExpertFactory.create_batch(4)
    run: Any = RunFactory(request=RequestFactory(decided=True, **facts))
    values = generator.normal(size=(len(experts), 3))
    marks = {int(values[:, 1].argmax()): "chosen", int(values[:, 1].argmin()): "declined"}
    for row, signals in enumerate(values):
        CandidateFactory(
            run=run,
            expert=experts[row],
            rank=row + 1,
            explanation={
                "signals": dict(zip(("dense", "lexical", "tags"), signals.tolist(), strict=True)),
                "fused": float(signals.sum()),
                "place": row + 1,
            },
            **({marks[row]: True} if row in marks else {}),
        )
    return run


def decided_lists(count: int, people: int = 6, **facts: Any) -> list[Any]:
    """Decided requests with the same people on every list."""
    experts = ExpertFactory.create_batch(people)
    return [decided_list(number, experts, **facts) for number in range(count)]
