"""The shortlist of a request: header, cards, filters, and whether it is older than its facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.text import clean_line
from consulting.models import Request
from content.ui import Facet, FacetOption
from experts.choices import Language
from experts.models import Expert
from matching.eligibility import RULES
from matching.models import MatchCandidate, MatchRun
from matching.permissions import may_see_runs
from matching.selectors.cards import Card, cards_of


@dataclass(frozen=True)
class Shortlist:
    """What the page shows. ``is_current``: the list on which staff work now."""

    request: Request
    run: MatchRun
    cards: list[Card]
    is_current: bool
    request_changed: bool

    @property
    def is_open(self) -> bool:
        """Whether marks may be set and people added."""
        return self.is_current and self.request.state == Request.State.SHORTLISTED

    @property
    def old_cards(self) -> list[Card]:
        """People whose profile changed after the list was made."""
        return [card for card in self.cards if card.is_old]

    @property
    def is_old(self) -> bool:
        return self.request_changed or bool(self.old_cards)

    @property
    def named(self) -> list[Card]:
        """Chosen and alternates in the order of preference."""
        named = [card for card in self.cards if card.candidate.is_named]
        return sorted(named, key=lambda c: (c.candidate.preference or 99, c.candidate.pk))

    @property
    def chosen(self) -> list[Card]:
        return [c for c in self.named if c.candidate.mark == MatchCandidate.Mark.CHOSEN]

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return float(self.run.timings.get("total", 0)) / 1_000

    @property
    def counted_at(self) -> datetime | None:
        """When a large register was counted, where the run used an earlier count."""
        told = str(self.run.versions.get("counted_at") or "")
        at = datetime.fromisoformat(told) if told else None
        return at if at and self.run.started_at and at < self.run.started_at else None

    @property
    def exclusions(self) -> list[tuple[str, str, int]]:
        """(label, purpose, number) of each rule that kept people off the list."""
        counted = [(RULES[code], n) for code, n in self.run.exclusions.items() if code in RULES]
        return [(str(rule.label), str(rule.purpose), n) for rule, n in counted]


def request_for(user: Any, ref: str) -> QuerySet[Request]:
    """The request behind an address, if this person may see its runs; empty otherwise."""
    found = Request.objects.visible_to(user).by_ref(clean_line(ref))
    rows = found if may_see_runs(user) else found.none()
    return rows.select_related("kind", "department__root", "requester", "manager")


def current_run(request: Request) -> MatchRun | None:
    """The run with the list on which staff work, or worked last."""
    run = MatchRun.objects.with_list().filter(request=request).first()
    return _of(request, run)


def latest_run(request: Request) -> MatchRun | None:
    """The run started last, whatever became of it."""
    return _of(request, MatchRun.objects.filter(request=request).first())


def _of(request: Request, run: MatchRun | None) -> MatchRun | None:
    if run is not None:
        run.request = request
    return run


def shortlist(request: Request, run: MatchRun) -> Shortlist:
    """A run's list; only the newest one with a list can be worked on."""
    run.request = request
    newest = current_run(request)
    return Shortlist(
        request=request,
        run=run,
        cards=cards_of(run),
        is_current=newest is not None and newest.pk == run.pk,
        request_changed=run.request_version != request.version,
    )


Test = Callable[[Card, str], bool]
#: query parameter → whether a card has the value
TESTS: dict[str, Test] = {
    "tag": lambda card, value: any(t.code == value for t in card.tags),
    "origin": lambda card, value: card.expert.origin == value,
    "language": lambda card, value: value in card.expert.languages,
    "free": lambda card, value: (card.free > 0) == (value == "yes"),
    "mark": lambda card, value: (card.candidate.mark or "none") == value,
}


def filtered(cards: Iterable[Card], wanted: Mapping[str, Sequence[str]]) -> list[Card]:
    """Cards that have one of the values of every parameter given."""
    active = {name: values for name, values in wanted.items() if name in TESTS and any(values)}
    return [
        card
        for card in cards
        if all(any(TESTS[n](card, v) for v in values) for n, values in active.items())
    ]


def facets(cards: Sequence[Card], wanted: Mapping[str, Sequence[str]]) -> list[Facet]:
    """Filters with counts over the whole list."""
    labels = {
        "mark": (_("표시"), {"none": _("미정"), **_labels(MatchCandidate.Mark.choices)}),
        "tag": (_("일치한 분류"), {t.code: t.label for c in cards for t in c.tags}),
        "origin": (_("구분"), _labels(Expert.Origin.choices)),
        "language": (_("언어"), _labels(Language.choices)),
        "free": (_("이번 달 여유"), {"yes": _("여유 있음"), "no": _("한도 사용")}),
    }
    built = [
        Facet(name, label, _options(name, values, cards, wanted))
        for name, (label, values) in labels.items()
    ]
    return [facet for facet in built if facet.options]


def _labels(choices: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {value: str(label) for value, label in choices if value}


def _options(
    name: str,
    labels: Mapping[str, str],
    cards: Sequence[Card],
    wanted: Mapping[str, Sequence[str]],
) -> list[FacetOption]:
    counted = Counter({value: sum(TESTS[name](card, value) for card in cards) for value in labels})
    chosen = wanted.get(name, [])
    return [
        FacetOption(value, labels[value], n, value in chosen)
        for value, n in counted.most_common()
        if n or value in chosen
    ]
