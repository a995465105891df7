"""A proposed committee, its needs and its matrix, in words and in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consulting.models import Request
from experts.models import Axis, Expert
from matching.coverage import Cell, Matrix, level_of
from matching.eligibility import Exclusion, check_many
from matching.models import Panel, PanelMember
from matching.needs import Need, Source
from matching.selectors.cards import Evidence, english, evidence_of, main_affiliation
from matching.taxonomy import label_of

LEVELS = {
    "full": gettext_lazy("충분"),
    "part": gettext_lazy("일부"),
    "none": gettext_lazy("없음"),
}
RELATIONS = {
    "exact": gettext_lazy("분야 일치"),
    "parent": gettext_lazy("가까운 분야(상하위)"),
    "sibling": gettext_lazy("가까운 분야(형제)"),
}
TRAITS = {
    ("origin", "domestic"): gettext_lazy("국내 전문가"),
    ("origin", "overseas"): gettext_lazy("해외 전문가"),
    ("sector", "academia"): gettext_lazy("학계"),
    ("sector", "industry"): gettext_lazy("산업계"),
    ("sector", "public"): gettext_lazy("공공"),
}
#: from so many people on, a matrix shows words and numbers alone, and the reasons below it
MANY = 5
#: what somebody adds to a need counts in words from here on
WORTH_SAYING = 0.1


@dataclass(frozen=True)
class NeedRow:
    """A need as people read it. covered: by the people shown together; ``None`` without people."""

    label: str
    axis: str
    axis_code: str
    share: float
    sources: list[str]
    covered: float | None = None

    @property
    def level(self) -> str:
        return level_of(self.covered or 0.0)

    @property
    def level_word(self) -> str:
        return str(LEVELS[self.level])


@dataclass(frozen=True)
class CellView:
    """One person and one need: value, word, and what stands behind it."""

    name: str
    value: float
    reason: str
    evidence: Evidence | None

    @property
    def level(self) -> str:
        return level_of(self.value)

    @property
    def level_word(self) -> str:
        return str(LEVELS[self.level])


@dataclass(frozen=True)
class Coverage:
    """The matrix for a page: (need, one cell per person) rows, in the order of needs."""

    names: list[str]
    rows: list[tuple[NeedRow, list[CellView]]]

    @property
    def is_dense(self) -> bool:
        """Whether there are so many people that names stand upright and reasons below."""
        return len(self.names) >= MANY

    @property
    def reasons(self) -> list[tuple[NeedRow, list[CellView]]]:
        """For each need the cells that say what they rest on, the fullest first."""
        told = (
            (need, sorted((c for c in cells if c.reason), key=lambda c: -c.value))
            for need, cells in self.rows
        )
        return [(need, cells) for need, cells in told if cells]

    @property
    def uncovered(self) -> list[NeedRow]:
        """Needs that nobody of these people answers."""
        return [need for need, _cells in self.rows if need.level == "none"]


def language() -> str:
    return "en" if english() else "ko"


def source_words(source: Source) -> str:
    """Where a need comes from, in a few words."""
    words = ", ".join(source.words)
    if source.kind == "text":
        return _("글에서 찾음: %(words)s") % {"words": words} if words else _("글에서 찾음")
    if source.kind == "keyword":
        return _("요청서의 키워드: %(words)s") % {"words": words}
    if source.kind == "similar":
        numbers = ", ".join(source.requests[:3])
        return _("비슷한 요청 %(numbers)s에서") % {"numbers": numbers}
    plain = {
        "field": _("요청서에 적힘"),
        "desk": _("담당자가 더함"),
        "meaning": _("글의 뜻이 가까움"),
    }
    return plain[source.kind]


def need_row(need: Need, covered: float | None = None) -> NeedRow:
    """A need in the reader's language."""
    return NeedRow(
        need.label(language()),
        str(Axis(need.axis).label),
        need.axis,
        need.weight,
        [source_words(source) for source in need.sources],
        covered,
    )


def reason_words(cell: Mapping[str, Any]) -> str:
    """What a value of the matrix rests on: the field, and how many pieces of evidence name it."""
    told = []
    if cell["relation"]:
        told.append(f"{RELATIONS[cell['relation']]}: {label_of(cell['tag'], language())}")
    if cell["named"]:
        told.append(_("근거 %(count)s건") % {"count": cell["named"]})
    if not told and cell["quote"]:
        told.append(_("뜻이 가까운 근거"))
    return " · ".join(told)


