"""Committees: suggested fields decided on, a panel proposed and adopted by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Request
from experts.models import Expert, TaxonomyNode
from matching.coverage import Matrix
from matching.events import committees as events
from matching.models import DeskField, MatchCandidate, MatchRun, Panel, PanelMember
from matching.panels.selection import Choice, Problem, Terms, Wish, choose, next_best
from matching.permissions import may_match
from matching.selectors.committee import current_employers, matrix_of
from matching.services.pool import Pool, pool_of
from matching.services.shortlist import _open_list, add_candidate, mark
from matching.services.texts import needed
from matching.taxonomy import label_of

MOST_SEATS, MOST_ALTERNATES = 15, 15
#: problem → the form field that it stands at, and the sentence
_WORDS = {
    "both": ("excluded", gettext_lazy("꼭 넣을 사람과 뺄 사람에 함께 들어 있습니다: %(names)s")),
    "too_many_mandatory": (
        "seats",
        gettext_lazy(
            "꼭 넣을 사람이 %(count)s명인데 자리는 %(seats)s개입니다. "
            "자리를 늘리거나 사람을 줄여 주십시오."
        ),
    ),
    "not_eligible": (
        "mandatory",
        gettext_lazy("지금 적격이 아니어서 넣을 수 없습니다: %(names)s"),
    ),
    "mandatory_organisation": (
        "per_organisation",
        gettext_lazy(
            "꼭 넣을 사람 가운데 같은 기관 소속이 %(count)s명입니다: %(names)s. "
            "기관별 한도를 늘리거나 한 명을 빼 주십시오."
        ),
    ),
    "too_few": (
        "seats",
        gettext_lazy("적격한 후보가 %(count)s명뿐이어서 %(seats)s자리를 채울 수 없습니다."),
    ),
    "limit_too_small": (
        "per_organisation",
        gettext_lazy(
            "기관마다 %(limit)s명까지로는 %(count)s자리만 채울 수 있습니다. "
            "기관별 한도를 늘리거나 자리를 줄여 주십시오."
        ),
    ),
}


@dataclass(frozen=True)
class Asked:
    """What staff want of a committee. wishes: (trait, value, at least); ids are experts'."""

    seats: int
    alternates: int = 0
    per_organisation: int = 1
    wishes: tuple[tuple[str, str, int], ...] = ()
    mandatory: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()

    def as_json(self) -> dict[str, Any]:
        facts = asdict(self)
        return {**facts, "mandatory": sorted(self.mandatory), "excluded": sorted(self.excluded)}


class Made(NamedTuple):
    """A choice with what it was made from."""

    pool: Pool
    terms: Terms
    choice: Choice
    others: list[int]
    #: coverage with quotes of the people chosen
    matrix: Matrix


