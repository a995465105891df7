"""Whom a line or a relation ties its expert to, as a key that equal names share.

Employers, schools' advisers and declared organisations are free text. Conflict rules compare them
with the institution that asks; the keys are written with each row, so that a rule is an index
lookup and not a comparison of every text (docs/decisions/0089).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, Lower, Replace

LENGTH = 300
_LEGAL_FORMS = re.compile(
    r"주식회사|유한회사|재단법인|사단법인|학교법인|\((?:주|유|재|사|학)\)|㈜|"
    r"\b(?:inc|ltd|co|corp|corporation|limited|llc|gmbh|the)\b\.?"
)
_NOT_LETTERS = re.compile(r"[\W_]+")
_SAME = [(re.compile(r"^서울(?:특별)?시(?=$|.)"), "서울시"), (re.compile(r"구청$"), "구")]
_TITLES = re.compile(r"(교수님|교수|박사|prof\.?|professor|dr\.?)\s*$|^(prof\.?|professor|dr\.?)\s")


@lru_cache(maxsize=50_000)
def plain_name(name: str) -> str:
    """A name without legal form, spaces, punctuation and case; 서울특별시 and 서울시 are one."""
    text = unicodedata.normalize("NFKC", name.replace("㈜", "(주)")).lower()
    text = _NOT_LETTERS.sub("", _LEGAL_FORMS.sub(" ", text))
    for pattern, replacement in _SAME:
        text = pattern.sub(replacement, text)
    return text


def plain_person(name: str) -> str:
    """A person's name for comparison: no spaces, no titles, no case."""
    text = unicodedata.normalize("NFKC", name).lower()
    return _NOT_LETTERS.sub("", _TITLES.sub("", text))


def key_of(kind: str, title: str, details: Mapping[str, Any]) -> str:
    """Key of a line of a profile: its employer or its adviser; empty for all other kinds."""
    if kind in ("affiliation", "career"):
        return plain_name(title)[:LENGTH]
    if kind == "education":
        return plain_person(str(details.get("adviser") or ""))[:LENGTH]
    return ""


def plain_in_database(name: Any) -> Any:
    """An expression for a person's name as ``plain_person`` makes it, titles aside."""
    text: Any = Lower(Cast(name, models.TextField()))
    for mark in (" ", "-", ".", "'", "·"):
        text = Replace(text, Value(mark), Value(""), output_field=models.TextField())
    return text


class LinkKeyField(models.CharField[Any, Any]):
    """Written from ``link_key_now`` of the row whenever it is saved, in bulk as well."""

    def __init__(self, **options: Any) -> None:
        # Byte order ("C") lets one index answer for whole names and for beginnings of names.
        fixed = {"max_length": LENGTH, "editable": False, "db_collation": "C", "db_index": True}
        super().__init__(**{**options, **fixed})

    def pre_save(self, model_instance: Any, add: bool) -> str:
        value = str(model_instance.link_key_now())
        setattr(model_instance, self.attname, value)
        return value
