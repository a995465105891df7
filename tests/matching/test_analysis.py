"""Texts to tokens: what is kept whole, what is split, and what no text may do."""

import pytest

from matching.analysis import MAX_CHARACTERS, bigrams, morphemes, normalise, stem, tokens
from matching.language import detect
from matching.synonyms import concepts_in, read_groups


@pytest.mark.parametrize(
    "text, whole",
    [
        ("C-ITS 기반 서비스", "c-its"),
        ("sLLM을 내부망에", "sllm"),
        ("RAG와 PoC", "rag"),
        ("RAG와 PoC", "poc"),
        ("GPT-4o 비교", "gpt-4o"),
        ("node.js 서버", "node.js"),
        ("C++로 작성", "c++"),
        ("2024년 AI-OCR", "ai-ocr"),
    ],
)
def test_latin_words_and_product_names_stay_whole(text: str, whole: str) -> None:
    assert whole in tokens(text)


def test_parts_of_a_hyphenated_name_are_found_too() -> None:
    assert {"ai-ocr", "ai", "ocr"} <= set(tokens("AI-OCR"))


def test_morphemes_drop_particles_and_endings() -> None:
    found = morphemes("지하차도의 침수를 예측합니다")
    assert {"침수", "예측"} <= set(found)
    assert "를" not in found and "합니다" not in found


def test_a_compound_is_kept_and_split() -> None:
    assert {"저지대", "지대"} <= set(morphemes("호우 시 저지대 침수"))


def test_bigrams_do_not_cross_spaces() -> None:
    assert bigrams("침수 예측") == ["침수", "예측"]


@pytest.mark.parametrize(
    "word, expected",
    [
        ("studies", "study"),
        ("predicted", "predict"),
        ("running", "run"),
        ("gas", "gas"),
        ("classes", "class"),
        ("quickly", "quick"),
        ("gpt4", "gpt4"),
    ],
)
def test_light_stems(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_korean_and_english_words_of_one_thing_share_a_token() -> None:
    assert set(concepts_in("챗봇 도입")) & set(concepts_in("a chatbot for visitors"))
    assert set(concepts_in("하수관로 조사")) & set(concepts_in("inspection of sewers"))


def test_a_short_latin_form_needs_a_word_of_its_own() -> None:
    assert "=인공지능" not in concepts_in("maintain the rain gauge")
    assert "=인공지능" in concepts_in("ai를 활용")


def test_every_synonym_group_has_two_forms_and_no_form_twice() -> None:
    for group in read_groups():
        assert len(group) > 1 and len(set(group)) == len(group), group


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "가",
        "a",
        "😀" * 1_000,
        "\x00\x01\x02",
        "\ue000\uf0a7 한글\u000b문서",
        "가" * 100_000,
        "a" * 100_000,
        "침수 예측 " * 20_000,
        "\u1100\u1161",
        "\ud800",
        "ㅋㅋㅋㅋ",
    ],
)
def test_any_text_gives_tokens_without_error(text: str) -> None:
    found = tokens(text)
    assert all(isinstance(token, str) and token for token in found)
    assert len(found) < 4 * MAX_CHARACTERS


def test_decomposed_and_wide_letters_are_composed() -> None:
    assert normalise("\u110e\u1175\u11b7수 ＡＩ") == "침수 ai"


@pytest.mark.parametrize(
    "text, language",
    [
        ("침수 예측", "ko"),
        ("Flood forecasting", "en"),
        ("LLM evaluation과 red-teaming을 합니다. 공공 서비스의 편향을 측정합니다.", "ko"),
        ("We evaluate 침수 forecasts for dense cities with radar rainfall data.", "en"),
        ("", "ko"),
        ("1234 !!", "ko"),
    ],
)
def test_language_is_that_of_the_larger_part(text: str, language: str) -> None:
    assert detect(text) == language
