"""Learning without a database: what counts as a judgement, fitting, validation, exploration."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from matching.evaluation.intervals import student, wilson
from matching.learning import exploration, positions
from matching.learning.fitting import comparisons, fit_weights
from matching.learning.pairs import DecidedList, Judged, Pair, Shown, Source, arrays, pairs_of
from matching.learning.reasons import ABOUT_FIT, Topic, topics
from matching.learning.use import METRICS, best_position, figures, split
from matching.learning.validation import compare, folds_of
from matching.models import MatchCandidate
from matching.pages import charts
from matching.pages.forms import USUAL

NAMES = ("dense", "lexical", "tags")
START = {"dense": 0.6, "lexical": 0.3, "tags": 0.1}
DAY = date(2026, 11, 20)


def shown(
    expert: int, position: int | None, mark: str = "", reason: str = "", **more: Any
) -> Shown:
    signals = dict.fromkeys(NAMES, 1.0 / expert)
    return Shown(expert, position, mark, reason, signals=signals, **more)


def decided(*rows: Shown, request: int = 1, **facts: Any) -> DecidedList:
    given = {"kind": "advice", "language": "ko", "on": DAY, "version": "1", **facts}
    return DecidedList(request, 7, rows=rows, **given)


def judged(requests: int, people: int = 8, seed: int = 5, noise: float = 0.3) -> Judged:
    """Pairs whose truth lies in the words alone."""
    generator = np.random.default_rng(seed)
    count = requests * people
    signals = generator.normal(size=(count, 3))
    truth = signals[:, 1] + noise * generator.normal(size=count)
    grades = np.digitize(truth, [0.0, 0.7, 1.4]).astype(float)
    return Judged(NAMES, signals, grades, np.ones(count), np.repeat(np.arange(requests), people))


# --- reasons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_usual_reasons_are_understood(language: str) -> None:
    with translation.override(language):
        texts = [str(text) for text in USUAL[MatchCandidate.Mark.DECLINED]]
    expected = [Topic.FIT, Topic.EVIDENCE, Topic.CAPACITY, Topic.BETTER]
    for text, topic in zip(texts, expected, strict=True):
        assert topic in topics(text), text
    assert not topics(texts[2]) & ABOUT_FIT


@pytest.mark.parametrize(
    "text",
    [
        "요청 기한 안에 시간을 내기 어렵다고 알려 오셨습니다.",
        "같은 기관의 다른 과제를 맡고 계십니다.",
        "대면 회의가 꼭 필요한데 비대면만 가능하십니다.",
        "분야는 맞지만 이번 달 일정이 없습니다.",
        "Too busy this month.",
        "",
    ],
)
def test_reasons_that_say_nothing_about_fit(text: str) -> None:
    assert not topics(text) & ABOUT_FIT


# --- judgements ------------------------------------------------------------------------------


def test_what_a_decided_list_says_about_each_person() -> None:
    listed = decided(
        shown(1, 1),
        shown(2, 2, "declined", "요청의 핵심 분야와 다릅니다."),
        shown(3, 3, "declined", "이번 달 일정이 없습니다."),
        shown(4, 4, "chosen"),
        shown(5, 5, "alternate"),
        shown(6, 6),
        shown(7, None, "chosen"),
        shown(8, None),
        shown(9, 7, "declined", "같은 분야에 더 알맞은 사람이 있습니다."),
    )
    found = {int(p.expert): (p.source, p.grade, p.weight) for p in pairs_of(listed)}
    assert found == {
        1: (Source.PASSED_OVER, 1.0, 0.3),
        2: (Source.DECLINED, 0.0, 1.0),
        4: (Source.CHOSEN, 3.0, 1.0),
        5: (Source.ALTERNATE, 2.0, 1.0),
        7: (Source.ADDED, 3.0, 1.0),
        8: (Source.ADDED, 2.0, 1.0),
        9: (Source.DECLINED, 1.0, 1.0),
    }
    added = next(p for p in pairs_of(listed) if p.expert == "7")
    assert added.position is None


def test_pairs_without_all_signals_are_left_out() -> None:
    good = Pair("1", "1", 3, Source.CHOSEN, 1, dict.fromkeys(NAMES, 0.5))
    broken = [
        Pair("1", "2", 3, Source.CHOSEN, 1, {}),
        Pair("1", "3", 3, Source.CHOSEN, 1, {**good.signals, "tags": float("nan")}),
    ]
    kept, left_out = arrays([good, *broken], NAMES)
    assert len(kept) == 1 and left_out == broken
    empty, _none = arrays([], NAMES)
    assert empty.signals.shape == (0, 3)


# --- fitting ---------------------------------------------------------------------------------


def test_weights_follow_many_judgements() -> None:
    fitted = fit_weights(judged(120), START)
    assert fitted["lexical"] > START["lexical"] + 0.2
    assert fitted["lexical"] > 2 * fitted["dense"]
    assert sum(fitted.values()) == pytest.approx(sum(START.values()))


def test_few_judgements_move_weights_little() -> None:
    few = fit_weights(judged(4, 5), START)
    many = fit_weights(judged(120), START)
    assert abs(few["lexical"] - START["lexical"]) < 0.1
    assert abs(few["lexical"] - START["lexical"]) < abs(many["lexical"] - START["lexical"]) / 3


def test_weights_are_never_negative_and_the_same_every_time() -> None:
    material = judged(80)
    turned = Judged(NAMES, material.signals * [-1, 1, -1], *_rest(material))
    first, second = fit_weights(turned, START), fit_weights(turned, START)
    assert first == second
    assert min(first.values()) >= 0


def _rest(material: Judged) -> tuple[Any, Any, Any]:
    return material.grades, material.weights, material.groups


def test_without_a_comparison_the_weights_stay() -> None:
    material = judged(5)
    alike = Judged(NAMES, material.signals, np.ones(len(material)), *_rest(material)[1:])
    assert fit_weights(alike, START) == START


def test_each_request_counts_as_its_pairs() -> None:
    found = comparisons(judged(3, 6))
    assert found.weights.sum() == pytest.approx(3 * 6, rel=1e-9)


def test_signals_that_never_differ_keep_their_weight() -> None:
    material = judged(60)
    flat = Judged(NAMES, material.signals * [1, 1, 0], *_rest(material))
    fitted = fit_weights(flat, START)
    assert fitted["tags"] > 0 and all(np.isfinite(list(fitted.values())))


# --- validation ------------------------------------------------------------------------------


def test_better_weights_are_seen_to_be_better() -> None:
    found = compare(judged(60), START)
    assert found.is_better
    assert found.difference["ndcg@10"].low > 0
    assert found.after.figures["pair_loss"].value < found.before.figures["pair_loss"].value
    assert len(found.after.folds) == 5 and len(found.after.curve) > 3


def test_weights_that_are_right_already_are_not_recommended() -> None:
    right = {"dense": 0.02, "lexical": 0.97, "tags": 0.01}
    assert not compare(judged(60), right).is_better


def test_a_request_never_stands_on_both_sides() -> None:
    groups = np.repeat(np.arange(23), 4)
    folds = folds_of(groups)
    assert all(len(set(folds[groups == group])) == 1 for group in range(23))
    assert set(Counter(folds.tolist())) == {0, 1, 2, 3, 4}
    assert (folds == folds_of(groups)).all()


# --- exploration -----------------------------------------------------------------------------


@given(st.integers(1, 60), st.floats(0, 0.3), st.integers(0, 2**48), st.integers(0, 150))
def test_a_draw_keeps_its_promises(limit: int, share: float, seed: int, pool: int) -> None:
    ranked = list(range(1, pool + 1))
    found = exploration.mix(ranked, limit, share, seed)
    assert found == exploration.mix(ranked, limit, share, seed)
    assert len(found.shown) == min(limit, pool) and len(set(found.shown)) == len(found.shown)
    assert found.shown[: min(3, limit)] == ranked[: min(3, limit)]
    by_right = [e for at, e in enumerate(found.shown, 1) if at not in found.drawn]
    assert by_right == ranked[: len(by_right)]
    for position, chance in found.drawn.items():
        assert position > 3 and 0 < chance <= 1
        assert limit < found.shown[position - 1] <= exploration.reach(limit)


def test_the_share_holds_on_average_and_everyone_below_has_the_same_chance() -> None:
    ranked = list(range(1, 61))
    draws = [exploration.mix(ranked, 20, 0.1, seed) for seed in range(4_000)]
    assert np.mean([len(d.drawn) for d in draws]) == pytest.approx(1.7, abs=0.05)
    met = Counter(e for d in draws for e in d.shown if e > 20)
    assert set(met) == set(range(21, 41))
    assert max(met.values()) < 1.4 * min(met.values())


def test_nothing_is_drawn_without_a_share() -> None:
    assert exploration.mix([1, 2, 3, 4, 5], 4, 0.0, 9).shown == [1, 2, 3, 4]


# --- position --------------------------------------------------------------------------------


def explored(eta: float, lists: int = 400) -> list[DecidedList]:
    """Lists with a person drawn by lot, marked more rarely further down."""
    generator = np.random.default_rng(3)
    found = []
    for number in range(lists):
        position = int(generator.integers(4, 21))
        mark = "chosen" if generator.random() < position**-eta else ""
        row = shown(number + 1, position, mark, explored=True, draw=0.1)
        found.append(decided(row, request=number))
    return found


def test_attention_is_learned_from_drawn_people_alone() -> None:
    assert positions.attention(explored(0.5)) == pytest.approx(0.5, abs=0.2)
    assert positions.attention(explored(0.5, 20)) is None
    ordinary = [decided(shown(n, 1 + n % 20, "chosen"), request=n) for n in range(1, 200)]
    assert positions.attention(ordinary) is None


def test_what_was_seen_rarely_counts_more() -> None:
    top, low = (
        Pair("1", str(n), 3, Source.CHOSEN, 1, {}, position=position)
        for n, position in enumerate((1, 16))
    )
    first, second = positions.factors([top, low], 0.5)
    assert second == pytest.approx(4 * first) and first + second == pytest.approx(2)
    assert positions.factors([top, low], None).tolist() == [1, 1]


# --- figures of use --------------------------------------------------------------------------


def test_figures_of_decided_lists() -> None:
    lists = [
        decided(shown(1, 1), shown(2, 2, "chosen"), shown(3, 3), request=1),
        decided(shown(4, 8, "chosen"), request=2, kind="poc", language="en"),
        decided(shown(5, 1), shown(6, None, "chosen"), request=3),
    ]
    assert [best_position(one) for one in lists] == [2, 8, None]
    found = figures(lists)
    assert set(found) == set(METRICS)
    assert found["top_5"].value == pytest.approx(1 / 3)
    assert found["position"].value == 5 and found["position"].count == 2
    assert found["from_list"].value == pytest.approx(2 / 3)
    assert found["precision"].value == pytest.approx((1 / 2 + 1) / 2)
    parts = split(lists)
    assert set(parts["kind"]) == {"advice", "poc"} and set(parts["language"]) == {"ko", "en"}


def test_intervals_hold_what_their_sources_say() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81/263, 15/148, 0/20, 1/29
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605),
                 (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}  # fmt: skip
    for (found, count), ends in published.items():
        assert wilson(found / count, count) == pytest.approx(ends, abs=5e-5)
    assert wilson(0.4, 0) == (0.0, 1.0)
    # 12.706 and 4.303: the t table's 97.5 % points with one and two degrees of freedom
    assert student([1.0, 2.0]) == pytest.approx((1.5 - 12.706 / 2, 1.5 + 12.706 / 2), abs=1e-3)
    assert student([1.0, 2.0, 3.0]) == pytest.approx(
        (2 - 4.303 / 3**0.5, 2 + 4.303 / 3**0.5), abs=1e-3
    )
    assert student([2.0, 2.0]) is None and student([3.0]) is None


def test_a_mean_of_few_places_has_the_wider_interval() -> None:
    places = enumerate((1, 2, 6), 1)
    few = [decided(shown(n, place, "chosen"), request=n) for n, place in places]
    found = figures(few)["position"]
    assert (found.low, found.count) == (1.0, 3) and found.high == pytest.approx(9.57, abs=0.01)
    same = figures(few[:1] * 2)["position"]
    assert same.low == same.high == 1.0
    many = figures(few * 4)["position"]
    assert many.high < 5


def test_charts_survive_missing_values() -> None:
    nothing: dict[str, float | None] = {"value": None, "low": None, "high": None}
    some: dict[str, float | None] = {"value": 0.5, "low": None, "high": 0.9}
    chart = charts.over_time(["1", "2"], [("a", [nothing, some])])
    assert len(chart.series[0].dots) == 1
    assert charts.over_time([], []).series == [] and not charts.over_time([], []).shows_change
    groups = charts.groups([("a", 1.0, 0.2, 1.0, 1), ("b", 0.5, 0.4, 0.6, 90)])
    assert [bar.is_few for bar in groups.bars] == [True, False]
    assert groups.bars[0].low < groups.bars[1].low < groups.bars[1].x < groups.bars[0].x
    assert charts.groups([]).bars == []
    assert charts.folds([("a", [None, 0.4]), ("b", [0.2, 0.3])]).series[1].lines
