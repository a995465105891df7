"""Texts and synonym forms in the one form in which they are compared."""

from __future__ import annotations

import unicodedata

MAX_CHARACTERS = 40_000


def normalise(text: str) -> str:
    """Composed, compatible, lower-case text with control and private-use characters as spaces.

    Word processors leave private-use bullets and line-break controls in pasted text.
    """
    composed = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    return "".join(
        " " if unicodedata.category(c) in ("Cc", "Co", "Cs", "Cn") else c
        for c in composed
        if unicodedata.category(c) != "Cf"
    ).lower()
