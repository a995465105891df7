"""Where apps above this one add to pages about an expert; this app knows nothing of them.

    # matching/apps.py, in ready()
    from experts.extension import register_panel
    register_panel("considered", considered_panel, order=50)

A provider takes the expert and the viewer and answers ``(template name, context)`` or ``None``.
Panels stand on the person's own "my profile" page; on the Foundation's record page as well when
``on_record`` is set.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from experts.models import Expert

Provider = Callable[[Expert, Any], tuple[str, dict[str, Any]] | None]


@dataclass(frozen=True)
class Panel:
    """A section that another app offers."""

    name: str
    provider: Provider
    order: int = 100
    on_record: bool = False


_panels: dict[str, Panel] = {}


def register_panel(
    name: str, provider: Provider, order: int = 100, on_record: bool = False
) -> None:
    """Offer a section; the same name again replaces it."""
    _panels[name] = Panel(name, provider, order, on_record)


def panels_for(expert: Expert, viewer: Any, request: Any, record: bool = False) -> list[SafeString]:
    """The sections that have something to show, rendered, in order."""
    rendered = []
    for panel in sorted(_panels.values(), key=lambda item: item.order):
        answer = panel.provider(expert, viewer) if panel.on_record or not record else None
        if answer is not None:
            template, context = answer
            rendered.append(render_to_string(template, {"expert": expert, **context}, request))
    return rendered
