"""Up to four candidates side by side: the same rows for all, differences marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from content.scores import hundredths
from content.templatetags.bridge import rough_percent
from content.ui import Row
from experts.choices import Language, Region
from experts.models import Axis
from matching.selectors.cards import Card
from matching.selectors.panels import Coverage

MOST = 4
EMPTY = "–"
Table = list[tuple[str, Callable[[Card], Any]]]


def compare_groups(
    cards: Sequence[Card], covering: Sequence[Row] = ()
) -> list[tuple[str, list[Row]]]:
    """Heading and rows of each table, ``covering`` after the score; a row differs by its cells."""
    score: Table = [
        (_("추천 순위"), lambda c: c.candidate.rank or _("직접 추가")),
        (_("적합도"), lambda c: _number(c.candidate.score)),
        (_("적합 가능성"), lambda c: rough_percent(c.chance) or EMPTY),
        *[(str(label), _part(str(label))) for label in _part_labels(cards)],
        (_("가장 가까운 근거"), _evidence),
        (_("일치한 분류"), _tags),
    ]
    about: Table = [
        *[(str(label), _fields(axis)) for axis, label in Axis.choices],
        (_("소속"), lambda c: c.affiliation or EMPTY),
        (_("확인됨"), lambda c: " · ".join(c.proofs) or EMPTY),
        (_("언어"), lambda c: _languages(c)),
        (_("활동 지역"), lambda c: dict(Region.choices).get(c.expert.region, c.expert.region)),
        (_("이번 달"), lambda c: f"{c.decided}/{c.expert.monthly_cap}"),
        (_("적격 여부"), _eligible),
        (_("표시"), lambda c: c.candidate.get_mark_display() or _("미정")),
    ]
    groups = [
        (_("점수와 근거"), _rows(score, cards)),
        (_("필요한 전문성"), list(covering)),
        (_("분야와 소속"), _rows(about, cards)),
    ]
    return [(label, rows) for label, rows in groups if rows]


def _rows(table: Table, cards: Sequence[Card]) -> list[Row]:
    return [_row(label, [cell(card) for card in cards]) for label, cell in table]


def coverage_rows(coverage: Coverage) -> list[Row]:
    """One row per need of the request: how far each person answers it."""
    label = _("%(need)s (%(axis)s)")
    return [
        _row(
            label % {"axis": need.axis, "need": need.label},
            [f"{cell.level_word} {cell.value:.2f}" for cell in cells],
        )
        for need, cells in coverage.rows
        if cells
    ]


def _row(label: str, cells: list[Any]) -> Row:
    return Row(label, cells, differs=len({str(cell) for cell in cells}) > 1)


def _number(value: float | None) -> str:
    return EMPTY if value is None else f"{value:.2f}"


def _part_labels(cards: Sequence[Card]) -> list[str]:
    """Names of the contributions that any of these people has, in the order of the score."""
    return list(dict.fromkeys(label for card in cards for label, _value in card.parts))


def _part(label: str) -> Callable[[Card], str]:
    def cell(card: Card) -> str:
        shown = hundredths([value for _label, value in card.parts])
        named = {name: value for (name, _), value in zip(card.parts, shown, strict=True)}
        return _number(named.get(label))

    return cell


def _tags(card: Card) -> Any:
    """Matched tags with their relation, in the same chips as on the list."""
    chips = [{"label": tag.label, "kind": tag.relation} for tag in card.nearest_tags]
    drawn = ((render_to_string("fragments/match_tag.html", chip),) for chip in chips)
    return format_html_join(" ", "{}", drawn) or EMPTY


def _fields(axis: str) -> Callable[[Card], Any]:
    return lambda card: _list(
        [f.node.label for f in card.expert.fields.all() if f.node.axis == axis]
    )


def _list(items: Sequence[str]) -> Any:
    return ", ".join(items) or EMPTY


def _languages(card: Card) -> str:
    labels = dict(Language.choices)
    return ", ".join(str(labels.get(code, code)) for code in card.expert.languages) or EMPTY


def _evidence(card: Card) -> Any:
    if card.evidence is None:
        return EMPTY
    year = f", {card.evidence.year}" if card.evidence.year else ""
    verified = _("확인됨") if card.evidence.verification == "verified" else _("본인 기재")
    source = f"{card.evidence.kind}{year}, {verified}"
    return format_html("“{}” <span class='b-muted'>{}</span>", card.evidence.text, source)


def _eligible(card: Card) -> Any:
    if not card.exclusions:
        return _("적격")
    return format_html_join(" / ", "{}", ((e.sentence,) for e in card.exclusions))