def decide_field(request_id: int, code: str, state: str, by: Any) -> DeskField:
    """Take a suggested field up for this request, or set it aside; the form stays as filed."""
    if not may_match(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    if state not in DeskField.State.values:
        raise MissingFacts({"state": _("알 수 없는 표시입니다.")})
    with transaction.atomic():
        request = Request.objects.select_for_update(of=("self",)).get(pk=request_id)
        node = TaxonomyNode.objects.filter(code=code).first()
        if node is None:
            raise MissingFacts({"code": _("알 수 없는 분야입니다.")})
        row, _made = DeskField.objects.update_or_create(
            request=request,
            node=node,
            defaults={"state": state, "by": by, "at": timezone.now()},
        )
        events.field_decided(request, by, node, str(DeskField.State(state).label))
    return row


def propose_panel(request_id: int, by: Any, asked: Asked) -> Panel:
    """Choose a committee and keep it as a proposal; an older open proposal is replaced.

    Raises ``MissingFacts`` with a sentence for each contradiction; nothing is stored then.
    """
    request, run = _ready(request_id, by)
    _check_sizes(asked)
    pool = pool_of(request, run)
    if not pool.needs:
        text = _(
            "이 요청에서 필요한 전문성을 찾지 못했습니다. 요청 화면에서 관련 분야를 더해 주십시오."
        )
        raise MissingFacts({"seats": text})
    terms = Terms(
        seats=asked.seats,
        weights=pool.weights,
        per_organisation=asked.per_organisation,
        wishes=tuple(Wish(*wish) for wish in asked.wishes if wish[2] > 0),
        mandatory=asked.mandatory,
        excluded=asked.excluded,
    )
    chosen = choose(pool.people, terms)
    if isinstance(chosen, list):
        raise MissingFacts(sentences(chosen, pool))
    others = next_best(pool.people, terms, chosen.keys, asked.alternates)
    matrix = matrix_of(pool.needs, [*chosen.keys, *others])
    with transaction.atomic():
        locked, run = _open_list(request_id, by)
        if locked.version != request.version:
            raise Conflict(_("그 사이에 요청이 바뀌었습니다. 화면을 새로 고쳐 주십시오."))
        panel = _stored(locked, run, by, asked, Made(pool, terms, chosen, others, matrix))
        events.panel_proposed(panel, by, chosen.keys, others)
    return panel


def _ready(request_id: int, by: Any) -> tuple[Request, MatchRun]:
    """The request and its open list, read without a lock: choosing takes a moment."""
    with transaction.atomic():
        return _open_list(request_id, by)


def _check_sizes(asked: Asked) -> None:
    limits = {
        "seats": (asked.seats, 1, MOST_SEATS),
        "alternates": (asked.alternates, 0, MOST_ALTERNATES),
        "per_organisation": (asked.per_organisation, 1, MOST_SEATS),
    }
    text = _("%(least)s부터 %(most)s까지 적을 수 있습니다.")
    wrong = {
        name: text % {"least": least, "most": most}
        for name, (value, least, most) in limits.items()
        if not least <= value <= most
    }
    if wrong:
        raise MissingFacts(wrong)


def sentences(problems: Sequence[Problem], pool: Pool) -> dict[str, str | list[str]]:
    """Form field → what stands against a committee, in words people can act on."""
    told: dict[str, list[str]] = {}
    for problem in problems:
        name, text = _WORDS[problem.code]
        facts = {**problem.facts, "names": pool.names(problem.keys)}
        told.setdefault(name, []).append(str(text) % facts)
    return dict(told)


def _stored(request: Request, run: MatchRun, by: Any, asked: Asked, made: Made) -> Panel:
    """The proposal and its people as rows; an older open proposal makes room."""
    State = Panel.State  # noqa: N806
    Panel.objects.filter(request=request, state=State.PROPOSED).update(state=State.REPLACED)
    panel = Panel.objects.create(
        request=request,
        run=run,
        request_version=request.version,
        terms=asked.as_json(),
        needs=[need.as_json() for need in made.pool.needs],
        outcome=_outcome(made),
        versions=made.pool.versions,
        made_by=by,
    )
    rows = [
        _member(panel, made, PanelMember.Role.MEMBER, place, addition.key, addition.covers)
        for place, addition in enumerate(made.choice.additions, 1)
    ]
    rows += [
        _member(panel, made, PanelMember.Role.ALTERNATE, place, key, ())
        for place, key in enumerate(made.others, 1)
    ]
    PanelMember.objects.bulk_create(rows)
    return panel


def _outcome(made: Made) -> dict[str, Any]:
    available = [
        sum(p.traits.get(w.trait) == w.value for p in made.pool.people) for w in made.terms.wishes
    ]
    return {
        "coverage": [round(value, 4) for value in made.choice.coverage],
        "share": round(made.choice.share, 4),
        "pool": len(made.pool.people),
        "wishes": [
            {"trait": w.trait, "value": w.value, "least": w.least, "reached": n, "available": m}
            for w, n, m in zip(made.terms.wishes, made.choice.reached, available, strict=True)
        ],
    }


def _member(
    panel: Panel, made: Made, role: str, place: int, key: int, adds: Sequence[float]
) -> PanelMember:
    expert = made.pool.experts[key]
    person = next(p for p in made.pool.people if p.key == key)
    return PanelMember(
        panel=panel,
        expert=expert,
        role=role,
        place=place,
        is_mandatory=key in made.terms.mandatory,
        fit=person.fit,
        expert_version=expert.version,
        organisations=current_employers(expert.claims.all()),
        cells=[cell.as_json() for cell in made.matrix.rows.get(key, ())],
        adds=[round(value, 4) for value in adds],
    )


def adopt_panel(panel_id: int, by: Any, reason: str) -> Panel:
    """Mark the proposed people on the shortlist, with the reason: a person's decision.

    Members become chosen, alternates alternate, in the proposed order; who is not listed yet is
    added. All or nothing: one person who is no longer eligible stops it with the evidence.
    """
    reason = needed("reason", reason)
    found = Panel.objects.get(pk=panel_id)
    with transaction.atomic():
        request, _run = _open_list(found.request_id, by)
        panel = Panel.objects.select_for_update(of=("self",)).get(pk=panel_id)
        if panel.state != Panel.State.PROPOSED or panel.request_version != request.version:
            text = _("이 구성안은 이제 채택할 수 없습니다. 새로 만들어 주십시오.")
            raise Conflict(text, state=panel.state)
        members = list(panel.members.select_related("expert"))
        named: dict[str, list[int]] = {"member": [], "alternate": []}
        for member in sorted(members, key=lambda m: (m.role != "member", m.place)):
            named[member.role].append(member.expert_id)
            put_on_list(request.pk, member.expert, _MARKS[member.role], _reason(member, reason), by)
        panel.state, panel.reason = Panel.State.ADOPTED, reason
        panel.adopted_by, panel.adopted_at = by, timezone.now()
        panel.save()
        events.panel_adopted(panel, by, named["member"], named["alternate"])
    return panel


_MARKS = {"member": MatchCandidate.Mark.CHOSEN, "alternate": MatchCandidate.Mark.ALTERNATE}


def put_on_list(request_id: int, expert: Expert, as_what: str, reason: str, by: Any) -> None:
    """Mark a person on the open shortlist, who is added first where he is not listed."""
    rows = MatchCandidate.objects.filter(run__request_id=request_id, expert=expert)
    run = MatchRun.objects.with_list().filter(request_id=request_id).first()
    row = rows.filter(run=run).first() or add_candidate(request_id, expert.pk, reason, by)
    mark(request_id, row.pk, as_what, reason, by)


def _reason(member: PanelMember, reason: str) -> str:
    """The person's reason, and what the member adds by the proposal."""
    needs = member.panel.needs
    best = sorted(range(len(member.adds)), key=lambda n: -member.adds[n] * needs[n]["weight"])
    added = [label_of(needs[n]["code"]) for n in best[:3] if member.adds[n] >= 0.1]
    if not added:
        return reason
    return f"{reason} " + _("(구성안에서 더하는 것: %(fields)s)") % {"fields": ", ".join(added)}
