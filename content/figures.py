"""Numbers on the front page, offered by the apps that own them.

This app stands below experts and consulting and must not import them, so they register their
figures when they start::

    # experts/apps.py, in ready()
    from content.figures import Figure, register
    register(Figure("experts", _("등록 전문가"), selectors.count_public, "experts:directory", 10))

Every number leads to the list behind it. Work that waits for a person is offered the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

Address = str | Callable[[], str]


@dataclass(frozen=True)
class Figure:
    """A public number: ``count`` gives it, ``url`` is a route name, a path or a callable.

    ``unit`` stands behind the number (명, 건). ``group`` collects figures under one heading,
    for example experts by axis.
    """

    code: str
    label: str | Promise
    count: Callable[[], int]
    url: Address
    order: int = 100
    unit: str | Promise = ""
    group: str | Promise = ""


@dataclass(frozen=True)
class Work:
    """A number of things that wait for one person: ``count`` takes the user."""

    code: str
    label: str | Promise
    count: Callable[[Any], int]
    url: Address
    roles: frozenset[str]
    order: int = 100


@dataclass(frozen=True)
class Shown:
    """A figure as the page shows it."""

    label: str
    value: int
    url: str
    unit: str = ""


_figures: dict[str, Figure] = {}
_work: dict[str, Work] = {}


def register(figure: Figure) -> None:
    """Offer a figure; the same code again replaces it."""
    _figures[figure.code] = figure


def register_work(work: Work) -> None:
    """Offer a count of waiting work; the same code again replaces it."""
    _work[work.code] = work


def resolve(url: Address) -> str:
    """A path as it is; a callable's answer; the path of a route name, empty when unknown."""
    text = url() if callable(url) else url
    if text.startswith("/"):
        return text
    try:
        return reverse(text)
    except NoReverseMatch:
        return ""


def groups() -> list[tuple[str, list[Shown]]]:
    """All figures in order, by group; figures without a group come under an empty heading."""
    found: dict[str, list[Shown]] = {}
    for figure in sorted(_figures.values(), key=lambda item: item.order):
        shown = Shown(str(figure.label), figure.count(), resolve(figure.url), str(figure.unit))
        found.setdefault(str(figure.group), []).append(shown)
    return list(found.items())


def waiting_for(user: Any, roles: frozenset[str]) -> list[Shown]:
    """What waits for this person; entries of other roles and empty ones are left out."""
    mine = [work for work in _work.values() if work.roles & roles]
    shown = [
        Shown(str(work.label), work.count(user), resolve(work.url))
        for work in sorted(mine, key=lambda item: item.order)
    ]
    return [entry for entry in shown if entry.value]
