"""Where apps above add sections to the request page. Consulting knows nothing of who does.

A panel is a callable ``(request_obj, user, http_request)`` that returns the name of a template
and its context, or None when it has nothing to show to this person now. It is called on every
view of the request page, after the viewer's right to the request has been checked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

Section = tuple[str, dict[str, Any]]
Panel = Callable[[Any, Any, HttpRequest], Section | None]


@dataclass(frozen=True)
class _Entry:
    name: str
    panel: Panel
    order: int


_panels: dict[str, _Entry] = {}


def register_panel(name: str, panel: Panel, order: int = 100) -> None:
    """Add a section; the same name again replaces it. Lower ``order`` stands higher."""
    _panels[name] = _Entry(name, panel, order)


def unregister_panel(name: str) -> None:
    """Take a section away (tests)."""
    _panels.pop(name, None)


def sections(request_obj: Any, user: Any, http_request: HttpRequest) -> list[Section]:
    """The sections that this person sees on this request now, in order."""
    entries = sorted(_panels.values(), key=lambda entry: (entry.order, entry.name))
    shown = (entry.panel(request_obj, user, http_request) for entry in entries)
    return [section for section in shown if section is not None]


RoundPanel = Callable[[Any, Any, HttpRequest], Section | None]
_round_panels: dict[str, RoundPanel] = {}


def register_round_panel(name: str, panel: RoundPanel) -> None:
    """Add a section to the page of a round; the same name again replaces it."""
    _round_panels[name] = panel


def round_sections(row: Any, user: Any, http_request: HttpRequest) -> list[Section]:
    """The sections that this person sees on this round now."""
    shown = (panel(row, user, http_request) for _name, panel in sorted(_round_panels.items()))
    return [section for section in shown if section is not None]
