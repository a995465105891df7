"""Signals: comparable, stable when strangers join, and silent when there is nothing to say."""

import subprocess
import sys

import numpy as np
import pytest

from matching.background import Background, BackgroundMismatchError
from matching.background_store import shipped_background
from matching.documents import QueryDocument
from matching.encoders import active_encoders
from matching.evidence import RequestQuery
from matching.pipeline import score
from matching.signals.tags import tag_matches
from matching.taxonomy import resolve, resolve_all, terms
from tests.matching.prepared import context, crowd, expert, request


def test_scores_stay_put_when_strangers_join() -> None:
    setting, people = context(), crowd()
    query = request("침수 예측과 하수관로 수위 분석", ["침수"])
    alone = score(query, people[:5], setting)
    among = score(query, people + [expert(900 + n, [f"낯선 사람 {n}"]) for n in range(30)], setting)
    assert np.allclose(alone.fused, among.fused[:5], atol=1e-9)
    for name, values in alone.signals.items():
        assert np.allclose(values, among.signals[name][:5], atol=1e-9)


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
