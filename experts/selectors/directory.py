"""The directory: search, facets and cards. Every count obeys the same rights as the list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.permissions import is_officer
from experts import directory_engine, grams, permissions
from experts.choices import Language, Region
from experts.directory_engine import Answer, Question, Sight, Unanswerable, Words
from experts.models import Axis, Expert, ExpertField, SearchDocument, TaxonomyNode
from experts.querysets import ExpertQuerySet
from experts.selectors import counting, taxonomy
from experts.selectors.counting import Numbers

AXES = tuple(str(axis) for axis in Axis.values)
SORTS = {
    "match": _("검색어와 가까운 순"),
    "name": _("이름순"),
    "recent": _("최근 등록순"),
}
QUERY_LIMIT = 200
#: up to here the matches of the words are carried as a list of ids, beyond it as a subquery
MOST_IDS = 20_000
#: people on a page, unless somebody asks for another number
PER_PAGE = 20


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
    """One search by one viewer: read ``results``, ``facets`` and ``terms``.

    ``start`` and ``size``: the page that will be read, so that an engine is asked once for all.
    """

    viewer: Any
    filters: Filters
    nodes: list[TaxonomyNode] = field(default_factory=list)
    start: int = 0
    size: int = PER_PAGE

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

    def results(self) -> "Results":
        """Whom the search finds, for a paginator: from the engine or from the tables."""
        return Results(self)

    def people(self) -> ExpertQuerySet:
        """The same from the tables, in the order asked for; annotated with ``nearness``."""
        found = self.matching().annotate(nearness=self._nearness())
        orders = {
            "match": ("-nearness", "name_ko", "name_en", "pk"),
            "name": ("name_ko", "name_en", "pk"),
            "recent": (F("approved_at").desc(nulls_last=True), "pk"),
        }
        return found.order_by(*orders[self.filters.order])

    def matching(self) -> ExpertQuerySet:
        """Everyone who meets the words and the facets."""
        found = self._visible()
        for condition in self._conditions().values():
            found = found.filter(condition)
        return found

    def _visible(self) -> ExpertQuerySet:
        return Expert.objects.approved().visible_to(self.viewer).filter(self._worded)

    def _conditions(self) -> dict[str, Q]:
        """Facet → condition, for the facets in which something is chosen."""
        chosen = {name: self._chosen(name) for name in FACETS}
        return {name: self._condition(name, values) for name, values in chosen.items() if values}

    def _condition(self, name: str, values: Sequence[str]) -> Q:
        if name == "region":
            return Q(region__in=values)
        if name == "language":
            return Q(languages__overlap=list(values))
        return self._carries(values)

    def _carries(self, codes: Sequence[str]) -> Q:
        """People with one of the fields, or with a field below one of them."""
        named = [
            n.pk for n in self.nodes if n.code in codes or (n.parent and n.parent.code in codes)
        ]
        return Q(Exists(ExpertField.objects.filter(node__in=named, expert=OuterRef("pk"))))

    def _chosen(self, name: str) -> tuple[str, ...]:
        """Values of a facet; a branch gives way to the leaves that were picked below it."""
        values: tuple[str, ...] = getattr(self.filters, name)
        above = {n.parent.code for n in self.nodes if n.parent and n.code in values}
        return tuple(value for value in values if value not in above)

    @cached_property
    def _few(self) -> list[int] | None:
        """Ids of the people whose documents hold the words; ``None``: too many, or no words."""
        if not self.terms:
            return None
        documents = SearchDocument.objects.filter(self._words())
        with _through_the_index():
            ids = list(documents.values_list("pk", flat=True)[: MOST_IDS + 1])
        return ids if len(ids) <= MOST_IDS else None

    @cached_property
    def _worded(self) -> Q:
        """The people whose documents hold the words: looked up once for list and facets."""
        if not self.terms:
            return Q()
        if self._few is not None:
            return Q(pk__in=self._few)
        return Q(pk__in=SearchDocument.objects.filter(self._words()).values("pk"))

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
        if not grams.is_one_key(term.word):
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
                card |= self._carries(term.codes)
            total = total + Case(
                When(name, then=Value(4)),
                When(card, then=Value(2)),
                default=Value(1),
                output_field=IntegerField(),
            )
        return total

    def facets(self) -> list[Facet]:
        """The five facets; the options of each are counted as if it had no choice yet."""
        found = self.numbers
        axes = [self._axis(axis, found.nodes) for axis in AXES]
        region = self._listed("region", Region.choices, found.regions)
        language = self._listed("language", Language.choices, found.languages)
        return [
            *axes,
            Facet("region", str(_("지역")), region),
            Facet("language", str(_("언어")), language),
        ]

    @cached_property
    def numbers(self) -> Numbers:
        """Everybody found and the counts of all facets."""
        if self.answer is not None:
            return self._numbers_of(self.answer)
        return counting.numbers(self._visible(), self._conditions(), self._key())

    def _numbers_of(self, answer: Answer) -> Numbers:
        nodes = {n.code: n.pk for n in self.nodes}
        counted = {c: n for axis in AXES for c, n in answer.facets.get(axis, {}).items()}
        return Numbers(
            answer.total,
            0,
            {nodes[code]: number for code, number in counted.items() if code in nodes},
            dict(answer.facets.get("region", {})),
            dict(answer.facets.get("language", {})),
        )

    def _key(self) -> Sequence[Any] | None:
        """What the numbers depend on; ``None`` where few people are found anyway."""
        if self._few is not None:
            return None
        return (self.sight, replace(self.filters, sort=""))

    @cached_property
    def sight(self) -> Sight:
        """The rights of ``ExpertQuerySet.visible_to`` as facts: a test holds them together."""
        if permissions.reads_all(self.viewer):
            return Sight(everybody=True)
        signed_in = getattr(self.viewer, "is_authenticated", False)
        own = signed_in and Expert.objects.approved().filter(user=self.viewer).exists()
        return Sight(departments=is_officer(self.viewer), user_id=self.viewer.pk if own else None)

    @cached_property
    def answer(self) -> Answer | None:
        """From the engine that an app above offers; ``None``: the tables answer."""
        engine = directory_engine.active()
        if engine is None:
            return None
        try:
            return engine.ask(self.question())
        except Unanswerable:
            return None

    def question(self) -> Question:
        """The search with everything that decides about its answer."""
        return Question(
            sight=self.sight,
            words=tuple(Words(term.word, term.codes) for term in self.terms),
            whole=self.whole.codes if self.whole else (),
            chosen={name: values for name in FACETS if (values := self._chosen(name))},
            order=self.filters.order,
            start=self.start,
            size=self.size,
        )

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

    def _listed(
        self, name: str, choices: Iterable[tuple[str, Any]], counts: Mapping[str, int]
    ) -> list[Option]:
        chosen = getattr(self.filters, name)
        options = [Option(v, str(t), counts.get(v, 0), v in chosen) for v, t in choices]
        return _useful(options)


@contextmanager
def _through_the_index() -> Iterator[None]:
    """The planner does not know that reading a row's keys means fetching them from elsewhere."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        cursor.execute("SET LOCAL enable_seqscan = on")


class Results:
    """The people of a search as a paginator reads them: their number and a slice of cards."""

    ordered = True

    def __init__(self, search: Search) -> None:
        self._search = search

    def count(self) -> int:
        return self._search.numbers.total

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Expert]:
        search, start = self._search, part.start or 0
        answer = search.answer
        if answer is not None and (start, part.stop) == (search.start, search.start + search.size):
            return self._read(answer.ids)
        return list(search.people().for_listing()[part])

    def _read(self, ids: Sequence[int]) -> list[Expert]:
        """These people in this order; whoever may no longer be seen is left out."""
        people = Expert.objects.approved().visible_to(self._search.viewer).filter(pk__in=ids)
        found = {person.pk: person for person in people.for_listing()}
        return [found[pk] for pk in ids if pk in found]


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
