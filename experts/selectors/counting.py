"""Numbers of a directory search in one statement: everybody found, and all facets.

Counting a large part of the register takes longer than a page may; such numbers are kept for a
minute, for the same question by viewers with the same rights. The people of a page are always
read anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from common.kept import keep, kept

#: numbers that more people than this had to be looked at for are kept for so many seconds
KEPT_FROM, KEPT_SECONDS = 20_000, 60
AXES = ("tech", "data", "domain")

_COUNTS = """
WITH base AS MATERIALIZED ({base}),
fields AS (
    SELECT n.id, n.parent_id, b.id AS expert FROM base b
    JOIN experts_expertfield f ON f.expert_id = b.id JOIN experts_taxonomynode n ON n.id = f.node_id
    WHERE CASE n.axis WHEN 'tech' THEN {tech} WHEN 'data' THEN {data} ELSE {domain} END)
SELECT 'looked_at', '', count(*) FROM base b
UNION ALL SELECT 'total', '', count(*) FROM base b WHERE {total}
UNION ALL SELECT 'node', id::text, count(*) FROM fields GROUP BY id
UNION ALL SELECT 'node', parent_id::text, count(DISTINCT expert) FROM fields
    WHERE parent_id IS NOT NULL GROUP BY parent_id
UNION ALL SELECT 'region', region, count(*) FROM base b WHERE {region} GROUP BY region
UNION ALL SELECT 'language', one, count(*) FROM (
    SELECT unnest(languages) AS one FROM base b WHERE {language}) l GROUP BY one"""


@dataclass
class Numbers:
    """``nodes``: node id → people, leaves and branches; ``looked_at``: people before facets."""

    total: int = 0
    looked_at: int = 0
    nodes: dict[int, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)


def numbers(people: QuerySet[Any], chosen: Mapping[str, Q], key: Sequence[Any] | None) -> Numbers:
    """Numbers of ``people`` narrowed by the chosen facets.

    chosen: facet → what it asks for; the options of a facet are counted without its own choice.
    key: what the numbers depend on; ``None``: they are never kept.
    """
    name = _name(key) if key is not None else ""
    known: Numbers | None = kept(name) if name else None
    if known is not None:
        return known
    found = _count(people, chosen)
    if name and found.looked_at > KEPT_FROM:
        keep(name, found, KEPT_SECONDS)
    return found


def _count(people: QuerySet[Any], chosen: Mapping[str, Q]) -> Numbers:
    flags = {f"m_{facet}": _flag(condition) for facet, condition in chosen.items()}
    base = people.order_by().annotate(**flags).values("id", "region", "languages", *flags)
    try:
        statement, values = base.query.sql_with_params()
    except EmptyResultSet:  # no document holds the words
        return Numbers()
    parts = {facet: _all_but(facet, chosen) for facet in (*AXES, "region", "language", "total")}
    found = Numbers()
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(base=statement, **parts), values)
        for kind, value, count in cursor.fetchall():
            _note(found, kind, value, count)
    return found


def _flag(condition: Q) -> Any:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _all_but(facet: str, chosen: Mapping[str, Q]) -> str:
    return " AND ".join(f"b.m_{other}" for other in chosen if other != facet) or "TRUE"


def _note(found: Numbers, kind: str, value: str, count: int) -> None:
    if kind in ("total", "looked_at"):
        setattr(found, kind, count)
    elif kind == "node":
        found.nodes[int(value)] = count
    elif kind == "region":
        found.regions[value] = count
    else:
        found.languages[value] = count


def _name(key: Sequence[Any]) -> str:
    return "experts.directory." + hashlib.blake2b(repr(key).encode(), digest_size=16).hexdigest()
