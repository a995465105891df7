"""Calibration: it rises, it is honest about held-back pairs, and it never moves the order."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.calibration import (
    MARGIN,
    SHAPES,
    Calibration,
    UncalibratedError,
    calibration_error,
    fit,
    reliability,
)
from matching.calibration_store import active_calibration, shipped_calibration
from matching.conf import Scoring
from matching.engines.base import Context, Filters
from matching.pipeline import rank_prepared, score
from tests.matching.prepared import InMemory, context, crowd, request

REQUESTS, EACH = 30, 20


def _judged(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs whose true chance is a logistic curve of the fused value."""
    random = np.random.default_rng(seed)
    fused = random.normal(0.5, 1.2, REQUESTS * EACH)
    suitable = random.random(len(fused)) < 1 / (1 + np.exp(-2 * (fused - 1)))
    return fused, suitable, np.repeat(np.arange(REQUESTS), EACH)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_each_shape_finds_the_chance_that_made_the_pairs(shape: str) -> None:
    found = fit(*_judged(), shapes=[shape])
    assert (found.shape, found.pairs, found.groups) == (shape, REQUESTS * EACH, REQUESTS)
    assert found.error < 0.06 and found.brier < 0.16
    assert found.chance(1.0) == pytest.approx(0.5, abs=0.12)
    assert found.chance(-2) < 0.1 and found.chance(4) > 0.9


def test_the_simplest_shape_near_the_smallest_held_back_loss_is_kept() -> None:
    found = fit(*_judged())
    assert found.shape == "logistic" and len(found.others) == 2
    assert found.brier <= min(found.others.values()) * (1 + MARGIN)
    assert sum(point.pairs for point in found.curve) == found.pairs


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 50),
    st.sampled_from(sorted(SHAPES)),
    st.lists(st.floats(-30, 30), min_size=2, max_size=20),
)
def test_a_higher_value_never_has_a_smaller_chance(
    seed: int, shape: str, values: list[float]
) -> None:
    chances = fit(*_judged(seed), shapes=[shape]).chances(sorted(values))
    assert (np.diff(chances) >= -1e-12).all()
    assert ((chances >= 0) & (chances <= 1)).all()


@given(st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0]))
def test_no_value_makes_a_chance_that_is_no_number(value: float) -> None:
    shipped = shipped_calibration()
    assert shipped is not None and 0 <= shipped.chance(value) <= 1
    assert shipped.chance(math.nan) == 0


def test_pairs_without_a_value_are_left_out() -> None:
    fused, suitable, groups = _judged()
    fused[:50] = math.nan
    assert fit(fused, suitable, groups).pairs == len(fused) - 50


@pytest.mark.parametrize(
    "fused, suitable, groups, reason",
    [
        (np.arange(5.0), np.arange(5) > 2, np.arange(5), "too few"),
        (np.arange(60.0), np.ones(60), np.arange(60), "same outcome"),
        (np.arange(60.0), np.arange(60) > 30, np.zeros(60), "one request"),
        (np.arange(60.0), np.arange(50) > 30, np.zeros(60), "differ in length"),
    ],
)
def test_too_little_is_refused_with_the_reason(fused, suitable, groups, reason: str) -> None:
    with pytest.raises(UncalibratedError, match=reason):
        fit(fused, suitable, groups)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_it_survives_storing(shape: str) -> None:
    found = fit(*_judged(), shapes=[shape], source="a test", scoring="abc")
    again = Calibration.from_json(json.loads(json.dumps(found.as_json())))
    assert again == found and again.version == found.version
    assert again.chance(0.7) == found.chance(0.7)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"shape": "other", "numbers": [], "knots": [], "curve": []},
        {"shape": "logistic", "numbers": [-1, 0], "knots": [], "curve": []},
        {"shape": "logistic", "numbers": [1], "knots": [], "curve": []},
        {"shape": "logistic", "numbers": [math.nan, 0], "knots": [], "curve": []},
        {"shape": "isotonic", "numbers": [], "knots": [], "curve": []},
        {"shape": "isotonic", "numbers": [], "knots": [[0, 0.5], [1, 0.2]], "curve": []},
    ],
)
def test_anything_else_is_no_calibration(content: dict) -> None:
    with pytest.raises(UncalibratedError):
        Calibration.from_json(content)


def test_error_and_curve_of_known_chances() -> None:
    told = np.array([0.1] * 10 + [0.9] * 10)
    found = np.array([0] * 9 + [1] + [1] * 9 + [0])
    assert calibration_error(told, found, bins=2) == pytest.approx(0)
    assert calibration_error(1 - told, found, bins=2) == pytest.approx(0.8)
    assert [point.pairs for point in reliability(told, found, bins=3)] == [7, 7, 6]
    assert reliability(np.array([]), np.array([])) == ()


def test_the_shipped_one_belongs_to_the_built_in_numbers() -> None:
    shipped = shipped_calibration()
    assert shipped is not None and shipped.scoring == Scoring().fingerprint
    assert shipped.pairs > 500 and shipped.error < 0.05


@pytest.mark.django_db
def test_other_numbers_have_no_chance() -> None:
    assert active_calibration(Scoring()) == shipped_calibration()
    assert active_calibration(Scoring(hub_penalty=0.1)) is None


def test_a_chance_stands_beside_the_score_and_moves_nobody() -> None:
    people, made = crowd(30), context()
    flat = fit(*_judged(), shapes=["isotonic"])
    query = request("침수 예측과 하수관로 수위 분석")
    engine = InMemory(people)
    with_chance = Context(made.encoders, made.background, made.scoring, flat)
    plain = rank_prepared(query, Filters(), None, (), engine, made, 100)
    told = rank_prepared(query, Filters(), None, (), engine, with_chance, 100)
    assert [e.expert_id for e in plain.experts] == [e.expert_id for e in told.experts]
    assert [e.score for e in plain.experts] == [e.score for e in told.experts]
    assert all(e.chance is None for e in plain.experts)
    chances = [e.chance for e in told.experts]
    assert chances == sorted(chances, reverse=True) and len(set(chances)) < len(chances)
    assert told.versions["calibration"] == flat.version
    fused = score(query, people, made).fused
    assert told.experts[0].fused == fused.max()
