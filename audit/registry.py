"""Every kind of event: its name, its sentence, what in it is personal and whom its ids name.

An app registers its kinds in ``events.py``, which is found by itself when the site starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from audit.models import Event

Sentence = Callable[["Event"], str]


@dataclass(frozen=True)
class EventType:
    """One kind of event."""

    code: str
    label: str | Promise
    sentence: Sentence
    #: keys of the facts that are stored apart, because they may hold personal data
    personal: frozenset[str] = frozenset()
    #: key of ``data`` → model label such as ``experts.Expert``; the sentence shows today's names
    refs: Mapping[str, str] = field(default_factory=dict)


_types: dict[str, EventType] = {}


def register(
    code: str,
    sentence: Sentence,
    label: str | Promise,
    personal: tuple[str, ...] = (),
    refs: Mapping[str, str] | None = None,
) -> EventType:
    """Make a kind of event known. ``personal`` may name ``label``, the object's label itself.

    Raises ``ValueError`` when the code is taken by another kind.
    """
    if code in _types:
        raise ValueError(f"event type {code!r} is registered twice")
    _types[code] = EventType(code, label, sentence, frozenset(personal), dict(refs or {}))
    return _types[code]


def get(code: str) -> EventType:
    """The kind with this code; ``KeyError`` when no app has registered it."""
    return _types[code]


def all_types() -> list[EventType]:
    """Every kind, by code."""
    return [_types[code] for code in sorted(_types)]


def label(code: str) -> str:
    """The kind's name; its code where the app that wrote it is gone."""
    return str(_types[code].label) if code in _types else code


def sentence(event: Event) -> str:
    """What happened, in the reader's language; the bare facts where the kind is unknown."""
    if event.type not in _types:
        return f"{event.who}: {event.type} {event.object_label}".strip()
    return _types[event.type].sentence(event)
