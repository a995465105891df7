"""The supply and demand map, the lists behind its numbers, and missing expertise as a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.pages.access import role_required
from consulting.models import Request, RequestField
from consulting.querysets import OPEN_STATES
from experts.models import Axis, Claim, Expert, ExpertField, TaxonomyNode
from matching import supply
from matching.conf import setting
from matching.models import MatchCandidate
from matching.permissions import READERS
from matching.supply import AXES, EMPTY, PERIODS, Cell, Missing

PER_PAGE = 50
SHADES = 5
MEASURES: dict[str, str | Promise] = {
    "gap": gettext_lazy("부족"),
    "demand": gettext_lazy("수요"),
    "supply": gettext_lazy("공급"),
    "verified": gettext_lazy("확인된 공급"),
    "wait": gettext_lazy("대기"),
}
PERIOD_LABELS: dict[int, str | Promise] = {
    90: gettext_lazy("최근 90일"),
    365: gettext_lazy("최근 1년"),
    0: gettext_lazy("전체 기간"),
}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; unknown values give way to the usual ones."""

    period: int
    rows: str
    columns: str
    measure: str

    @classmethod
    def of(cls, request: HttpRequest, nodes: Sequence[TaxonomyNode]) -> Asked:
        get = request.GET.get
        branches = {n.code: n.axis for n in nodes if n.parent_id is None} | {a: a for a in AXES}
        period = get("period", "")
        rows = get("rows", "")
        rows = rows if rows in branches else "tech"
        columns = get("cols", "")
        if columns not in branches or branches[columns] == branches[rows]:
            columns = next(a for a in ("domain", "tech") if a != branches[rows])
        measure = get("measure", "")
        return cls(
            period=int(period) if period in map(str, PERIODS) else 365,
            rows=rows,
            columns=columns,
            measure=measure if measure in MEASURES else "gap",
        )

    def address(self, **changed: Any) -> str:
        """The map with something changed."""
        facts = {"period": self.period, "rows": self.rows, "cols": self.columns,
                 "measure": self.measure, **changed}  # fmt: skip
        return f"{reverse('matching:supply')}?{urlencode(facts)}"


@dataclass(frozen=True)
class Shown:
    """One cell as the page shows it: shade 0 to ``SHADES`` and the lists behind its numbers."""

    cell: Cell
    shade: int
    codes: tuple[str, ...]
    period: int

    def _list(self, route: str, **facts: Any) -> str:
        query = [("node", code) for code in self.codes] + list(facts.items())
        return f"{reverse(route)}?{urlencode(query)}"

    @property
    def requests(self) -> str:
        return self._list("matching:supply_requests", period=self.period)

    @property
    def decided(self) -> str:
        return self._list("matching:supply_requests", period=self.period, only="decided")

    @property
    def bare(self) -> str:
        return self._list("matching:supply_requests", period=self.period, only="bare")

    @property
    def people(self) -> str:
        return self._list("matching:supply_people")

    @property
    def verified(self) -> str:
        return self._list("matching:supply_people", verified="1")


def vocabulary() -> list[TaxonomyNode]:
    """All nodes in the order of their codes."""
    return list(TaxonomyNode.objects.select_related("parent").order_by("code"))


@role_required(*READERS)
@require_safe
def supply_map(request: HttpRequest) -> HttpResponse:
    """Heat map of two axes, bars of every axis, and what is missing."""
    nodes = vocabulary()
    asked = Asked.of(request, nodes)
    since = supply.start_of(asked.period, timezone.localdate())
    leaves = supply.by_leaf(nodes, since)
    context = {
        "asked": asked,
        "measures": _tabs(asked),
        "periods": [(label, asked.address(period=days), days == asked.period)
                    for days, label in PERIOD_LABELS.items()],
        "sides": _sides(nodes, asked),
        "map": _map(nodes, asked, since),
        "legend": _legend(asked.measure),
        "axes": [_bars(axis, nodes, leaves, asked.period) for axis in AXES],
        "lacking": _lacking(supply.missing(nodes, leaves), asked.period),
        "per_request": setting("SUPPLY_EXPERTS_PER_REQUEST"),
        "export": f"{reverse('matching:supply_export')}?{urlencode({'period': asked.period})}",
    }  # fmt: skip
    return render(request, "matching/supply.html", context)


def _tabs(asked: Asked) -> list[tuple[Any, str, None, bool]]:
    return [(label, asked.address(measure=code), None, code == asked.measure)
            for code, label in MEASURES.items()]  # fmt: skip


