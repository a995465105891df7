"""Texts that staff type, cleaned and checked."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.errors import MissingFacts
from common.text import clean_text

#: longest reason, in characters
LONGEST_REASON = 2_000


def needed(field: str, value: str | None, longest: int = LONGEST_REASON) -> str:
    """The cleaned text; ``MissingFacts`` when it is empty or too long."""
    text = clean_text(value or "")
    if not text:
        raise MissingFacts({field: _("내용을 적어 주십시오.")})
    if len(text) > longest:
        sentence = _("%(limit)s자까지 적을 수 있습니다. 지금은 %(length)s자입니다.")
        raise MissingFacts(
            {field: sentence % {"limit": f"{longest:,}", "length": f"{len(text):,}"}}
        )
    return text
