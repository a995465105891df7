"""What the matcher knows about an expert and a request, free of the database.

Two adapters produce these records: ``record_of`` and ``query_of`` from the site's own rows, and
``matching.evaluation.dataset`` from the files of a judged set. Everything after that is shared.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from matching.language import detect

Verification = Literal["verified", "declared", "rejected"]

VERIFICATION_CODES: dict[Verification, int] = {"rejected": 0, "declared": 1, "verified": 2}
BIO_KIND = "bio"


@dataclass(frozen=True)
class EvidencePiece:
    """One thing an expert can show: a paper, a project, a career, the self-description.

    source_ref: where it stands, for links (``"paper:12"``); verified_on: day of the verification.
    """

    kind: str
    title: str
    text: str = ""
    year: int | None = None
    verification: Verification = "declared"
    source_ref: str = ""
    verified_on: date | None = None
    language: str = ""

    @property
    def full_text(self) -> str:
        """Title and text as they are embedded."""
        return ". ".join(part for part in (clean(self.title), clean(self.text)) if part)

    @property
    def detected_language(self) -> str:
        return self.language or detect(self.full_text)


@dataclass(frozen=True)
class Field:
    """A label on one of the three axes; ``code`` when the taxonomy knows it."""

    label: str
    axis: str = ""
    code: str = ""
    rank: int = 1


@dataclass(frozen=True)
class ExpertRecord:
    """One expert as the matcher sees him.

    facts and numbers serve the engine's filters (``"org:12"``, ``{"capacity": 2}``) and never
    the score.
    """

    key: int
    name: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    pieces: tuple[EvidencePiece, ...] = ()
    facts: tuple[str, ...] = ()
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestQuery:
    """One request as the matcher sees it; ``year`` is what the age of evidence is counted from."""

    key: str
    title: str
    body: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    language: str = ""
    year: int | None = None

    @property
    def full_text(self) -> str:
        return "\n".join(part for part in (clean(self.title), clean(self.body)) if part)

    @property
    def detected_language(self) -> str:
        """Measured, not declared: forms are often filed with the site's language."""
        return detect(self.full_text, default="en" if self.language == "en" else "ko")


def clean(text: str) -> str:
    """A text that can be stored and embedded: no NUL, no half surrogate pairs, no outer space."""
    return text.replace("\x00", " ").encode("utf-8", "ignore").decode("utf-8").strip()


def text_hash(text: str) -> bytes:
    """Sixteen bytes that stand for a text in the embedding cache."""
    return hashlib.blake2b(text.encode("utf-8", "ignore"), digest_size=16).digest()
