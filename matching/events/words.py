"""Words that every event of matching is told with: actor, rule, mark, names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from audit.models import Event
from audit.registry import Sentence
from audit.services import record

EXPERT = "experts.Expert"
RULE = {"expert": EXPERT}


def actor(event: Event) -> str:
    if event.actor is None:
        return gettext("시스템이")
    return gettext("%(who)s 님이") % {"who": event.who}


def says(text: str | Promise, *keys: str, names: Sequence[str] = ()) -> Sentence:
    """A sentence with ``who``, ``on``, the facts ``keys`` and the names behind ``names``."""

    def sentence(event: Event) -> str:
        facts = {key: event.fact(key) for key in keys}
        facts |= {key: event.name_of(key) for key in names}
        facts |= {"rule": _rule(event.data["rule"])} if "rule" in event.data else {}
        facts |= {"mark": _mark(event.data["mark"])} if "mark" in event.data else {}
        return str(text) % {"who": actor(event), "on": event.on, **facts}

    return sentence


def _rule(code: str) -> str:
    from matching.eligibility.rules import RULES

    return str(RULES[code].label) if code in RULES else code


def _mark(code: str) -> str:
    from matching.models import MatchCandidate

    words = {value or "none": label for value, label in MatchCandidate.Mark.choices}
    return str(words.get(code, code))


def on_run(code: str, run: Any, by: Any, **data: Any) -> Event:
    """On the run, not on the request: the department reads the request's history."""
    return record(code, by=by, on=run, label=run.request.ref, data={"run": run.pk, **data})
