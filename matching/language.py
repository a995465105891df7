"""The language of a piece of text: Korean or English, by its larger part."""

from __future__ import annotations

import re
from typing import Literal

Language = Literal["ko", "en"]

_SAMPLE = 4_000
_HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_LATIN_LETTERS_PER_SYLLABLE = 2.5


def detect(text: str, default: Language = "ko") -> Language:
    """``ko`` or ``en``, whichever covers more of the text; ``default`` when it has no letters.

    A Hangul syllable carries about as much as two and a half Latin letters, so a Korean sentence
    with many product names stays Korean.
    """
    sample = text[:_SAMPLE]
    hangul = len(_HANGUL.findall(sample))
    latin = sum(len(word) for word in _LATIN_WORD.findall(sample))
    if not hangul and not latin:
        return default
    return "ko" if hangul * _LATIN_LETTERS_PER_SYLLABLE >= latin else "en"
