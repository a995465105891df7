"""Invented people's names, Korean and from elsewhere; nobody's name comes up twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from demo.reading import document


@dataclass(frozen=True)
class Name:
    """``ko`` is empty for people who have no Korean name."""

    ko: str
    en: str


class Namer:
    """Hands out names in an order that the seed decides."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._table = document("names")
        self._taken: set[str] = set()

    def keep(self, names: Iterable[str]) -> None:
        """These names belong to somebody already."""
        self._taken.update(names)

    def korean(self, age: int) -> Name:
        """A Korean name that suits the age in years."""
        while True:
            family, roman, _ = self._random.choices(
                self._table["surnames"], [row[2] for row in self._table["surnames"]]
            )[0]
            given = self._random.choice(self._given(age))
            if family + given not in self._taken and not given.startswith(family):
                self._taken.add(family + given)
                return Name(family + given, f"{roman} {self._romanised(given)}")

    def _given(self, age: int) -> list[str]:
        generation = "older" if age >= 54 else "middle" if age >= 38 else "younger"
        # some people have a name of the generation before or after
        if self._random.random() < 0.2:
            generation = "middle"
        names: list[str] = self._table["given"][generation].split()
        return names

    def _romanised(self, given: str) -> str:
        parts = [self._table["syllables"][letter] for letter in given]
        return "-".join([parts[0].capitalize(), *parts[1:]])

    def foreign(self, group: str) -> Name:
        """A name as they are borne in one part of the world (a key of ``world``)."""
        names = self._table["world"][group]
        while True:
            name = f"{self._random.choice(names['given'])} {self._random.choice(names['family'])}"
            if name not in self._taken:
                self._taken.add(name)
                return Name("", name)
