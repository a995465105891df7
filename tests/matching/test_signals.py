"""Signals: comparable, stable when strangers join, and silent when there is nothing to say."""

import subprocess
import sys
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.background import Background, BackgroundMismatchError
from matching.background_store import shipped_background
from matching.conf import Scoring
from matching.documents import ExpertDocument, QueryDocument, expert_document
from matching.encoders import active_encoders
from matching.evidence import EvidencePiece, ExpertRecord, RequestQuery
from matching.pipeline import score
from matching.signals.dense import candidate_vector, penalties, usable_pieces_of
from matching.signals.tags import tag_matches
from matching.taxonomy import resolve, resolve_all, terms
from tests.matching.prepared import SUBJECTS, context, crowd, expert, request


def test_scores_stay_put_when_strangers_join() -> None:
    setting, people = context(), crowd()
    query = request("침수 예측과 하수관로 수위 분석", ["침수"])
    alone = score(query, people[:5], setting)
    among = score(query, people + [expert(900 + n, [f"낯선 사람 {n}"]) for n in range(30)], setting)
    assert np.allclose(alone.fused, among.fused[:5], atol=1e-9)
    for name, values in alone.signals.items():
        assert np.allclose(values, among.signals[name][:5], atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from([*SUBJECTS, "처음 보는 글", "words nobody used"]), max_size=12),
    st.sampled_from(SUBJECTS),
    st.randoms(use_true_random=False),
)
def test_nobody_moves_a_score_by_joining_leaving_or_standing_elsewhere(
    strangers: list[str], asked: str, random: Random
) -> None:
    setting, people, query = context(), crowd(6), request(asked, ["침수"])
    joined = [expert(500 + n, [text, f"{text} {n}"]) for n, text in enumerate(strangers)]
    pool = [*people, *joined]
    random.shuffle(pool)
    alone, among = score(query, people, setting), score(query, pool, setting)
    place = {document.expert_id: row for row, document in enumerate(pool)}
    rows = [place[person.expert_id] for person in people]
    assert np.allclose(alone.fused, among.fused[rows], atol=1e-9)


def test_the_same_text_stands_on_top() -> None:
    people = [*crowd(20), expert(99, ["교차로 신호 제어 강화학습"])]
    scores = score(request("교차로 신호 제어 강화학습"), people, context(people))
    assert int(np.argmax(scores.fused)) == len(people) - 1


def test_a_request_without_tags_and_one_with_unknown_tags_score_alike() -> None:
    setting, people = context(), crowd()
    plain = score(request("침수 예측"), people, setting).signals["tags"]
    unknown = score(request("침수 예측", ["아무도 모르는 낱말"]), people, setting).signals["tags"]
    assert not plain.any() and not unknown.any()


def test_a_wrong_tag_takes_nothing_away() -> None:
    setting, people = context(), [*crowd(10), expert(50, ["침수 예측"], tags=["회계감사"])]
    tags = score(request("침수 예측", ["회계감사"]), people, setting).signals["tags"]
    assert tags[-1] > 0 and (tags >= 0).all()


def test_fields_count_more_than_keywords() -> None:
    setting, person = context(), [expert(1, ["글"], tags=["자연어처리"])]
    by_field = score(request("글", fields=["기술/자연어처리"]), person, setting).signals["tags"][0]
    by_keyword = score(request("글", tags=["자연어처리"]), person, setting).signals["tags"][0]
    assert by_field > by_keyword > 0


@pytest.mark.parametrize("text, tags", [("", []), ("", ["침수"]), ("😀", []), ("가", [])])
def test_empty_and_tiny_requests_give_finite_scores(text: str, tags: list[str]) -> None:
    people = [*crowd(5), expert(77), expert(78, tags=["침수"])]
    scores = score(request(text, tags), people, context())
    assert np.isfinite(scores.fused).all()


def test_an_expert_without_evidence_is_scored_below_a_usual_one() -> None:
    people = [*crowd(30), expert(77)]
    dense = score(request("침수 예측과 하수관로 수위 분석"), people, context()).signals["dense"]
    assert np.isfinite(dense[-1]) and dense[-1] < np.median(dense)
    assert score(request("침수"), people, context()).best_piece[-1] == -1


def test_no_experts_at_all() -> None:
    assert len(score(request("침수"), [], context()).fused) == 0


def test_one_language_only_and_a_single_text_do_not_degenerate() -> None:
    people = [expert(1, ["flood forecasting with radar rainfall"])]
    scores = score(request("adaptive traffic signal control"), people, context(people))
    assert np.isfinite(scores.fused).all() and (abs(scores.fused) < 50).all()


