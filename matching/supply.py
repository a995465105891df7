"""Supply and demand over the vocabulary: what departments ask for and who could answer.

Each map is one statement over the database, however many requests and experts there are. What the
words mean: *demand*, requests filed in the period that want a field; *supply*, approved people who
name the field; *verified supply*, those of them with a verified line in force; *wait*, days from
filing to the decision (median) and open requests for which nobody has been proposed yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from common.kept import keep, kept
from consulting.querysets import OPEN_STATES
from experts.models import Axis, TaxonomyNode
from matching.conf import setting

#: days of the period filter; 0: everything
PERIODS = (90, 365, 0)
#: maps that count more fields of people than this are kept for so many seconds
KEPT_FROM, KEPT_SECONDS = 100_000, 300
AXES = tuple(str(axis) for axis in Axis.values)

_CELLS = """
WITH rows(node, key) AS (SELECT * FROM unnest(%(row_nodes)s::bigint[], %(row_keys)s::bigint[])),
cols(node, key) AS (SELECT * FROM unnest(%(col_nodes)s::bigint[], %(col_keys)s::bigint[])),
asked AS (
    SELECT q.id, q.state = ANY(%(open)s) AS open,
        extract(epoch FROM q.decided_at - q.submitted_at) / 86400 AS days,
        NOT EXISTS (SELECT 1 FROM matching_matchrun r
                    JOIN matching_matchcandidate c ON c.run_id = r.id
                    WHERE r.request_id = q.id AND r.state = 'done') AS bare
    FROM consulting_request q WHERE q.submitted_at >= %(since)s),
wanted AS ({wanted}),
demand AS (
    SELECT r, c, count(*) AS demand, count(*) FILTER (WHERE open) AS open,
        count(*) FILTER (WHERE open AND bare) AS bare,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS days
    FROM wanted JOIN asked USING (id) GROUP BY r, c),
offered AS ({offered}),
people AS (
    SELECT e.id, EXISTS (
        SELECT 1 FROM experts_claim c WHERE c.expert_id = e.id AND c.verification = 'verified'
        AND (c.verified_until IS NULL OR c.verified_until >= %(today)s)) AS proven
    FROM experts_expert e
    WHERE e.state = 'approved' AND (e.expires_on IS NULL OR e.expires_on >= %(today)s)),
supply AS (
    SELECT r, c, count(*) AS supply, count(*) FILTER (WHERE proven) AS verified
    FROM offered JOIN people USING (id) GROUP BY r, c)
SELECT r, c, COALESCE(demand, 0), COALESCE(open, 0), COALESCE(bare, 0), days,
    COALESCE(supply, 0), COALESCE(verified, 0)
