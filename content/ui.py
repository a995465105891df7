"""Ready shapes for the list-like fragments; plain dicts with the same keys do as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class FacetOption:
    """One value of a facet with the number of results it would leave."""

    value: str
    label: str
    count: int | None = None
    selected: bool = False


@dataclass(frozen=True)
class Facet:
    """A group of filter values sharing one query parameter ``name``."""

    name: str
    label: str
    options: Sequence[FacetOption]
    multiple: bool = True
    open: bool | None = None


@dataclass(frozen=True)
class TimelineItem:
    """One dated thing that happened; ``mark`` is safe HTML such as a verification mark."""

    at: date | datetime | None
    title: str
    text: str = ""
    actor: str = ""
    tone: str = ""
    mark: str = ""
    url: str = ""


@dataclass(frozen=True)
class Column:
    """A compared thing: heading of a column in the side-by-side table."""

    title: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One compared property: ``cells`` has one entry per column."""

    label: str
    cells: Sequence[object]
    differs: bool = False


@dataclass(frozen=True)
class FileItem:
    """A file that may be downloaded; ``size`` in bytes."""

    name: str
    url: str = ""
    size: int | None = None
    note: str = ""
    uploaded_at: datetime | None = None


@dataclass(frozen=True)
class Message:
    """One entry of a conversation."""

    author: str
    role: str
    at: datetime
    text: str
    mine: bool = False
    files: Sequence[FileItem] = field(default_factory=tuple)
