"""Particles of Korean: which of two forms follows a word."""

import re

from django.utils import translation

# digits as they are read: 영 일 이 삼 사 오 육 칠 팔 구
_CLOSED_DIGITS = "013678"
# letters whose Korean reading ends in a consonant: 엘 엠 엔 알
_CLOSED_LETTERS = "lmnr"
_BRACKETS = re.compile(r"\s*[(\[（][^()\[\]（）]*[)\]）]\s*$")


def _closed(word: str) -> bool:
    """Whether the word's last spoken sound is a consonant; brackets at the end do not count."""
    spoken = re.sub(r"[^\w]+$", "", _BRACKETS.sub("", word) or word)
    last = spoken[-1:].lower()
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 != 0
    return bool(last) and last in _CLOSED_DIGITS + _CLOSED_LETTERS


def particle(word: str, pair: str) -> str:
    """The word with its particle on Korean pages, the bare word on all others.

    ``pair`` is written closed form first: ``이/가``, ``을/를``, ``은/는``, ``과/와``.
    """
    if not (translation.get_language() or "ko").startswith("ko"):
        return word
    closed, opened = pair.split("/")
    return word + (closed if _closed(word) else opened)
