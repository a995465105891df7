"""Cleaning of pasted text and Korean particles."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.korean import particle
from common.text import clean_line, clean_text, split_keywords


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("", ""),
        ("a\x00b", "ab"),
        ("한글", "한글"),
        ("줄\r\n줄\r줄", "줄\n줄\n줄"),
        ("\ue000 제목", "• 제목"),
        ("가\u3000나\u00a0다", "가 나 다"),
        ("👩‍🔬 金 Ana", "👩‍🔬 金 Ana"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
    ],
)
def test_text_is_cleaned(given_text, kept):
    assert clean_text(given_text) == kept


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    once = clean_text(text)
    assert clean_text(once) == once and "\x00" not in once
    line = clean_line(text)
    assert clean_line(line) == line and "\n" not in line


@given(st.text())
def test_keywords_are_few_short_and_different(text):
    words = split_keywords(text)
    assert len(words) <= 30 and all(0 < len(word) <= 60 for word in words)
    assert len({word.casefold() for word in words}) == len(words)


@pytest.mark.parametrize(
    ("word", "pair", "said"),
    [
        ("박서준", "이/가", "박서준이"),
        ("김나라", "이/가", "김나라가"),
        ("박서준(재단)", "이/가", "박서준(재단)이"),
        ("김나라(디지털정책과)", "이/가", "김나라(디지털정책과)가"),
        ("26-0142", "을/를", "26-0142를"),
        ("26-0143", "을/를", "26-0143을"),
        ("PoC", "을/를", "PoC를"),
        ("LLM", "을/를", "LLM을"),
        ("", "은/는", "는"),
        ("자료.", "은/는", "자료.는"),
    ],
)
def test_particles_follow_the_last_sound(word, pair, said):
    assert particle(word, pair) == said


def test_other_languages_have_no_particles():
    with translation.override("en"):
        assert particle("박서준", "이/가") == "박서준"
