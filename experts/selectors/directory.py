"""The directory: search, facets and cards. Every count obeys the same rights as the list."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from experts import grams, permissions
from experts.choices import Language, Region
from experts.models import Axis, Expert, ExpertField, SearchDocument, TaxonomyNode
from experts.querysets import ExpertQuerySet
from experts.selectors import taxonomy

AXES = tuple(str(axis) for axis in Axis.values)
SORTS = {
    "match": _("검색어와 가까운 순"),
    "name": _("이름순"),
    "recent": _("최근 등록순"),
}
QUERY_LIMIT = 200
#: up to here the matches of the words are carried as a list of ids, beyond it as a subquery
MOST_IDS = 5_000


@dataclass(frozen=True)
class Filters:
    """What the directory is asked for; facets hold codes, several of one facet mean "or"."""

    query: str = ""
    tech: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    sort: str = ""

    @property
    def order(self) -> str:
        """The order in force: nearness when there are words, else the name."""
        known = self.sort if self.sort in SORTS else ""
        if known == "match" and not self.query:
            known = ""
        return known or ("match" if self.query else "name")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == Filters(sort=self.sort)


#: parameters of the address that hold facet values
FACETS = ("tech", "data", "domain", "region", "language")


def filters_of(query: QueryDict) -> Filters:
    """Filters from an address; unknown values find nobody and can be taken away again."""
    lists = {name: tuple(dict.fromkeys(map(_plain, query.getlist(name))))[:50] for name in FACETS}
    words = _plain(query.get("q", "")).strip()
    return Filters(query=words, sort=query.get("sort", ""), **lists)


def _plain(value: str) -> str:
    """Without NUL, which the database refuses."""
    return value.replace("\x00", "")


@dataclass(frozen=True)
class Option:
    """One value of a facet with the number of people it would leave."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Facet:
    """A group of options; ``name`` is the parameter of the address."""

    name: str
    label: str
    options: Sequence[Option]


@dataclass(frozen=True)
class Term:
    """A word of the query and the fields that are called exactly so."""

    word: str
    codes: tuple[str, ...] = ()


