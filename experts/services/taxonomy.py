"""Bringing the vocabulary up to date from its file. Codes are closed, never deleted."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.text import clean_line
from experts import events
from experts.models import Axis, Expert, ExpertPool, TaxonomyNode

RESOURCE = Path(__file__).resolve().parent.parent / "resources" / "taxonomy.csv"
COLUMNS = (
    "code", "parent", "axis", "ko", "en", "aliases", "valid_from", "valid_to", "replaced_by",
)  # fmt: skip
POOLS = (
    ("bridge", "브리지 자문단", "Bridge advisers"),
    ("in-house", "재단 내부 전문가", "In-house experts"),
)


class TaxonomyFileError(ValueError):
    """The file cannot be used; ``problems`` are sentences that name their lines."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Row:
    """One checked line of the file."""

    code: str
    parent: str
    axis: str
    ko: str
    en: str
    aliases: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    replaced_by: str


@dataclass
class Report:
    """What a load did."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.added) + len(self.changed)


def load_taxonomy(path: Path = RESOURCE, by: Any = None) -> Report:
    """Add and change nodes so that they say what the file says. Loading twice changes nothing.

    Raises ``TaxonomyFileError``; then nothing has changed. A code that is in use and missing
    from the file is a problem of the file: it should be there with ``valid_to``.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = read_rows(lines)
    with transaction.atomic():
        known = {node.code: node for node in TaxonomyNode.objects.select_for_update()}
        _refuse_missing(known, rows)
        report = _store(known, rows)
        if known and report.total:
            _tell(report, by)
    return report


def _tell(report: Report, by: Any) -> None:
    """Labels stand in search documents, so every profile that carries a changed node is touched."""
    from experts.changes import touch

    first = TaxonomyNode.objects.get(code=(report.added + report.changed)[0])
    events.taxonomy_loaded(first, report.total, by)
    carried = Expert.objects.filter(fields__node__code__in=report.changed)
    touch(carried.values_list("pk", flat=True).distinct())


def read_rows(lines: Iterable[str]) -> list[Row]:
    """Parse and check the file's lines. Raises ``TaxonomyFileError`` naming each bad line."""
    reader = csv.DictReader(lines)
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise TaxonomyFileError(
            [_("첫 줄에 열이 없습니다: %(names)s") % {"names": ", ".join(missing)}]
        )
    problems: list[str] = []
    rows: dict[str, Row] = {}
    for number, raw in enumerate(reader, start=2):
        row, found = _read(raw)
        if row is not None and row.code in rows:
            found.append(_("코드 %(code)s이(가) 두 번 나옵니다.") % {"code": row.code})
        problems += [_at(number, text) for text in found]
        if row is not None:
            rows.setdefault(row.code, row)
    problems += _tree_problems(rows)
    if problems:
        raise TaxonomyFileError(problems)
    return list(rows.values())


def _at(number: int, text: str) -> str:
    return _("%(number)s행: %(text)s") % {"number": number, "text": text}


def _read(raw: Mapping[str, str | None]) -> tuple[Row | None, list[str]]:
    text = {name: clean_line(raw.get(name) or "") for name in COLUMNS}
    found = [
        _("%(name)s 열이 비어 있습니다.") % {"name": name}
        for name in ("code", "axis", "ko", "en", "valid_from")
        if not text[name]
    ]
    if text["axis"] and text["axis"] not in Axis.values:
        found.append(_("알 수 없는 축입니다: %(axis)s") % {"axis": text["axis"]})
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_to"):
        try:
            days[name] = date.fromisoformat(text[name]) if text[name] else None
        except ValueError:
            found.append(_("날짜가 아닙니다: %(value)s") % {"value": text[name]})
    starts, ends = days.get("valid_from"), days.get("valid_to")
    if starts and ends and ends < starts:
        found.append(_("유효 종료가 유효 시작보다 앞섭니다."))
    if found or starts is None:
        return None, found
    aliases = tuple(dict.fromkeys(filter(None, map(clean_line, text["aliases"].split("|")))))
    words = {name: text[name] for name in ("code", "parent", "axis", "ko", "en", "replaced_by")}
    return Row(**words, aliases=aliases, valid_from=starts, valid_to=ends), found


def _tree_problems(rows: Mapping[str, Row]) -> list[str]:
    problems = []
    for row in rows.values():
        parent = rows.get(row.parent)
        if row.parent and (parent is None or parent.axis != row.axis or parent.parent):
            text = _("%(code)s: 상위 코드 %(parent)s이(가) 같은 축의 윗단계에 없습니다.")
            problems.append(text % {"code": row.code, "parent": row.parent})
        if row.replaced_by and row.replaced_by not in rows:
            text = _("%(code)s: 대체 코드 %(other)s이(가) 없습니다.")
            problems.append(text % {"code": row.code, "other": row.replaced_by})
    return problems


def _refuse_missing(known: Mapping[str, TaxonomyNode], rows: Iterable[Row]) -> None:
    gone = sorted(set(known) - {row.code for row in rows})
    text = _("코드 %(code)s이(가) 파일에 없습니다. 지우지 말고 valid_to를 적어 주십시오.")
    if gone:
        raise TaxonomyFileError([text % {"code": code} for code in gone])


def _store(known: dict[str, TaxonomyNode], rows: list[Row]) -> Report:
    report = Report()
    nodes = dict(known)
    for row in sorted(rows, key=lambda r: bool(r.parent)):  # branches first
        node = nodes.get(row.code) or TaxonomyNode(code=row.code)
        values = _values(row, nodes)
        if node.pk and all(getattr(node, name) == value for name, value in values.items()):
            continue
        (report.changed if node.pk else report.added).append(row.code)
        for name, value in values.items():
            setattr(node, name, value)
        node.save()
        nodes[row.code] = node
    for row in rows:
        _link(nodes, row)
    return report


def _values(row: Row, nodes: Mapping[str, TaxonomyNode]) -> dict[str, Any]:
    return {
        "axis": row.axis,
        "parent_id": nodes[row.parent].pk if row.parent else None,
        "label_ko": row.ko,
        "label_en": row.en,
        "aliases": list(row.aliases),
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


def _link(nodes: Mapping[str, TaxonomyNode], row: Row) -> None:
    node = nodes[row.code]
    other = nodes[row.replaced_by].pk if row.replaced_by else None
    if node.replaced_by_id != other:
        TaxonomyNode.objects.filter(pk=node.pk).update(replaced_by_id=other)


def load_pools() -> None:
    """The pools that every installation starts with; more are made in the admin."""
    for code, name_ko, name_en in POOLS:
        ExpertPool.objects.get_or_create(
            code=code, defaults={"name_ko": name_ko, "name_en": name_en}
        )
