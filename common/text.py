"""Cleaning of text that people paste: one place, used by every form and serializer."""

import re
import unicodedata

#: the longest text that a free-text field keeps, in characters
LONGEST_TEXT = 20_000

_CONTROLS = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u200b\u2060\u00ad]")
# Private-use characters are what is left of a word processor's own bullets and old Hangul.
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000\t]")
_BLANK_LINES = re.compile(r"\n{4,}")


def clean_text(value: str) -> str:
    """Normalise to NFC and take out what no reader can see; line breaks stay.

    Emoji, Hanja and mixed scripts are kept. The result holds no NUL, which PostgreSQL refuses.
    """
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = _INVISIBLE.sub("", _CONTROLS.sub("", text))
    text = _PRIVATE_USE.sub("•", text)
    lines = (_SPACES.sub(" ", line).rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n\n", "\n".join(lines)).strip()


def clean_line(value: str) -> str:
    """``clean_text`` for one-line fields: every run of white space becomes one space."""
    return " ".join(clean_text(value).split())


def spreadsheet_cell(value: object) -> str:
    """Text for a CSV cell; what a spreadsheet would take for a formula gets an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def split_keywords(value: str, limit: int = 30, longest: int = 60) -> list[str]:
    """Keywords from a line with commas, semicolons, middle dots or line breaks between them.

    Order is kept, repeats (without case) are dropped, each is cut to ``longest`` characters.
    """
    parts = (clean_line(part.lstrip("#＃ ")) for part in re.split(r"[,;、·\n]", value))
    unique: dict[str, str] = {}
    for part in parts:
        if part:
            unique.setdefault(part.casefold(), part[:longest])
    return list(unique.values())[:limit]