def test_a_background_survives_storing_and_knows_its_encoders() -> None:
    background = context().background
    again = Background.from_bytes(background.to_bytes())
    assert again.version == background.version
    assert score(request("침수"), crowd(3), context()).fused.shape == (3,)
    with pytest.raises(BackgroundMismatchError):
        Background({}, {"encoders": {"other": "1"}}).check(active_encoders())


def test_the_name_of_an_encoder_may_hold_a_slash() -> None:
    rows = {lang: np.full((2, 3), n, np.float16) for n, lang in enumerate(("ko", "en"))}
    background = Background({f"sample/org/model/{lang}": array for lang, array in rows.items()})
    joined = background.samples("org/model")
    assert joined is not None and joined.shape == (4, 3)
    assert background.samples("org") is None and background.sample("org/model", "ko") is not None


def test_the_shipped_background_fits_the_shipped_encoders() -> None:
    background = shipped_background()
    background.check(active_encoders())
    assert background.facts["documents"] > 300
    for language in ("ko", "en"):
        assert background.sample("e5-small", language) is not None


def test_exact_parent_and_sibling_tags() -> None:
    leaf = next(t for t in terms().values() if t.parent)
    sibling = next(t for t in terms().values() if t.parent == leaf.parent and t.code != leaf.code)
    found = {m.relation: m.weight for m in tag_matches([leaf.code], [leaf.code])}
    assert found == {"exact": 1.0}
    assert tag_matches([leaf.code], [leaf.parent])[0].weight == 0.7
    assert tag_matches([leaf.code], [sibling.code])[0].weight == 0.4
    assert tag_matches([leaf.code], ["k:다른말"]) == []


@pytest.mark.parametrize(
    "label, code",
    [
        ("자연어처리", "T1-01"),
        ("기술/자연어처리", "T1-01"),
        ("NLP", "T1-01"),
        ("text mining", "T1-01"),
        ("T1-01", "T1-01"),
        ("없는 분야", "k:없는분야"),
        ("  ", ""),
    ],
)
def test_labels_aliases_and_unknown_words_resolve(label: str, code: str) -> None:
    assert resolve(label) == code


def test_tags_resolve_once() -> None:
    query = RequestQuery("r", "글", tags=("NLP", "자연어처리", "낯선 말", "낯선말"))
    assert resolve_all(query.tags, query.fields) == ("T1-01", "k:낯선말")
    assert isinstance(request("글", query.tags), QueryDocument)