FROM demand FULL JOIN supply USING (r, c)"""
#: who carries a field of the row and one of the column, once; without columns the row alone
_BOTH = """
    SELECT DISTINCT rows.key AS r, cols.key AS c, f.{owner}_id AS id FROM {table} f
    JOIN rows ON rows.node = f.node_id
    JOIN {table} g ON g.{owner}_id = f.{owner}_id JOIN cols ON cols.node = g.node_id"""
_ONE = """
    SELECT DISTINCT rows.key AS r, 0 AS c, f.{owner}_id AS id FROM {table} f
    JOIN rows ON rows.node = f.node_id"""
_TABLES = {
    "wanted": ("request", "consulting_requestfield"),
    "offered": ("expert", "experts_expertfield"),
}


@dataclass(frozen=True)
class Cell:
    """Numbers of one field, or of two fields together; ``days`` is a median."""

    demand: int = 0
    open: int = 0
    bare: int = 0
    days: float | None = None
    supply: int = 0
    verified: int = 0

    @property
    def needed(self) -> int:
        """Verified people that so much demand asks for."""
        return int(self.demand * setting("SUPPLY_EXPERTS_PER_REQUEST"))

    @property
    def short(self) -> int:
        """Verified people that are missing."""
        return max(self.needed - self.verified, 0)


EMPTY = Cell()


@dataclass(frozen=True)
class Missing:
    """Expertise of which there is too little, with what speaks for that."""

    node: TaxonomyNode
    cell: Cell
    typical_days: float | None

    @property
    def is_slow(self) -> bool:
        """Whether decisions take half as long again as usual."""
        both = self.cell.days is not None and self.typical_days
        return bool(both and self.cell.days >= 1.5 * self.typical_days)  # type: ignore[operator]


def start_of(days: int, today: date) -> datetime:
    """First moment of a period that ends today; long ago for 0."""
    first = today - timedelta(days=days) if days else date(2000, 1, 1)
    return timezone.make_aware(datetime.combine(first, time.min))


def cells(
    rows: Mapping[int, int], columns: Mapping[int, int], since: datetime
) -> dict[tuple[int, int], Cell]:
    """(row, column) → numbers, from node id → key of its row or column; empty cells are left out.

    Without ``columns`` the second key is 0.
    """
    shape = _BOTH if columns else _ONE
    parts = {name: shape.format(owner=o, table=t) for name, (o, t) in _TABLES.items()}
    values: dict[str, Any] = {
        "row_nodes": list(rows),
        "row_keys": list(rows.values()),
        "col_nodes": list(columns),
        "col_keys": list(columns.values()),
        "open": list(OPEN_STATES),
        "since": since,
        "today": timezone.localdate(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CELLS.format(**parts), values)
        return {
            (r, c): Cell(demand, opened, bare, None if days is None else float(days), *people)
            for r, c, demand, opened, bare, days, *people in cursor.fetchall()
        }


def counted(
    rows: Mapping[int, int], columns: Mapping[int, int], since: datetime
) -> tuple[dict[tuple[int, int], Cell], datetime | None]:
    """``cells``, and the moment of an earlier count: that over a large register is kept a while."""
    facts = repr((sorted(rows.items()), sorted(columns.items()), since, timezone.localdate()))
    key = "matching.supply." + hashlib.blake2b(facts.encode(), digest_size=16).hexdigest()
    known: tuple[dict[tuple[int, int], Cell], datetime] | None = kept(key)
    if known is not None:
        return known
    at, found = timezone.now(), cells(rows, columns, since)
    if sum(cell.supply for cell in found.values()) > KEPT_FROM:
        keep(key, (found, at), KEPT_SECONDS)
    return found, None


def heading(nodes: Sequence[TaxonomyNode], code: str) -> list[TaxonomyNode]:
    """What stands along one side of a map: the branches of an axis, or the leaves of a branch."""
    if code in AXES:
        return [n for n in nodes if n.axis == code and n.parent_id is None]
    return [n for n in nodes if n.parent_id and n.parent and n.parent.code == code]


def keys(nodes: Sequence[TaxonomyNode], shown: Iterable[TaxonomyNode]) -> dict[int, int]:
    """Every node → the shown one to which it belongs."""
    wanted = {n.pk for n in shown}
    found = {n.pk: n.pk for n in nodes if n.pk in wanted}
    found |= {n.pk: n.parent_id for n in nodes if n.parent_id in wanted}
    return found


def by_leaf(nodes: Sequence[TaxonomyNode], since: datetime) -> dict[int, Cell]:
    """Numbers of every leaf of the three axes."""
    leaves = {n.pk: n.pk for n in nodes if n.parent_id}
    return {row: cell for (row, _), cell in counted(leaves, {}, since)[0].items()}


def missing(nodes: Sequence[TaxonomyNode], found: Mapping[int, Cell]) -> list[Missing]:
    """Leaves in demand without enough verified people, the greatest lack first."""
    waits = sorted(c.days for c in found.values() if c.days is not None)
    typical = waits[len(waits) // 2] if waits else None
    lacking = [
        Missing(node, found[node.pk], typical)
        for node in nodes
        if node.pk in found and (found[node.pk].short or found[node.pk].bare)
        and found[node.pk].demand
    ]  # fmt: skip
    return sorted(lacking, key=_severity)


def _severity(row: Missing) -> tuple[Any, ...]:
    cell = row.cell
    return (-cell.short, cell.verified, -cell.bare, -cell.demand, row.node.code)
