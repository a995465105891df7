"""A life around the texts: birth, degrees, posts and the present affiliation, in an order that
is possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from demo.facts import LAST_YEAR, covers
from demo.reading import Passage, document

KINDS = ("university", "institute", "company", "public", "self")
#: shares of the kinds of present employer by axis of the primary field
EMPLOYER_SHARES = {"T": (35, 18, 33, 5, 9), "D": (30, 26, 28, 10, 6), "A": (33, 24, 11, 16, 16)}
LISTS = {"university": "universities", "institute": "institutes", "company": "companies",
         "public": "public"}  # fmt: skip
#: a word in the name of a post → where such posts are
POSTS_AT = (("연구원", "institute"), ("담당", "public"), ("업무", "public"), ("개발", "company"),
            ("운영", "public"), ("officer", "public"), ("engineer", "company"),
            ("research", "institute"))  # fmt: skip
DOCTOR_SHARES = {"university": 0.97, "institute": 0.8}
YEARS = {"bachelor": (4, 4), "master": (2, 2), "doctor": (4, 6)}


@dataclass(frozen=True)
class Employer:
    name: str
    kind: str
    region: str
    part: str = ""
    position: str = ""


@dataclass(frozen=True)
class Degree:
    """``level`` is doctor, master or bachelor."""

    level: str
    school: str
    major: str
    starts: date
    ends: date


@dataclass(frozen=True)
class Post:
    """``duty`` is the passage that tells what was done there."""

    employer: Employer
    starts: date
    ends: date | None
    duty: Passage | None = None


@dataclass(frozen=True)
class Life:
    """``degrees``: highest first; ``posts``: the present one last; ``side``: a second one now."""

    age: int
    degrees: tuple[Degree, ...]
    posts: tuple[Post, ...]
    side: Post | None

    @property
    def present(self) -> Employer:
        return self.posts[-1].employer

    def employed_at(self, employer: Employer, earliest: date) -> "Life":
        """The same life with another present employer, and nothing beside it."""
        starts = max(self.posts[-1].starts, earliest)
        posts = (*self.posts[:-1], Post(employer, starts, None))
        return Life(self.age, self.degrees, posts, None)


def first_year(age: int) -> int:
    """When somebody of that age may have begun to work on anything worth showing."""
    return LAST_YEAR - age + 26


def departments(code: str) -> list[tuple[str, str]]:
    """(ko, en) names of university departments for a leaf, or for its branch."""
    table = document("employers")["departments"]
    names = table.get(code) or table[code.split("-")[0]]
    return [(name.split("|")[0], name.split("|")[1]) for name in names]


class Biographer:
    """Invents lives; ``group`` is the part of the world of somebody from abroad."""

    def __init__(self, random: Random, group: str = "") -> None:
        self._random = random
        self._group = group
        self._column = 1 if group else 0

    def write(self, code: str, age: int, duties: Sequence[Passage]) -> Life:
        """A life of somebody of that age whose main field is the leaf ``code``.

        duties: passages about former posts; each gets a post of its own as far as years allow.
        """
        kind = self._random.choices(KINDS, EMPLOYER_SHARES[code[0]])[0]
        degrees = self._degrees(code, kind, LAST_YEAR - age)
        posts = self._posts(code, kind, age, degrees[0].ends.year, duties)
        side = None
        if self._random.random() < 0.17 and kind != "public":
            side = self._side(code, kind, age)
        return Life(age, tuple(degrees), tuple(posts), side)

    # --- degrees -------------------------------------------------------------------------------

    def _degrees(self, code: str, kind: str, born: int) -> list[Degree]:
        major = self._major(code)
        start = born + 19
        found: list[Degree] = []
        for level in self._levels(kind):
            years = self._random.randint(*YEARS[level])
            if level == "bachelor" and not self._group and self._random.random() < 0.5:
                years += 2  # military service, or a year away
            if start + years > LAST_YEAR - 3 and found:
                break
            found.append(Degree(level, self._school(found), major, *_terms(start, years)))
            start += years + (self._random.choice((0, 0, 1, 2)) if level == "master" else 0)
        return found[::-1]

    def _levels(self, kind: str) -> list[str]:
        levels = ["bachelor"]
        if kind in DOCTOR_SHARES or self._random.random() < 0.72:
            levels.append("master")
            if self._random.random() < DOCTOR_SHARES.get(kind, 0.3):
                levels.append("doctor")
        return levels

    def _major(self, code: str) -> str:
        return self._random.choice(departments(code))[self._column]

    def _school(self, before: Sequence[Degree]) -> str:
        """Many stay at the school where they took the degree before."""
        if before and self._random.random() < 0.5:
            return before[-1].school
        return self._pick("university", "", ())[0]

    # --- employers -----------------------------------------------------------------------------

    def _pick(self, kind: str, code: str, taken: Sequence[str]) -> tuple[str, str]:
        """(name, region) of an employer that works on the leaf and is not among those taken."""
        employers = document("employers")
        rows: list[list[str]]
        if self._group:
            rows = [[org[0], "", self._group] for org in employers["world"][self._group]["orgs"]
                    if org[1] == kind]  # fmt: skip
        else:
            rows = employers[LISTS[kind]]
        fresh = [row for row in rows if row[0] not in taken] or rows
        fitting = [row for row in fresh if covers("".join(row[3:]), code)] or fresh
        row = self._random.choice(fitting)
        return row[0], row[2]

    def _employer(self, code: str, kind: str, age: int, taken: Sequence[str]) -> Employer:
        position = self._position(kind, age)
        if kind == "self":
            return Employer(self._own_office(code), kind, self._group or "seoul", "", position)
        name, region = self._pick(kind, code, taken)
        part = self._major(code) if kind == "university" else self._team(kind)
        return Employer(name, kind, region, part if self._random.random() < 0.85 else "", position)

    def _team(self, kind: str) -> str:
        teams = document("employers")["teams"][kind]
        return str(self._random.choice(teams).split("|")[self._column])

    def _own_office(self, code: str) -> str:
        if self._group:
            return "Independent practice"
        offices = document("employers")["offices"]
        return str(self._random.choice(offices["words"]) + self._random.choice(offices[code[0]]))

    def _position(self, kind: str, age: int) -> str:
        rows: list[Any] = document("employers")["positions"][kind]
        fitting = [row for row in rows if row[2] <= age <= row[3]]
        fitting = fitting or [rows[0] if age < rows[0][2] else rows[-1]]
        return str(self._random.choice(fitting)[self._column])

    # --- posts ---------------------------------------------------------------------------------

    def _posts(
        self, code: str, kind: str, age: int, since: int, duties: Sequence[Passage]
    ) -> list[Post]:
        """Former posts and the present one, one after the other."""
        years = LAST_YEAR - since
        others = max(self._random.choice((0, 1, 1, 2, 2, 3)), years > 12)
        number = max(len(duties), min(others, (years - 1) // 3))
        cuts = sorted(self._random.sample(range(since + 1, LAST_YEAR), number))
        posts: list[Post] = []
        for index, (begin, end) in enumerate(zip([since, *cuts], [*cuts, 0], strict=True)):
            then = age - (LAST_YEAR - (end or LAST_YEAR))
            duty = duties[index] if index < len(duties) and end else None
            taken = [post.employer.name for post in posts]
            where = kind if not end else self._former(duty)
            employer = self._employer(duty.leaf if duty else code, where, then, taken)
            closes = date(end, 2, 28) if end else None
            posts.append(Post(employer, date(begin, 3, 1), closes, duty))
        return posts

    def _former(self, duty: Passage | None) -> str:
        hints = [place for word, place in POSTS_AT if duty and word in duty.title.lower()]
        if hints and self._random.random() < 0.7:
            return hints[0]
        return self._random.choice(("institute", "company", "company", "public"))

    def _side(self, code: str, kind: str, age: int) -> Post:
        other = "company" if kind == "university" else "university"
        found = self._employer(code, other, age, ())
        role = {"university": ("겸임교수", "Adjunct Professor"), "company": ("기술고문", "Adviser")}
        employer = Employer(found.name, other, found.region, found.part, role[other][self._column])
        return Post(employer, date(LAST_YEAR - self._random.randint(1, 3), 9, 1), None)


def _terms(start: int, years: int) -> tuple[date, date]:
    return date(start, 3, 1), date(start + years, 2, 20)