def test_naming_the_encoders_loads_no_model_library() -> None:
    code = (
        "import sys, django; django.setup()\n"
        "from matching.encoders import active_encoders\n"
        "assert active_encoders()[0].fingerprint\n"
        "sys.exit(' '.join({'torch', 'sentence_transformers'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# -- what the score is made of --------------------------------------------------------------------
def _dense(scoring: Scoring, people: list[ExpertDocument], text: str) -> np.ndarray:
    return score(request(text), people, replace(context(), scoring=scoring)).signals["dense"]


def test_a_setting_says_how_pieces_make_one_value() -> None:
    asked = "침수 예측과 하수관로 수위 분석"
    one_hit = expert(1, [asked, "급식 조리실의 위생", "회계 감사의 절차"])
    several = expert(2, ["급식 조리실의 위생", "회계 감사의 절차", "도서관 장서의 분류"])
    values = {
        name: _dense(Scoring(aggregation={"dense": name}), [one_hit, several], asked)
        for name in ("best", "mean", "half")
    }
    gap = {name: float(v[0] - v[1]) for name, v in values.items()}
    assert gap["best"] > gap["half"] > gap["mean"] > 0


@pytest.mark.parametrize(
    "numbers",
    [
        {"aggregation": {"dense": "median"}},
        {"aggregation": {"lexical": "best"}},
        {"aggregation": {"moon": "whole"}},
        {"weights": {"dense": float("nan")}},
        {"kind_penalties": {"career": float("inf")}},
        {"spread": 0.0},
    ],
)
def test_numbers_that_make_no_score_are_refused(numbers: dict) -> None:
    with pytest.raises(ImproperlyConfigured):
        Scoring(**numbers)


def test_the_fingerprint_tells_numbers_and_not_names() -> None:
    assert Scoring().fingerprint == Scoring(version="another").fingerprint
    assert Scoring().fingerprint != Scoring(hub_penalty=0.0).fingerprint


def test_kind_age_and_verification_are_taken_off_a_piece() -> None:
    pieces = (
        EvidencePiece("project", "가", year=2025, verification="verified"),
        EvidencePiece("career", "나", year=2025, verification="verified"),
        EvidencePiece("project", "다", year=2025, verification="declared"),
        EvidencePiece("project", "라", year=1990, verification="verified"),
    )
    document = expert_document(ExpertRecord(1, pieces=pieces), {})
    plain, career, declared, old = penalties(document, 2025, Scoring())
    assert plain == 0 < min(career, declared, old)
    assert old == Scoring().oldest_penalty
    assert not penalties(document, None, Scoring(kind_penalties={}))[[0, 1, 3]].any()


def test_what_a_request_shares_with_anybody_says_nothing() -> None:
    """The same two words, asked in a request that everybody answers and in one that few do."""
    people = crowd(40)
    setting = context(people)
    common = score(request("분석"), people, setting).signals["lexical"]
    assert abs(float(np.median(common))) < 1
    rare = score(request("강화학습"), people, setting).signals["lexical"]
    assert rare.max() > common.max()


# -- nothing known, or nothing usable -------------------------------------------------------------
def _with_vectors(document: ExpertDocument, change) -> ExpertDocument:
    vectors = {name: change(rows.copy()) for name, rows in document.vectors.items()}
    return replace(document, vectors=vectors, version="")


def _nan(rows: np.ndarray) -> np.ndarray:
    rows[0] = np.nan
    return rows


def _zero(rows: np.ndarray) -> np.ndarray:
    rows[0] = 0
    return rows


@pytest.mark.parametrize("change", [_nan, _zero])
def test_a_piece_without_a_usable_vector_is_left_out(change) -> None:
    whole = expert(1, ["급식 조리실의 위생", "침수 예측과 하수관로 수위 분석"])
    broken = _with_vectors(whole, change)
    rest = _with_vectors(expert(1, ["침수 예측과 하수관로 수위 분석"]), lambda rows: rows)
    query, setting = request("침수 예측과 하수관로 수위 분석"), context()
    scores = score(query, [broken, rest], setting)
    assert scores.signals["dense"][0] == pytest.approx(scores.signals["dense"][1])
    assert scores.best_piece.tolist() == [1, 0]
    assert usable_pieces_of(broken).tolist() == [False, True]
    for encoder in active_encoders():
        assert np.isfinite(candidate_vector(broken, encoder, setting.background)).all()


@pytest.mark.parametrize(
    "vectors",
    [
        {},
        {"e5-small": np.zeros((0, 384), np.float32)},
        {"e5-small": np.full((1, 384), np.nan, np.float32)},
        {"e5-small": np.ones((1, 7), np.float32)},
    ],
)
def test_missing_vectors_make_no_value_that_is_no_number(vectors: dict) -> None:
    broken = replace(expert(1, ["침수 예측"]), vectors=vectors, version="")
    scores = score(request("침수 예측"), [broken, *crowd(3)], context())
    assert all(np.isfinite(values).all() for values in scores.signals.values())
    assert scores.best_piece[0] == -1


def test_a_request_with_a_broken_vector_is_matched_by_words() -> None:
    query = request("침수 예측과 하수관로 수위 분석")
    broken = replace(query, vectors={name: v * np.nan for name, v in query.vectors.items()})
    scores = score(broken, crowd(6), context())
    assert not scores.signals["dense"].any() and scores.signals["lexical"].any()
    assert np.isfinite(scores.fused).all()


# -- cold cases -----------------------------------------------------------------------------------
def test_one_line_finds_who_works_on_it() -> None:
    people = crowd(24)
    fused = score(request("신호 제어"), people, context(people)).fused
    best = people[int(np.argmax(fused))]
    assert "신호 제어" in best.shown_pieces[0]["title"]


def test_tags_speak_for_somebody_without_evidence() -> None:
    tagged, nothing = expert(1, tags=["자연어처리"]), expert(2)
    asked = request("민원을 나누는 일", fields=["기술/자연어처리"])
    fused = score(asked, [tagged, nothing], context()).fused
    assert fused[0] > fused[1]


def test_an_english_expert_is_measured_by_english_pairs() -> None:
    """Who shares nothing but the language is not ahead of who shares the concept."""
    people = [expert(1, ["flood forecasting with radar rainfall"]), expert(2, ["급식 조리실 위생"])]
    lexical = score(request("침수 예측"), people, context()).signals["lexical"]
    assert lexical[0] > lexical[1]


def test_two_alike_score_alike_and_stand_by_number() -> None:
    twins = [expert(8, ["침수 예측과 수위"]), expert(3, ["침수 예측과 수위"])]
    fused = score(request("침수 예측"), [*twins, *crowd(5)], context()).fused
    assert fused[0] == fused[1]


def test_a_new_name_changes_no_score() -> None:
    pieces = (EvidencePiece("paper", "침수 예측과 하수관로 수위 분석", verification="verified"),)
    vectors = expert(1, ["침수 예측과 하수관로 수위 분석"]).vectors
    before, after = (
        expert_document(ExpertRecord(1, name, pieces=pieces), vectors) for name in ("김가", "이나")
    )
    fused = score(request("침수 예측"), [before, after], context()).fused
    assert fused[0] == fused[1]
