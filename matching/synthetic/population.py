"""Synthetic experts by number: who they are, and what an engine keeps of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.documents import ExpertDocument, PieceFacts, TokenCounts
from matching.encoders.base import Encoder, Vectors
from matching.evidence import VERIFICATION_CODES
from matching.synthetic.inventory import Ints, Inventory, Material

Bools = NDArray[np.bool_]
SEED = 20261122
VERSION = 2  # raise it when the same seed makes other people
BLOCK = 1_000  # people drawn together; part of what the seed means
MEAN_EVIDENCE, MOST_EVIDENCE = 5.2, 14  # beside the self-description
OWN_BODY = 0.5  # share of pieces that keep the body that belongs to the title
YEARS = (2012, 2026)
VERIFIED_SHARE = 0.6
POOLS = {"tenth": 0.1, "hundredth": 0.01}  # for filters that let through so many
#: what keeps half of the people off every list: (share, what)
STANDINGS = (
    ("ready", 0.50),
    ("unapproved", 0.20),
    ("lapsed", 0.10),
    ("paused", 0.10),
    ("unverified", 0.10),
)
UNAPPROVED = ("submitted", "in_review", "changes_asked", "suspended", "expired")


@dataclass(frozen=True)
class Person:
    """One synthetic expert in words; numbers point into the inventory.

    pieces: (title of, body of) per piece of evidence, the self-description first where there is
        one; years and verified: per piece.
    """

    number: int
    core: int
    name: int
    standing: str
    state: str
    pools: tuple[str, ...]
    monthly_cap: int
    pieces: tuple[tuple[int, int], ...] = ()
    years: tuple[int, ...] = ()
    verified: tuple[bool, ...] = ()


class Lines(NamedTuple):
    """What was drawn for one person, one entry per piece of evidence."""

    pairs: list[list[int]]
    years: list[int]
    verified: list[bool]


class Population:
    """People by number, in blocks: ``people`` says who they are, ``documents`` what is indexed."""

    def __init__(self, inventory: Inventory, seed: int = SEED) -> None:
        self.inventory, self.seed = inventory, seed

    def blocks(self, count: int) -> Iterator[int]:
        """Numbers of the blocks that the first ``count`` people lie in."""
        return iter(range(-(-count // BLOCK)))

    def people(self, block: int, count: int | None = None) -> list[Person]:
        """The people of a block, of the first ``count`` people of all."""
        random = np.random.default_rng([self.seed, block, 0])
        stock = self.inventory
        core = random.integers(len(stock.cores), size=BLOCK)
        evidence = random.poisson(MEAN_EVIDENCE, BLOCK).clip(0, MOST_EVIDENCE)
        evidence = np.maximum(evidence, stock.bios[core] < 0)
        pairs, years, verified = self._evidence(random, np.repeat(core, evidence))
        standing = random.choice(len(STANDINGS), BLOCK, p=[share for _, share in STANDINGS])
        state = random.integers(len(UNAPPROVED), size=BLOCK)
        chance, cap = random.random(BLOCK), random.integers(1, 6, BLOCK)
        name = random.integers(len(stock.cores), size=BLOCK)
        ends = np.cumsum(evidence)
        first = block * BLOCK
        found = []
        for i in range(BLOCK if count is None else min(BLOCK, count - first)):
            rows = slice(ends[i] - evidence[i], ends[i])
            person = Person(
                number=first + i,
                core=int(core[i]),
                name=int(name[i]),
                standing=STANDINGS[standing[i]][0],
                state=UNAPPROVED[state[i]],
                pools=tuple(pool for pool, share in POOLS.items() if chance[i] < share),
                monthly_cap=int(cap[i]),
            )
            lines = Lines(pairs[rows].tolist(), years[rows].tolist(), verified[rows].tolist())
            found.append(_with_evidence(person, int(stock.bios[core[i]]), lines))
        return found

    def _evidence(self, random: np.random.Generator, core: Ints) -> tuple[Ints, Ints, Bools]:
        """(title, body), year and verification of each piece, given whose it is."""
        stock, size = self.inventory, len(core)
        title = stock.candidates.pick(core, random.random(size))
        body = stock.bodies.pick(title, random.random(size))
        body = np.where(random.random(size) < OWN_BODY, title, body)
        years = random.integers(YEARS[0], YEARS[1] + 1, size=size)
        return np.stack([title, body], axis=1), years, random.random(size) < VERIFIED_SHARE

    def documents(
        self, block: int, people: Sequence[Person], first_id: int = 1
    ) -> list[ExpertDocument]:
        """What an engine keeps of the people of a block; ids count on from ``first_id``."""
        stock = self.inventory
        random = np.random.default_rng([self.seed, block, 1])
        sizes = [len(person.pieces) for person in people]
        pairs = np.array([pair for p in people for pair in p.pieces], np.int64).reshape(-1, 2)
        cores = np.array([person.core for person in people], np.int64)
        owner = np.repeat(np.arange(len(people)), sizes)
        words = stock.words(cores, pairs, owner)
        vectors = {e.name: stock.mixed(e.name, pairs, owner, random) for e in stock.encoders}
        ends = np.cumsum(sizes).tolist()
        return [
            self._document(
                person,
                first_id + person.number,
                counts,
                {name: v[end - size : end] for name, v in vectors.items()},
                # vectors depend on how many people of the block are made at once
                f"{self.seed:x}.{len(people):x}.{person.number:x}",
            )
            for person, counts, size, end in zip(people, words, sizes, ends, strict=True)
        ]

    def _document(
        self,
        person: Person,
        expert_id: int,
        words: TokenCounts,
        vectors: dict[str, Vectors],
        version: str,
    ) -> ExpertDocument:
        stock = self.inventory
        return ExpertDocument(
            expert_id=expert_id,
            language=stock.cores[person.core].language,
            tags=stock.tags[person.core],
            words=words,
            pieces=self._facts(person),
            vectors=vectors,
            facts=facts_of(person, stock),
            numbers={"monthly_cap": person.monthly_cap},
            shown_pieces=self._shown(person),
            version=version,
        )

    def _facts(self, person: Person) -> PieceFacts:
        facts = _chosen(self.inventory.facts, [body for _, body in person.pieces])
        codes = [VERIFICATION_CODES["verified" if v else "declared"] for v in person.verified]
        return replace(
            facts,
            years=np.array(person.years, np.int16),
            verification=np.array(codes, np.int8),
        )

    def _shown(self, person: Person) -> tuple[dict[str, Any], ...]:
        shown = self.inventory.shown
        return tuple(
            {
                **shown[title],
                "text": shown[body]["text"],
                "year": year or None,
                "verification": "verified" if verified else "declared",
                "source_ref": f"piece:{person.number}/{place}",
            }
            for place, ((title, body), year, verified) in enumerate(
                zip(person.pieces, person.years, person.verified, strict=True)
            )
        )


def _chosen(facts: PieceFacts, at: Sequence[int]) -> PieceFacts:
    values: dict[str, Any] = {}
    for each in fields(PieceFacts):
        given = getattr(facts, each.name)
        values[each.name] = tuple(given[i] for i in at) if isinstance(given, tuple) else given[at]
    return PieceFacts(**values)


def _with_evidence(person: Person, bio: int, lines: Lines) -> Person:
    """Each (title, body) once; the self-description first, without year and never verified."""
    pairs = list(dict.fromkeys((title, body) for title, body in lines.pairs))
    verified = lines.verified[: len(pairs)]
    if person.standing == "unverified":
        verified = [False] * len(pairs)
    elif verified:
        verified[0] = True
    head = [(bio, bio)] if bio >= 0 and (bio, bio) not in pairs else []
    return replace(
        person,
        state=person.state if person.standing == "unapproved" else "approved",
        pieces=tuple(head + pairs),
        years=tuple([0] * len(head) + lines.years[: len(pairs)]),
        verified=tuple([False] * len(head) + verified),
    )


def facts_of(person: Person, stock: Inventory) -> tuple[str, ...]:
    """Facts that searches filter by, in the words of ``matching.adapters``."""
    core = stock.cores[person.core]
    availability = "paused" if person.standing == "paused" else "available"
    facts = [f"state:{person.state}", f"availability:{availability}", f"origin:{core.origin}"]
    facts += ["approved"] * (person.state == "approved")
    facts += ["verified"] * any(person.verified)
    facts += [f"pool:{pool}" for pool in person.pools]
    facts += [f"language:{language}" for language in core.languages]
    facts += [f"mode:{mode}" for mode in core.modes]
    return tuple(facts)


def synthetic_documents(
    material: Material, encoders: Sequence[Encoder], count: int, seed: int = SEED, first_id: int = 1
) -> Iterator[ExpertDocument]:
    """Documents of the first ``count`` people, in order of their ids."""
    population = Population(Inventory(material, encoders), seed)
    for block in population.blocks(count):
        yield from population.documents(block, population.people(block, count), first_id)