@dataclass
class Search:
    """One search by one viewer: read ``people``, ``facets`` and ``terms``."""

    viewer: Any
    filters: Filters
    nodes: list[TaxonomyNode] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.filters.query) > QUERY_LIMIT:
            self.filters = replace(self.filters, query=self.filters.query[:QUERY_LIMIT])
        if not self.nodes:
            found = TaxonomyNode.objects.select_related("parent", "replaced_by")
            self.nodes = list(found.order_by("code"))
        self.width = "full" if permissions.reads_all(self.viewer) else "open"
        self.terms = [self._term(word) for word in grams.terms(self.filters.query)]
        self.whole = self._term(grams.fold(self.filters.query)) if len(self.terms) > 1 else None

    def _term(self, word: str) -> Term:
        return Term(word, tuple(n.code for n in taxonomy.resolve(word, self.nodes)))

    def people(self) -> ExpertQuerySet:
        """Whom the search finds, in the order asked for; annotated with ``nearness``."""
        found = self.matching().annotate(nearness=self._nearness())
        orders = {
            "match": ("-nearness", "name_ko", "name_en", "pk"),
            "name": ("name_ko", "name_en", "pk"),
            "recent": (F("approved_at").desc(nulls_last=True), "pk"),
        }
        return found.order_by(*orders[self.filters.order])

    def matching(self, without: str = "") -> ExpertQuerySet:
        """Everyone who meets the filters, leaving one facet out when counting its options."""
        found = Expert.objects.approved().visible_to(self.viewer).filter(self._worded)
        for name in FACETS:
            values = self._chosen(name)
            if values and name != without:
                found = found.filter(_FILTERS[name](values))
        return found

    def _chosen(self, name: str) -> tuple[str, ...]:
        """Values of a facet; a branch gives way to the leaves that were picked below it."""
        values: tuple[str, ...] = getattr(self.filters, name)
        above = {n.parent.code for n in self.nodes if n.parent and n.code in values}
        return tuple(value for value in values if value not in above)

    @cached_property
    def _worded(self) -> Q:
        """The people whose documents hold the words: looked up once for list and facets."""
        if not self.terms:
            return Q()
        documents = SearchDocument.objects.filter(self._words())
        ids = list(documents.values_list("pk", flat=True)[: MOST_IDS + 1])
        return Q(pk__in=ids if len(ids) <= MOST_IDS else documents.values("pk"))

    def _has(self, lookup: str, value: Any) -> Q:
        return Q(**{f"{self.width}_{lookup}": value})

    def _words(self) -> Q:
        every = Q()
        for term in self.terms:
            every &= self._word(term)
        if self.whole and self.whole.codes:
            every |= self._has("keys__overlap", _marks(self.whole))
        return every

    def _word(self, term: Term) -> Q:
        keys = grams.keys_of_term(term.word)
        found = self._has("keys__contains", keys) if keys else Q()
        if not grams.is_short_word(term.word):
            found &= self._has("text__contains", term.word)
        if term.codes:
            found |= self._has("keys__overlap", _marks(term))
        return found

    def _nearness(self) -> Any:
        total: Any = Value(0, output_field=IntegerField())
        for term in self.terms:
            name = Q(name_ko__icontains=term.word) | Q(name_en__icontains=term.word)
            card = Q(search_document__card_text__contains=term.word)
            if term.codes:
                card |= _carries(term.codes)
            total = total + Case(
                When(name, then=Value(4)),
                When(card, then=Value(2)),
                default=Value(1),
                output_field=IntegerField(),
            )
        return total

    def facets(self) -> list[Facet]:
        """The five facets; the options of each are counted as if it had no choice yet."""
        plain = self._field_counts("")
        axes = [
            self._axis(axis, self._field_counts(axis) if getattr(self.filters, axis) else plain)
            for axis in AXES
        ]
        return [*axes, self._regions(), self._languages()]

    def _field_counts(self, without: str) -> Mapping[int, int]:
        """Node id → people, for leaves and branches."""
        fields = ExpertField.objects.filter(expert__in=self.matching(without).values("pk"))
        people = Count("expert_id", distinct=True)
        leaves = fields.order_by().values_list("node_id").annotate(people)
        branches = fields.order_by().values_list("node__parent_id").annotate(people)
        return {pk: number for pk, number in (*leaves, *branches) if pk is not None}

    def _axis(self, axis: str, counts: Mapping[int, int]) -> Facet:
        """Branches, and the leaves below those that are chosen."""
        chosen = set(getattr(self.filters, axis))
        nodes = [node for node in self.nodes if node.axis == axis]
        opened = {n.parent_id or n.pk for n in nodes if n.code in chosen}
        options = [
            Option(n.code, _indented(n), counts.get(n.pk, 0), n.code in chosen)
            for n in nodes
            if n.parent_id is None or n.parent_id in opened
        ]
        return Facet(axis, str(Axis(axis).label), _useful(options))

    def _regions(self) -> Facet:
        found = self.matching("region").order_by().values_list("region")
        counts = dict(found.annotate(Count("pk")))
        return Facet("region", str(_("지역")), self._listed("region", Region.choices, counts))

    def _languages(self) -> Facet:
        unnest: Any = Func(F("languages"), function="unnest", set_returning=True)
        found = self.matching("language").order_by().annotate(one=unnest).values_list("one")
        counts = dict(found.annotate(Count("pk")))
        return Facet("language", str(_("언어")), self._listed("language", Language.choices, counts))

    def _listed(
        self, name: str, choices: Iterable[tuple[str, Any]], counts: Mapping[str, int]
    ) -> list[Option]:
        chosen = getattr(self.filters, name)
        options = [Option(v, str(t), counts.get(v, 0), v in chosen) for v, t in choices]
        return _useful(options)


def _carries(codes: Iterable[str]) -> Q:
    """People with one of the fields, or with a field below one of them."""
    named = Q(node__code__in=list(codes)) | Q(node__parent__code__in=list(codes))
    return Q(Exists(ExpertField.objects.filter(named, expert=OuterRef("pk"))))


_FILTERS: Mapping[str, Callable[[Sequence[str]], Q]] = {
    "tech": _carries,
    "data": _carries,
    "domain": _carries,
    "region": lambda values: Q(region__in=values),
    "language": lambda values: Q(languages__overlap=list(values)),
}


def _marks(term: Term) -> list[str]:
    return [f"#{code}" for code in term.codes]


def _indented(node: TaxonomyNode) -> str:
    return f"└ {node.label}" if node.parent_id else node.label


def _useful(options: Iterable[Option]) -> list[Option]:
    """Options that leave somebody, and those that are chosen."""
    return [option for option in options if option.count or option.selected]


def count_on_axis(axis: str) -> int:
    """How many people of the public directory carry a field of the axis."""
    of_axis = ExpertField.objects.filter(expert=OuterRef("pk"), node__axis=axis)
    return Expert.objects.approved().visible_to(None).filter(Exists(of_axis)).count()
