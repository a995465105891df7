"""Which people together answer a request best: fit, and coverage of what is still uncovered.

The value of a set S of people is

    F(S) = a · mean fit + (1 - a) · Σ_n w_n (1 - Π_{i∈S} (1 - c_in)) + Σ_v b_v min(1, |S_v| / m_v)

with fit and coverage c_in of need n by person i in 0..1, weights w_n of the needs, and a bonus b_v
for each wish v up to its number m_v. Coverage is that of at least one member being able to answer
(noisy or), so a second specialist of the same need adds only what the first leaves open. Each term
is monotone and submodular, and so is F. Greedy choice of the largest marginal gain is at least
1 - 1/e of the optimum under a limit on size alone (Nemhauser, Wolsey, Fisher 1978, Mathematical
Programming 14) and at least 1/2 when each person belongs to one organisation and each may send at
most k (a matroid; Fisher, Nemhauser, Wolsey 1978, Mathematical Programming Study 8). Exchanges of
one person are then tried until none helps. ``Choice.share`` tells how good the found set surely is:
F(S) over F(S) + the largest gains that any set of this size could still add (Leskovec et al. 2007).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_GAIN, MOST_EXCHANGES = 1e-12, 60


@dataclass(frozen=True)
class Person:
    """One candidate. covers: one value in 0..1 per need; organisations: where he works now, none
    when unknown; traits: name → value (``{"origin": "overseas"}``)."""

    key: int
    fit: float
    covers: tuple[float, ...] = ()
    organisations: frozenset[str] = frozenset()
    traits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wish:
    """At least ``least`` members with this trait; ``weight`` is the bonus for all of them."""

    trait: str
    value: str
    least: int = 1
    weight: float = 0.1


@dataclass(frozen=True)
class Terms:
    """What was asked for. weights: of the needs; fit_share: the ``a`` above."""

    seats: int
    weights: tuple[float, ...] = ()
    per_organisation: int = 1
    wishes: tuple[Wish, ...] = ()
    mandatory: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()
    fit_share: float = 0.4


@dataclass(frozen=True)
class Problem:
    """Why no committee can be made: a code, the people it is about, numbers for the sentence."""

    code: str
    keys: tuple[int, ...] = ()
    facts: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Addition:
    """What one member adds to those before him: ``gain`` in F, ``covers`` per need."""

    key: int
    gain: float
    covers: tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """A committee in the order of choosing.

    value: F; coverage: one value per need; share: at least this part of the best possible F (1.0
    when all people had to be taken); reached: wish → members who have the trait.
    """

    additions: tuple[Addition, ...]
    value: float
    coverage: tuple[float, ...]
    share: float
    reached: tuple[int, ...]

    @property
    def keys(self) -> tuple[int, ...]:
        return tuple(addition.key for addition in self.additions)


def contradictions(people: Sequence[Person], terms: Terms) -> list[Problem]:
    """Everything in the terms that cannot be held, before anybody is chosen."""
    known = {person.key: person for person in people}
    found = []
    both = sorted(terms.mandatory & terms.excluded)
    if both:
        found.append(Problem("both", tuple(both)))
    if len(terms.mandatory) > terms.seats:
        facts = {"count": len(terms.mandatory), "seats": terms.seats}
        found.append(Problem("too_many_mandatory", tuple(sorted(terms.mandatory)), facts))
    absent = sorted(terms.mandatory - set(known) - terms.excluded)
    if absent:
        found.append(Problem("not_eligible", tuple(absent)))
    present = [known[key] for key in sorted(terms.mandatory) if key in known]
    for name, count in sorted(_organisations(present).items()):
        if count > terms.per_organisation:
            keys = tuple(p.key for p in present if name in p.organisations)
            found.append(Problem("mandatory_organisation", keys, {"name": name, "count": count}))
    found += _too_few([p for p in people if p.key not in terms.excluded], terms)
    return found


def _too_few(people: Sequence[Person], terms: Terms) -> list[Problem]:
    if len(people) < terms.seats:
        return [Problem("too_few", (), {"count": len(people), "seats": terms.seats})]
    most = most_seats(people, terms.per_organisation)
    if most < terms.seats:
        facts = {"count": most, "seats": terms.seats, "limit": terms.per_organisation}
        return [Problem("limit_too_small", (), facts)]
    return []


def most_seats(people: Sequence[Person], limit: int) -> int:
    """How many people fit under the limit per organisation.

    Exact where everybody has at most one organisation; otherwise people with fewer organisations
    go first, which may miss a place or two.
    """
    used: Counter[str] = Counter()
    seated = 0
    for person in sorted(people, key=lambda p: (len(p.organisations), p.key)):
        if all(used[name] < limit for name in person.organisations):
            used.update(person.organisations)
            seated += 1
    return seated


def _organisations(people: Iterable[Person]) -> Counter[str]:
    return Counter(name for person in people for name in person.organisations)


class _Value:
    """F and its parts for index sets over a fixed list of people."""

    def __init__(self, people: Sequence[Person], terms: Terms) -> None:
        needs = len(terms.weights)
        self.open = 1 - np.array([p.covers for p in people], float).reshape(len(people), needs)
        self.fit = np.array([p.fit for p in people], float) * terms.fit_share / terms.seats
        total = sum(terms.weights)
        self.weights = np.array(terms.weights, float) * ((1 - terms.fit_share) / (total or 1))
        self.wishes = terms.wishes
        traits = [[p.traits.get(w.trait) == w.value for p in people] for w in terms.wishes]
        self.has = np.array(traits, float).reshape(len(terms.wishes), len(people))

    def uncovered(self, chosen: Sequence[int]) -> Floats:
        return np.prod(self.open[list(chosen)], axis=0)

    def _bonus(self, counts: Floats) -> Floats:
        """Sum over wishes for columns of counts."""
        least = np.array([w.least for w in self.wishes], float)[:, None]
        weight = np.array([w.weight for w in self.wishes], float)[:, None]
        return np.asarray((weight * np.minimum(1, counts / least)).sum(axis=0))

    def of(self, chosen: Sequence[int]) -> float:
        counts = self.has[:, list(chosen)].sum(axis=1, keepdims=True)
        covered = float(self.weights @ (1 - self.uncovered(chosen)))
        return float(self.fit[list(chosen)].sum()) + covered + float(self._bonus(counts)[0])

    def gains(self, chosen: Sequence[int]) -> Floats:
        """What each person would add to the chosen, shape (people,)."""
        left = self.uncovered(chosen)
        counts = self.has[:, list(chosen)].sum(axis=1, keepdims=True)
        bonus = self._bonus(counts + self.has) - self._bonus(counts)
        return np.asarray(self.fit + ((1 - self.open) * left) @ self.weights + bonus)


def choose(people: Sequence[Person], terms: Terms) -> Choice | list[Problem]:
    """The committee, or everything that stands against one. Ties go to the smaller key."""
    problems = contradictions(people, terms)
    if problems:
        return problems
    pool = sorted((p for p in people if p.key not in terms.excluded), key=lambda p: p.key)
    value = _Value(pool, terms)
    fixed = [i for i, p in enumerate(pool) if p.key in terms.mandatory]
    chosen = _filled(pool, terms, value, fixed)
    if len(chosen) < terms.seats:  # people with several organisations stood in each other's way
        facts = {"count": len(chosen), "seats": terms.seats, "limit": terms.per_organisation}
        return [Problem("limit_too_small", (), facts)]
    chosen = _exchanged(pool, terms, value, chosen, set(fixed))
    return _told(pool, terms, value, fixed, chosen)


def _allowed(pool: Sequence[Person], terms: Terms, chosen: Sequence[int]) -> NDArray[np.bool_]:
    """Who may still join under the limit per organisation."""
    used = _organisations(pool[i] for i in chosen)
    full = {name for name, count in used.items() if count >= terms.per_organisation}
    free = np.array([not (p.organisations & full) for p in pool], bool)
    free[list(chosen)] = False
    return free


def _filled(pool: Sequence[Person], terms: Terms, value: _Value, fixed: Sequence[int]) -> list[int]:
    """Greedy: the largest gain first, on top of the mandatory people."""
    chosen = list(fixed)
    while len(chosen) < terms.seats:
        free = _allowed(pool, terms, chosen)
        if not free.any():
            break
        chosen.append(int(np.argmax(np.where(free, value.gains(chosen), -np.inf))))
    return chosen


def _exchanged(
    pool: Sequence[Person], terms: Terms, value: _Value, chosen: list[int], fixed: set[int]
) -> list[int]:
    """The best exchange of one person for another, again and again, while it helps."""
    best = value.of(chosen)
    for _round in range(MOST_EXCHANGES):
        found = None
        for leaving in [i for i in chosen if i not in fixed]:
            rest = [i for i in chosen if i != leaving]
            free = _allowed(pool, terms, rest)
            free[leaving] = False
            if not free.any():
                continue
            gains = np.where(free, value.gains(rest), -np.inf)
            coming = int(np.argmax(gains))
            after = value.of(rest) + float(gains[coming])
            if after > best + LEAST_GAIN:
                best, found = after, [*rest, coming]
        if found is None:
            break
        chosen = found
    return chosen


def _told(
    pool: Sequence[Person],
    terms: Terms,
    value: _Value,
    fixed: Sequence[int],
    chosen: Sequence[int],
) -> Choice:
    """The chosen in the order of their gains, the mandatory first, with what each adds."""
    order: list[int] = []
    additions = []
    left = np.ones(len(terms.weights))
    for group in (list(fixed), [i for i in chosen if i not in set(fixed)]):
        waiting = list(group)
        while waiting:
            gains = value.gains(order)
            best = max(waiting, key=lambda i: (gains[i], -pool[i].key))
            covers = (1 - value.open[best]) * left
            additions.append(Addition(pool[best].key, float(gains[best]), tuple(covers.tolist())))
            left = left * value.open[best]
            order.append(best)
            waiting.remove(best)
    total = value.of(order)
    return Choice(
        tuple(additions),
        total,
        tuple((1 - left).tolist()),
        _share(pool, terms, value, order, total),
        tuple(int(row[order].sum()) for row in value.has),
    )


def _share(
    pool: Sequence[Person], terms: Terms, value: _Value, order: Sequence[int], total: float
) -> float:
    """Lower bound of F(S) / F(best).

    Any allowed set adds to a set T at most the gains of its members on top of T, and no more than
    the largest gains that the limit allows together; the tightest T among the steps counts.
    """
    fixed = len([i for i in order if pool[i].key in terms.mandatory])
    best = min(
        value.of(order[:n]) + _most_gain(pool, terms, value, order[:n])
        for n in range(fixed, len(order) + 1)
    )
    return min(1.0, total / best) if best > 0 else 1.0


def _most_gain(pool: Sequence[Person], terms: Terms, value: _Value, chosen: Sequence[int]) -> float:
    """Sum of the largest gains over a committee's seats, at most so many per organisation.

    People with several organisations count for none here, which can only raise the bound.
    """
    gains = value.gains(chosen)
    fixed = {i for i in chosen if pool[i].key in terms.mandatory}
    gains[list(chosen)] = 0.0
    used: Counter[str] = Counter()
    seats, most = terms.seats - len(fixed), 0.0
    for i in np.argsort(-gains, kind="stable").tolist():
        names = pool[i].organisations if len(pool[i].organisations) == 1 else frozenset()
        if not seats:
            break
        if i not in fixed and all(used[name] < terms.per_organisation for name in names):
            used.update(names)
            seats -= 1
            most += max(0.0, float(gains[i]))
    return most


def next_best(
    people: Sequence[Person], terms: Terms, chosen: Sequence[int], count: int
) -> list[int]:
    """Keys of alternates: who would add most to the committee if one of its members fell away.

    For each outsider the mean gain over the committees with one member (not mandatory) missing;
    the limit per organisation is checked by whoever takes an alternate in.
    """
    pool = sorted((p for p in people if p.key not in terms.excluded), key=lambda p: p.key)
    value = _Value(pool, terms)
    at = {p.key: i for i, p in enumerate(pool)}
    inside = [at[key] for key in chosen]
    removable = [i for i in inside if pool[i].key not in terms.mandatory] or inside
    rests = [[j for j in inside if j != i] for i in removable]
    gains = np.mean([value.gains(rest) for rest in rests], axis=0)
    outside = [i for i in range(len(pool)) if i not in set(inside)]
    ordered = sorted(outside, key=lambda i: (-gains[i], pool[i].key))
    return [pool[i].key for i in ordered[:count]]
