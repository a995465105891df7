"""The consent texts that come with the product.

They stand in ``resources/consents/<kind>.<version>.<ko|en>.txt``. The first line is the title, the
rest the text. A changed text is a new version, never an edit.
"""

from datetime import date
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "resources" / "consents"

#: kind, version, required, in force from
VERSIONS = [
    ("collection", 1, True, date(2025, 5, 21)),
    ("public_profile", 1, False, date(2025, 5, 21)),
    ("department_sharing", 1, False, date(2025, 5, 21)),
]


def documents() -> list[dict[str, Any]]:
    """Facts of ``ConsentDocument`` rows."""
    return [
        {"kind": kind, "version": version, "required": required, "effective_on": since}
        | _text(kind, version, "ko")
        | _text(kind, version, "en")
        for kind, version, required, since in VERSIONS
    ]


def _text(kind: str, version: int, language: str) -> dict[str, str]:
    content = (FOLDER / f"{kind}.{version}.{language}.txt").read_text(encoding="utf-8")
    title, _line, text = content.strip().partition("\n")
    return {f"title_{language}": title.strip(), f"text_{language}": text.strip()}
