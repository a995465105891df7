"""Korean and English text to search tokens; alone imports the morphological analyser.

One text becomes one list of tokens: content morphemes, character bigrams of every Hangul run,
Latin words and numbers kept whole (``c-its``, ``gpt-4o``, ``sllm``) with their parts, and concept
tokens (``=rag``) for the synonym groups of ``resources/synonyms.txt`` and of the site's own list,
so that a Korean text and an English text about the same thing share a token.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache

from mecab import MeCab, MeCabError

from matching import stopwords
from matching.plain_text import MAX_CHARACTERS as MAX_CHARACTERS
from matching.plain_text import normalise as normalise
from matching.synonyms import concepts_in, site_mark

ANALYSER_VERSION = "ko-morpheme-bigram-3"
CHUNK_CHARACTERS = 2_000
MAX_TOKEN = 60
WORD_COUNTS, CONCEPT_COUNTS = 2, 4  # times that a token of this kind is counted; bigrams once

_HANGUL = "\uac00-\ud7a3"
_RUN = re.compile(rf"[{_HANGUL}]+|[a-z0-9]+(?:[-+.#/&'_][a-z0-9]+)*(?:\+\+|#)?")
_HANGUL_RUN = re.compile(rf"[{_HANGUL}]+")
_PARTS = re.compile(r"[-+.#/&'_]")
_CONTENT = frozenset({"NNG", "NNP", "VV", "VA", "XR", "SL", "SH"})
_local = threading.local()


def analyser_version() -> str:
    """What tokens depend on: this code, and the site's own synonyms where there are any.

    Raises ImproperlyConfigured for a list that cannot be used.
    """
    mark = site_mark()
    return f"{ANALYSER_VERSION}+{mark}" if mark else ANALYSER_VERSION


def _tagger() -> MeCab:
    """One analyser per thread: the native object keeps its lattice between calls."""
    tagger = getattr(_local, "tagger", None)
    if tagger is None:
        tagger = _local.tagger = MeCab()
    return tagger


def _chunks(text: str) -> Iterator[str]:
    """Pieces of at most CHUNK_CHARACTERS, cut at a space where there is one."""
    start = 0
    while start < len(text):
        end = min(start + CHUNK_CHARACTERS, len(text))
        if end < len(text):
            space = text.rfind(" ", start + CHUNK_CHARACTERS // 2, end)
            end = space if space > 0 else end
        yield text[start:end]
        start = end


def morphemes(text: str) -> list[str]:
    """Content morphemes of normalised text, Hangul only (Latin words are taken from the text)."""
    found: list[str] = []
    for chunk in _chunks(text):
        try:
            parsed = _tagger().parse(chunk)
        except (MeCabError, RuntimeError):  # an unanalysable chunk still has its bigrams
            continue
        for morpheme in parsed:
            found.extend(_content(morpheme))
    return [m for m in found if m not in stopwords.KOREAN]


def _content(morpheme: object) -> Iterator[str]:
    """Surface and the parts of a compound, when its part of speech carries content."""
    feature = morpheme.feature  # type: ignore[attr-defined]
    surface: str = morpheme.surface  # type: ignore[attr-defined]
    expression = feature.expression
    if feature.type == "Compound" and expression:
        if _HANGUL_RUN.fullmatch(surface):
            yield surface
        for part in expression.split("+"):
            word, _, rest = part.partition("/")
            if len(word) > 1 and rest.partition("/")[0] in _CONTENT:
                yield word
        return
    if feature.type == "Inflect" and expression:
        word, _, rest = expression.split("+")[0].partition("/")
        if rest.partition("/")[0] in _CONTENT and _HANGUL_RUN.fullmatch(word):
            yield word
        return
    if feature.pos in _CONTENT and _HANGUL_RUN.fullmatch(surface):
        yield surface


def bigrams(text: str) -> list[str]:
    """Character bigrams of every Hangul run; a run of one syllable stands for itself."""
    found: list[str] = []
    for run in _HANGUL_RUN.findall(text):
        found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Light English stem: plural, -ing, -ed, -ly and a final e; short words stay as they are."""
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed", "ly"):
        rest = word[: -len(suffix)]
        if word.endswith(suffix) and len(rest) > 3 and re.search("[aeiouy]", rest):
            word = rest[:-1] if rest[-1] == rest[-2] and rest[-1] not in "ls" else rest
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def latin_words(text: str) -> list[str]:
    """Latin words and numbers, whole and by their hyphenated parts, stemmed, without stopwords."""
    found: list[str] = []
    for run in _RUN.findall(text):
        if _HANGUL_RUN.fullmatch(run):
            continue
        parts = [p for p in _PARTS.split(run) if p]
        if run != "".join(parts) and len(run) <= MAX_TOKEN:
            found.append(run)
        found.extend(stem(p[:MAX_TOKEN]) for p in parts if p not in stopwords.ENGLISH)
    return found


def tokens(text: str) -> list[str]:
    """All tokens of a text, in no particular order of kinds; empty for a text without words.

    A token stands as often as its kind counts: a bigram, which is often half of two words, once; a
    word twice; a concept, in which several words and two languages meet, four times.
    """
    clean = normalise(text)
    words, concepts = [*latin_words(clean), *morphemes(clean)], concepts_in(clean)
    return [*words * WORD_COUNTS, *bigrams(clean), *concepts * CONCEPT_COUNTS]


def unique_tokens(texts: Iterable[str]) -> list[str]:
    """Sorted distinct tokens of several texts."""
    return sorted({token for text in texts for token in tokens(text)})