def cell_view(name: str, cell: Mapping[str, Any]) -> CellView:
    """A stored cell of the matrix for a page."""
    return CellView(
        name, cell["value"], reason_words(cell), evidence_of({"evidence": cell["quote"]})
    )


def coverage_of(
    needs: Sequence[Need], people: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]
) -> Coverage:
    """The matrix of people given as (name, cells); together they cover 1 - Π(1 - value)."""
    listed = [(name, cells) for name, cells in people if len(cells) == len(needs)]
    rows = []
    for n, need in enumerate(needs):
        open_part = 1.0
        for _name, cells in listed:
            open_part *= 1 - cells[n]["value"]
        views = [cell_view(name, cells[n]) for name, cells in listed]
        rows.append((need_row(need, 1 - open_part), views))
    return Coverage([name for name, _cells in listed], rows)


def coverage_now(matrix: Matrix, experts: Sequence[Expert]) -> Coverage:
    """The matrix as it is now, for these experts."""
    people = [
        (expert.name, [cell.as_json() for cell in matrix.rows.get(expert.pk, ())])
        for expert in experts
    ]
    return coverage_of(matrix.needs, people)


def cells_json(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    return [cell.as_json() for cell in cells]


@dataclass(frozen=True)
class MemberView:
    """A proposed person: where he works, what he adds, whether he may still be named."""

    member: PanelMember
    affiliation: str
    adds: list[tuple[str, float]]
    exclusions: list[Exclusion]
    is_old: bool


@dataclass(frozen=True)
class PanelView:
    """A proposal as the page shows it."""

    panel: Panel
    members: list[MemberView]
    alternates: list[MemberView]
    coverage: Coverage
    wishes: list[tuple[str, bool, str]]
    is_open: bool


def panel_view(panel: Panel, request: Request) -> PanelView:
    """A stored proposal with eligibility as of now."""
    rows = panel.members.select_related("expert").prefetch_related("expert__claims")
    members = sorted(rows, key=lambda m: (m.role != "member", m.place))
    barred = check_many(request, [m.expert_id for m in members])
    needs = [Need.from_json(row) for row in panel.needs]
    views = [_member_view(m, needs, barred.get(m.expert_id, [])) for m in members]
    sitting = [v for v in views if v.member.role == PanelMember.Role.MEMBER]
    return PanelView(
        panel=panel,
        members=sitting,
        alternates=[v for v in views if v not in sitting],
        coverage=coverage_of(needs, [(v.member.expert.name, v.member.cells) for v in sitting]),
        wishes=[wish_words(wish) for wish in panel.outcome.get("wishes", [])],
        is_open=panel.state == Panel.State.PROPOSED and panel.request_version == request.version,
    )


def _member_view(
    member: PanelMember, needs: Sequence[Need], exclusions: list[Exclusion]
) -> MemberView:
    order = sorted(range(len(member.adds)), key=lambda n: -member.adds[n] * needs[n].weight)
    adds = [
        (needs[n].label(language()), member.adds[n])
        for n in order
        if member.adds[n] >= WORTH_SAYING
    ]
    return MemberView(
        member,
        main_affiliation(member.expert.claims.all()),
        adds,
        exclusions,
        member.expert_version != member.expert.version,
    )


def wish_words(wish: Mapping[str, Any]) -> tuple[str, bool, str]:
    """(the wish, whether it is met, why not)."""
    label = str(TRAITS[wish["trait"], wish["value"]])
    asked = _("%(label)s %(least)s명 이상") % {"label": label, "least": wish["least"]}
    if wish["reached"] >= wish["least"]:
        return asked, True, _("%(count)s명이 들어 있습니다.") % {"count": wish["reached"]}
    facts = {"reached": wish["reached"], "available": wish["available"]}
    if wish["available"] < wish["least"]:
        text = _("적격한 후보 가운데 %(available)s명뿐입니다. 지금 %(reached)s명이 들어 있습니다.")
    else:
        text = _(
            "후보 %(available)s명 가운데 %(reached)s명이 들어 있습니다. 더 넣으면 적합도와 "
            "전문성의 폭이 그보다 더 낮아집니다."
        )
    return asked, False, text % facts


def panels_of(user: Any, request: Request) -> list[Panel]:
    """Proposals for a request that this person may see, the newest first."""
    rows = Panel.objects.visible_to(user).of(request)
    return list(rows.select_related("made_by", "adopted_by", "run"))
