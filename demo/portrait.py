"""Which fields a person has and which passages speak for them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from demo.facts import facts_of
from demo.reading import Passage, affinities, groups_of
from demo.supply import Supply

#: how many self-description passages and how much evidence people have: (number, share)
BIO_SIZES = ((0, 3), (1, 24), (2, 47), (3, 26))
EVIDENCE_SIZES = (
    (0, 2), (1, 5), (2, 9), (3, 15), (4, 19), (5, 18), (6, 13), (7, 9), (8, 6), (9, 4),
)  # fmt: skip
FIELD_SIZES = ((1, 8), (2, 18), (3, 28), (4, 24), (5, 15), (6, 7))
AXIS_LIMIT = 3
#: at most so many lines of one kind
KIND_LIMITS = {"project": 5, "paper": 4, "patent": 1, "career": 2, "qualification": 1,
               "award": 1, "advisory": 2}  # fmt: skip


@dataclass
class Portrait:
    """A person as the texts show him; ``fields`` are leaves, the most important first."""

    primary: str
    fields: list[str]
    bios: list[Passage] = field(default_factory=list)
    evidence: list[Passage] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)

    @property
    def words(self) -> frozenset[str]:
        """What he says of himself, in any order; none for nothing."""
        return frozenset(passage.text for passage in self.bios)

    @property
    def content(self) -> frozenset[str]:
        """Everything that is told of him."""
        return frozenset(passage.text for passage in self.passages if passage.text)

    @property
    def duties(self) -> list[Passage]:
        """What was done in former posts."""
        return [passage for passage in self.evidence if passage.kind == "career"]

    @property
    def passages(self) -> list[Passage]:
        return [*self.bios, *self.evidence]


def pick(random: Random, sizes: Iterable[tuple[int, int]]) -> int:
    """One of the numbers, by their shares."""
    numbers, shares = zip(*sizes, strict=True)
    return int(random.choices(numbers, shares)[0])


class Painter:
    """Draws portraits from one language's supply."""

    def __init__(self, supply: Supply, random: Random) -> None:
        self._supply = supply
        self._random = random
        self._said: set[frozenset[str]] = set()

    def draw(self, primary: str, allowed: frozenset[str] | None, since: int) -> Portrait:
        """A person of the leaf ``primary``.

        allowed: parts of the world that his texts may name (English passages only).
        since: first year of his work; what happened earlier is other people's.
        """
        portrait = Portrait(primary, self._fields(primary))
        others = self._shuffled(portrait.fields[1:])
        order = [primary, *others, primary][: pick(self._random, BIO_SIZES)]
        self._describe(portrait, order, allowed)
        if order and not portrait.bios:
            self._describe(portrait, others[:1], allowed)
        self._prove(portrait, pick(self._random, EVIDENCE_SIZES), since)
        spare = [primary, *others, primary, *others]
        while spare and not self._is_new(portrait):
            self._describe(portrait, [spare.pop(0)], allowed)
        if not self._is_new(portrait):
            portrait.bios.clear()  # then the evidence speaks alone
            self._prove(portrait, 3, since)
        if not self._is_new(portrait):  # nothing is left to say about the leaf
            return self.draw(self._random.choice(affinities()[primary].all), allowed, since)
        self._said |= {portrait.words, portrait.content}
        shown = {passage.leaf for passage in portrait.passages}
        portrait.fields = [code for code in portrait.fields if code in shown] or [primary]
        portrait.keywords = self._keywords(portrait.fields)
        return portrait

    def _fields(self, primary: str) -> list[str]:
        wanted = pick(self._random, FIELD_SIZES)
        fields = [primary]
        kin = affinities()[primary]
        # a person of a technique works on some data, in some field of administration
        groups = [list(kin.domain), list(kin.data), list(kin.near)]
        self._random.shuffle(groups)
        for turn in range(wanted - 1):
            group = groups[turn % len(groups)]
            options = [c for c in group if c not in fields and self._room(fields, c)]
            if options:
                fields.append(max(options, key=self._appeal))
        return fields

    def _room(self, fields: list[str], code: str) -> bool:
        return sum(other[0] == code[0] for other in fields) < AXIS_LIMIT

    def _appeal(self, code: str) -> float:
        """Leaves with many texts left come up more often."""
        return self._supply.left(code) / 30 + 1.2 * self._random.random()

    def _describe(
        self, portrait: Portrait, leaves: Iterable[str], allowed: frozenset[str] | None
    ) -> None:
        for code in leaves:
            bios = self._supply.leaves[code].bios
            found = self._supply.take(bios, portrait.bios, lambda p: _at_home(p, allowed))
            if found:
                portrait.bios.append(found)

    def _is_new(self, portrait: Portrait) -> bool:
        """Whether there is something to read that nobody else's profile says in full."""
        told = {portrait.words, portrait.content} - {frozenset()}
        return bool(told) and not told & self._said

    def _prove(self, portrait: Portrait, wanted: int, since: int) -> None:
        bare = [c for c in portrait.fields if c not in {p.leaf for p in portrait.bios}]
        rest = [portrait.primary, *self._shuffled(portrait.fields)]
        order = [*bare, *rest, *rest, *rest]
        for code in order[:wanted]:
            found = self._supply.take(
                self._supply.leaves[code].evidence,
                portrait.passages,
                lambda p: self._has_room(portrait, p) and facts_of(p).year >= since,
            )
            if found:
                portrait.evidence.append(found)

    def _has_room(self, portrait: Portrait, passage: Passage) -> bool:
        same = sum(other.kind == passage.kind for other in portrait.evidence)
        return same < KIND_LIMITS[passage.kind]

    def _keywords(self, fields: list[str]) -> list[str]:
        wanted = self._random.randint(2, 8)
        found: dict[str, None] = {}
        for code in [fields[0], *fields] * 3:
            if len(found) == wanted:
                break
            found[self._random.choice(self._supply.leaves[code].keywords)] = None
        return list(found)

    def _shuffled(self, codes: list[str]) -> list[str]:
        return self._random.sample(codes, len(codes))


def _at_home(passage: Passage, allowed: frozenset[str] | None) -> bool:
    """Whether a text happens where the person may have worked."""
    named = groups_of(passage.text)
    return allowed is None or not named or bool(named & allowed)