def _sides(nodes: Sequence[TaxonomyNode], asked: Asked) -> list[tuple[str, str, list[Any]]]:
    """(name, label, options) of the two selects: axes and, below each, its branches."""
    return [
        (name, label, [(c, t, c == chosen) for c, t in _choices(nodes)])
        for name, label, chosen in (
            ("rows", _("세로"), asked.rows),
            ("cols", _("가로"), asked.columns),
        )
    ]


def _choices(nodes: Sequence[TaxonomyNode]) -> list[tuple[str, str]]:
    found = []
    for axis in AXES:
        found.append((axis, _("%(axis)s 전체") % {"axis": Axis(axis).label}))
        branches = (n for n in nodes if n.axis == axis and n.parent_id is None)
        found += [(n.code, f"└ {n.label}") for n in branches]
    return found


def _map(nodes: Sequence[TaxonomyNode], asked: Asked, since: Any) -> dict[str, Any]:
    rows, columns = (supply.heading(nodes, code) for code in (asked.rows, asked.columns))
    sides = (supply.keys(nodes, rows), supply.keys(nodes, columns))
    found, counted_at = supply.counted(*sides, since)
    most = max((_value(cell, asked.measure) for cell in found.values()), default=0)
    lines = []
    for row in rows:
        shown = []
        for column in columns:
            cell = found.get((row.pk, column.pk), EMPTY)
            shade = _shade(cell, asked.measure, most)
            shown.append((column, Shown(cell, shade, (row.code, column.code), asked.period)))
        lines.append((row, shown))
    return {"columns": columns, "lines": lines, "opens_row": asked.rows in AXES,
            "opens_column": asked.columns in AXES, "counted_at": counted_at}  # fmt: skip


def _value(cell: Cell, measure: str) -> float:
    values = {"demand": cell.demand, "supply": cell.supply, "verified": cell.verified,
              "wait": cell.days or 0, "gap": cell.short}  # fmt: skip
    return float(values[measure])


def _shade(cell: Cell, measure: str, most: float) -> int:
    """0: nothing; else 1 to ``SHADES``, in equal steps up to the greatest value of the map."""
    value = _value(cell, measure)
    if measure == "wait" and cell.bare and not value:
        return SHADES
    return min(SHADES, 1 + int(SHADES * value / most)) if value and most else 0


def _legend(measure: str) -> list[tuple[int, str]]:
    """(shade, meaning) of the ends and the middle of the scale."""
    ends = {
        "gap": (_("부족하지 않음"), _("가장 많이 부족함")),
        "wait": (_("기록 없음"), _("가장 오래 기다림")),
    }
    none, most = ends.get(measure, (_("없음"), _("가장 많음")))
    return [(0, none), (1, _("적음")), (3, _("중간")), (SHADES, most)]


def _bars(
    axis: str, nodes: Sequence[TaxonomyNode], leaves: dict[int, Cell], period: int
) -> tuple[Any, list[tuple[TaxonomyNode, Shown, int, int]]]:
    """(label, lines) of one axis: demand and verified people of each leaf, with lengths of bars."""
    of_axis = [n for n in nodes if n.axis == axis and n.parent_id]
    asked = max((leaves.get(n.pk, EMPTY).demand for n in of_axis), default=0) or 1
    people = max((leaves.get(n.pk, EMPTY).verified for n in of_axis), default=0) or 1
    lines = []
    for node in of_axis:
        cell = leaves.get(node.pk, EMPTY)
        shown = Shown(cell, 0, (node.code,), period)
        lines.append((node, shown, 100 * cell.demand // asked, 100 * cell.verified // people))
    return Axis(axis).label, lines


def _lacking(rows: Sequence[Missing], period: int) -> list[tuple[bool, list[Any]]]:
    """(is it a lack of people, lines): first too few people, then only waiting requests."""
    return [
        (short, [_row(row, period) for row in rows if bool(row.cell.short) is short])
        for short in (True, False)
    ]


def _row(row: Missing, period: int) -> tuple[Missing, Shown, list[str]]:
    return row, Shown(row.cell, 0, (row.node.code,), period), reasons(row)


def reasons(row: Missing) -> list[str]:
    """What speaks for a lack, in sentences."""
    cell = row.cell
    told = []
    if cell.short and not cell.verified:
        told.append(_("확인된 전문가가 없습니다."))
    elif cell.short:
        facts = {"demand": cell.demand, "verified": cell.verified, "short": cell.short}
        told.append(
            _("요청 %(demand)s건에 확인된 전문가가 %(verified)s명으로 %(short)s명 모자랍니다.")
            % facts
        )
    if cell.bare:
        told.append(_("후보 없이 기다리는 요청이 %(count)s건 있습니다.") % {"count": cell.bare})
    if row.is_slow:
        days = {"days": f"{cell.days:.0f}", "usual": f"{row.typical_days:.0f}"}
        told.append(_("선정까지 %(days)s일 걸려 보통(%(usual)s일)보다 오래 걸립니다.") % days)
    return told


@role_required(*READERS)
@require_safe
def supply_export(request: HttpRequest) -> HttpResponse:
    """Missing expertise as a table for a call for experts."""
    nodes = vocabulary()
    asked = Asked.of(request, nodes)
    since = supply.start_of(asked.period, timezone.localdate())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="missing-expertise.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([_("순위"), _("코드"), _("축"), _("분야"), _("수요"), _("공급"),
                     _("확인된 공급"), _("모자란 사람"), _("후보 없는 요청"), _("대기(일)"),
                     _("이유")])  # fmt: skip
    for place, row in enumerate(supply.missing(nodes, supply.by_leaf(nodes, since)), 1):
        cell, node = row.cell, row.node
        days = "" if cell.days is None else f"{cell.days:.1f}"
        writer.writerow([place, node.code, Axis(node.axis).label, node.label, cell.demand,
                         cell.supply, cell.verified, cell.short, cell.bare, days,
                         " ".join(reasons(row))])  # fmt: skip
    return response


