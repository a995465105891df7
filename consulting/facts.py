"""Which facts a move needs; pure checks that answer with sentences by field."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import MissingFacts
from common.text import clean_text

#: longest reason, question or message, in characters
LONGEST_REASON = 4_000

ALWAYS_NEEDED = ("title", "situation", "ask")


def needed_fields(kind: Any) -> list[str]:
    """Fields without which a request of this kind cannot be submitted."""
    return [*ALWAYS_NEEDED, *(["problem"] if "problem" in kind.fields_wanted else [])]


def missing_for_submission(request: Any, today: date | None = None) -> dict[str, str]:
    """Field → what is wrong with it; empty when the request may be submitted."""
    problems = {name: _("고쳐야 할 내용이 남아 있습니다.") for name in request.unfinished}
    for name in needed_fields(request.kind):
        if not getattr(request, name).strip():
            problems.setdefault(name, _("내용을 적어 주십시오."))
    if request.deadline and request.deadline < (today or timezone.localdate()):
        problems.setdefault("deadline", _("지난 날짜입니다. 오늘 이후의 날짜를 적어 주십시오."))
    return problems


def needed_text(field: str, value: str | None, longest: int = LONGEST_REASON) -> str:
    """The cleaned text; ``MissingFacts`` when it is empty or longer than ``longest``."""
    text = clean_text(value or "")
    if not text:
        raise MissingFacts({field: _("내용을 적어 주십시오.")})
    if len(text) > longest:
        sentence = _("%(limit)s자까지 적을 수 있습니다. 지금은 %(length)s자입니다.")
        raise MissingFacts(
            {field: sentence % {"limit": f"{longest:,}", "length": f"{len(text):,}"}}
        )
    return text


def checked_choices(choices: Sequence[Any]) -> list[Any]:
    """Choices of a decision: at least one chosen, nobody twice, each with a reason."""
    if not any(choice.role == "chosen" for choice in choices):
        raise MissingFacts({"choices": _("선정할 전문가를 한 명 이상 골라 주십시오.")})
    if len({choice.expert_id for choice in choices}) != len(choices):
        raise MissingFacts({"choices": _("같은 전문가가 두 번 들어 있습니다.")})
    for choice in choices:
        needed_text("reason", choice.reason)
    return list(choices)
