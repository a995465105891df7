"""Search keys of a text: what makes a substring search quick without a database extension.

A text is cut into runs of one script. Hangul, Hanja and Kana runs give single characters and
pairs, other runs give triples of characters; a run of one or two letters ("AI", "XR") gives
itself with a mark before it. Every substring that holds a pair (or a triple) can then be found
through an index, and the exact comparison only looks at what the index left.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

#: characters beyond this take no part in a search key (a term), to bound the work
LONGEST_TERM = 60
MOST_TERMS = 8

_CJK = "\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7a3"
_RUNS = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")


def fold(text: str) -> str:
    """Text as it is compared: compatibility forms made plain, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _cut(run: str, size: int) -> Iterator[str]:
    return (run[i : i + size] for i in range(len(run) - size + 1))


def _keys(run: str, *, whole: bool) -> Iterator[str]:
    if _IS_CJK.match(run):
        if whole or len(run) == 1:
            yield from run
        yield from _cut(run, 2)
    elif len(run) < 3:
        yield f"={run}"
    else:
        yield from _cut(run, 3)


def keys_of_text(folded: str) -> list[str]:
    """All keys of a folded text, without repeats."""
    return sorted({key for run in _RUNS.findall(folded) for key in _keys(run, whole=True)})


def keys_of_term(folded: str) -> list[str]:
    """Keys that a text holding the folded term must have; empty: the term has no letters."""
    runs = _RUNS.findall(folded)
    # In "AI평가" the letters may be the end of a longer word ("openAI평가"), which has no key
    # for two letters: short runs are left to the exact comparison.
    if not is_short_word(folded):
        runs = [run for run in runs if _IS_CJK.match(run) or len(run) > 2]
    return sorted({key for run in runs for key in _keys(run, whole=False)})


def is_short_word(folded: str) -> bool:
    """Whether the term is a word of one or two letters, which is only found as a whole word."""
    return len(folded) < 3 and not _IS_CJK.search(folded) and bool(_RUNS.fullmatch(folded))


def is_one_key(folded: str) -> bool:
    """Whether the term is itself a search key, so that no exact comparison is needed."""
    return keys_of_term(folded) == [folded] or is_short_word(folded)


def terms(query: str) -> list[str]:
    """The words of a query, folded, at most ``MOST_TERMS`` of ``LONGEST_TERM`` characters."""
    words: Iterable[str] = fold(query).split()
    unique = dict.fromkeys(word[:LONGEST_TERM] for word in words)
    return list(unique)[:MOST_TERMS]