def _chosen(request: HttpRequest, nodes: Sequence[TaxonomyNode]) -> list[TaxonomyNode]:
    wanted = request.GET.getlist("node")[:3]
    return [n for n in nodes if n.code in wanted]


def _carrying(rows: QuerySet[Any], table: Any, owner: str, chosen: Sequence[TaxonomyNode]) -> Any:
    """Rows that carry every chosen field, or one below it."""
    for node in chosen:
        named = Q(node_id=node.pk) | Q(node__parent_id=node.pk)
        rows = rows.filter(Exists(table.objects.filter(named, **{owner: OuterRef("pk")})))
    return rows


@role_required(*READERS)
@require_safe
def supply_requests(request: HttpRequest) -> HttpResponse:
    """The requests behind a number."""
    nodes = vocabulary()
    chosen, asked = _chosen(request, nodes), Asked.of(request, nodes)
    since = supply.start_of(asked.period, timezone.localdate())
    rows = Request.objects.visible_to(request.user).filter(submitted_at__gte=since)
    rows = _carrying(rows, RequestField, "request", chosen).for_lists()
    only = request.GET.get("only", "")
    if only == "decided":
        rows = rows.exclude(decided_at=None)
    elif only == "bare":
        proposed = MatchCandidate.objects.filter(run__request=OuterRef("pk"), run__state="done")
        rows = rows.filter(~Exists(proposed.order_by()), state__in=OPEN_STATES)
    context = {
        "chosen": chosen,
        "only": only,
        "period": PERIOD_LABELS[asked.period],
        "page_obj": Paginator(rows.order_by("-submitted_at", "pk"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "back": asked.address(),
    }
    return render(request, "matching/supply_requests.html", context)


@role_required(*READERS)
@require_safe
def supply_people(request: HttpRequest) -> HttpResponse:
    """The people behind a number, as the directory names them."""
    nodes = vocabulary()
    chosen = _chosen(request, nodes)
    today = timezone.localdate()
    people = Expert.objects.visible_to(request.user).approved()
    people = people.filter(Q(expires_on=None) | Q(expires_on__gte=today))
    people = _carrying(people, ExpertField, "expert", chosen)
    proven = Claim.objects.verified(today).filter(expert=OuterRef("pk"))
    verified = request.GET.get("verified") == "1"
    if verified:
        people = people.filter(Exists(proven.order_by()))
    lines = Claim.objects.verified(today).filter(expert=OuterRef("pk")).order_by()
    counted = lines.values("expert").annotate(n=Count("pk")).values("n")
    people = people.annotate(verified_lines=counted).order_by("name_ko", "name_en", "pk")
    context = {
        "chosen": chosen,
        "verified": verified,
        "page_obj": Paginator(people.prefetch_related("fields__node"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "back": Asked.of(request, nodes).address(),
    }
    return render(request, "matching/supply_people.html", context)
