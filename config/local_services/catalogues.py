"""Compile the message catalogues: `python -m config.local_services.catalogues`.

Only the readable .po files are in the repository; Babel compiles them where gettext is missing.
"""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent


def compile_catalogues(folder: Path = ROOT / "locale") -> list[Path]:
    """Write the .mo beside each .po that is newer than it; returns what was written."""
    return [
        _compile(source) for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _old(source)
    ]


def _old(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    with source.open("rb") as file:
        catalogue = read_po(file)
    target = source.with_suffix(".mo")
    draft = target.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as file:
        write_mo(file, catalogue)
    draft.replace(target)
    return target


if __name__ == "__main__":
    for written in compile_catalogues():
        print(written.relative_to(ROOT))
