"""One profile cut to what a person may see; pages and API show nothing but this."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count

from experts.choices import Language, Mode, Region, Section
from experts.documents import main_affiliation
from experts.grams import fold
from experts.models import Axis, Claim, ClaimKind, Expert, TaxonomyNode, Verification
from experts.permissions import Level
from experts.selectors.directory import Search, Term


@dataclass(frozen=True)
class AxisFields:
    """Fields of one axis, first choice first."""

    axis: str
    label: str
    nodes: Sequence[TaxonomyNode]


@dataclass(frozen=True)
class View:
    """What is shown of one person; parts that are not shown are empty."""

    expert: Expert
    level: Level
    affiliation: Claim | None
    axes: Sequence[AxisFields]
    keywords: Sequence[str]
    languages: Sequence[str]
    region: str
    bio: str = ""
    claims: Sequence[Claim] = ()
    sections: frozenset[str] = frozenset()

    @property
    def shows_availability(self) -> bool:
        """Whether the viewer may know if and how the person takes work."""
        return Section.AVAILABILITY in self.sections

    @property
    def nodes(self) -> list[TaxonomyNode]:
        """All fields, axis by axis."""
        return [node for axis in self.axes for node in axis.nodes]


def view_of(expert: Expert, level: Level) -> View:
    """Cut a profile to a level. Reads ``fields`` and ``claims`` (prefetch them for lists)."""
    sections = _sections(expert, level)
    claims = in_order(expert.claims.all())
    decent = [c for c in claims if c.verification != Verification.REJECTED]
    return View(
        expert=expert,
        level=level,
        affiliation=main_affiliation(claims),
        axes=axes_of(expert),
        keywords=expert.keywords,
        languages=[str(Language(x).label) for x in expert.languages if x in Language.values],
        region=str(Region(expert.region).label) if expert.region in Region.values else "",
        bio=expert.bio if Section.BIO in sections else "",
        claims=[c for c in (claims if level == Level.FULL else decent) if c.kind in sections],
        sections=sections,
    )


def _sections(expert: Expert, level: Level) -> frozenset[str]:
    if level == Level.FULL:
        return frozenset(Section.values)
    if level == Level.OPEN and expert.is_public:
        return frozenset(expert.public_sections)
    return frozenset()


def axes_of(expert: Expert) -> list[AxisFields]:
    """Fields by axis, axes without one left out."""
    fields = sorted(expert.fields.all(), key=lambda f: f.rank)
    found = []
    for axis in Axis.values:
        nodes = [f.node for f in fields if f.node.axis == axis]
        if nodes:
            found.append(AxisFields(str(axis), str(Axis(axis).label), nodes))
    return found


def in_order(claims: Iterable[Claim]) -> list[Claim]:
    """Lines by kind, in the order in which a profile is written and reviewed."""
    places = {kind: place for place, kind in enumerate(ClaimKind.values)}
    return sorted(claims, key=lambda c: places[c.kind])


def timeline(claims: Iterable[Claim]) -> list[Claim]:
    """Evidence by date, newest first, lines without a date last."""
    return sorted(claims, key=lambda c: c.ends_on or c.starts_on or date.min, reverse=True)


def modes_of(expert: Expert) -> list[str]:
    """How the person works, in the reader's language."""
    return [str(Mode(mode).label) for mode in expert.modes if mode in Mode.values]


@dataclass(frozen=True)
class Card:
    """One line of the directory: the view, and why the person is there."""

    view: View
    #: kinds of which the person has a verified line, in words
    verified: Sequence[str]
    snippet: str = ""
    snippet_source: Claim | None = None
    #: codes of the fields that the query names
    hits: frozenset[str] = field(default_factory=frozenset)

    @property
    def expert(self) -> Expert:
        return self.view.expert


def cards(search: Search, people: Iterable[Expert]) -> list[Card]:
    """Cards of one page of a search."""
    terms = [*search.terms, *([search.whole] if search.whole else [])]
    return [_card(expert, terms) for expert in people]


def _card(expert: Expert, terms: Sequence[Term]) -> Card:
    # Staff read more on the record page, which asks for a reason and is logged.
    view = view_of(expert, Level.OPEN if expert.is_public else Level.CARD)
    text, source = _snippet(view, [term.word for term in terms])
    return Card(
        view=view,
        verified=_verified_kinds(expert, view),
        snippet=text,
        snippet_source=source,
        hits=frozenset(_field_hits(view, terms)),
    )


def _verified_kinds(expert: Expert, view: View) -> list[str]:
    """Marks of a card: "✓ 박사" for a verified degree, "✓ 소속" for a verified post."""
    seen: dict[str, None] = {}
    for claim in expert.claims.all():
        shown = claim == view.affiliation or claim.kind in view.sections
        if claim.is_verified and shown:
            seen[_mark(claim)] = None
    return list(seen)


def _mark(claim: Claim) -> str:
    from experts.claims import role_label

    if claim.kind == ClaimKind.EDUCATION and claim.role:
        return role_label(claim.kind, claim.role)
    return str(claim.get_kind_display())


def _field_hits(view: View, terms: Sequence[Term]) -> Iterable[str]:
    for node in view.nodes:
        names = (fold(node.label_ko), fold(node.label_en))
        above = node.parent.code if node.parent else ""
        for term in terms:
            named = node.code in term.codes or above in term.codes
            if named or any(term.word in name for name in names):
                yield node.code


SNIPPET = 110


def _snippet(view: View, words: Sequence[str]) -> tuple[str, Claim | None]:
    """The passage that holds a word of the query, else the headline or the newest line."""
    for text, source in _passages(view):
        folded = fold(text)
        place = min((folded.find(word) for word in words if word in folded), default=-1)
        if place >= 0:
            return _cut(text, place), source
    if view.expert.headline:
        return view.expert.headline, None
    newest = timeline(c for c in view.claims if c.kind != ClaimKind.AFFILIATION)
    return (newest[0].title, newest[0]) if newest else ("", None)


def _passages(view: View) -> Iterable[tuple[str, Claim | None]]:
    yield view.expert.headline, None
    for claim in view.claims:
        yield claim.text, claim
        yield claim.title, claim
    yield view.bio, None


def _cut(text: str, place: int) -> str:
    """About ``SNIPPET`` characters around a place, with ellipses where text is left out."""
    start = max(0, place - SNIPPET // 3)
    end = start + SNIPPET
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return before + " ".join(text[start:end].split()) + after


def similar(expert: Expert, viewer: Any, limit: int = 4) -> list[View]:
    """People who share the most fields, of those whom the viewer may see."""
    nodes = list(expert.fields.values_list("node_id", flat=True))
    if not nodes:
        return []
    found = (
        Expert.objects.approved()
        .visible_to(viewer)
        .filter(fields__node__in=nodes)
        .exclude(pk=expert.pk)
        .annotate(shared=Count("fields", distinct=True))
        .order_by("-shared", "fields__rank", "name_ko", "pk")
    )
    ids = list(dict.fromkeys(found.values_list("pk", flat=True)[: limit * 3]))[:limit]
    people = {e.pk: e for e in Expert.objects.filter(pk__in=ids).for_listing()}
    return [view_of(people[pk], Level.OPEN if people[pk].is_public else Level.CARD) for pk in ids]
