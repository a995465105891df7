"""Fusion: contributions add up, the map rises, ties are settled the same way every time."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.conf import Scoring
from matching.fusion import contributions, fuse, order, shown_score

values = st.floats(-20, 40, allow_nan=False)
signals = st.fixed_dictionaries({"dense": values, "lexical": values, "tags": values})


@given(signals)
def test_contributions_add_up_to_the_shown_score(given_signals: dict[str, float]) -> None:
    scoring = Scoring()
    fused = float(fuse({k: np.array([v]) for k, v in given_signals.items()}, scoring)[0])
    parts = contributions(given_signals, scoring)
    assert math.isclose(sum(parts.values()), shown_score(fused, scoring), abs_tol=1e-9)
    assert 0 <= shown_score(fused, scoring) <= 1


@given(signals, signals)
def test_a_better_fused_value_is_never_shown_as_less(
    first: dict[str, float], second: dict[str, float]
) -> None:
    scoring = Scoring()
    pair = {name: np.array([first[name], second[name]]) for name in first}
    low, high = sorted(fuse(pair, scoring).tolist())
    assert shown_score(low, scoring) <= shown_score(high, scoring)


@given(signals)
def test_a_signal_above_a_random_pair_adds_and_one_below_takes(
    given_signals: dict[str, float],
) -> None:
    scoring = Scoring()
    parts = contributions(given_signals, scoring)
    for name, value in given_signals.items():
        assert parts[name] * value >= 0


@given(st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=1, max_size=30), st.randoms())
def test_equal_values_stand_by_id_whatever_the_input_order(fused: list[float], random) -> None:
    ids = list(range(100, 100 + len(fused)))
    pairs = list(zip(ids, fused, strict=True))
    random.shuffle(pairs)
    shuffled = np.array([i for i, _ in pairs]), np.array([v for _, v in pairs])
    found = [int(shuffled[0][place]) for place in order(shuffled[1], shuffled[0])]
    assert found == [
        i for i, _ in sorted(zip(ids, fused, strict=True), key=lambda p: (-p[1], p[0]))
    ]
