"""The demo experts: seeded, so that every installation gets the same people."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from demo.lines import Clerk, Review
from demo.lives import Biographer, Employer, Life, first_year
from demo.naming import Name, Namer
from demo.portrait import Painter, Portrait
from demo.profile import for_show, in_house, settings_of
from demo.reading import affinities, library, table
from demo.supply import Supply
from experts.models import Expert, Verification
from experts.services import ClaimRecord, ExpertRecord

SEED = 20261122
FOUNDATION, FOUNDED = "서울AI재단", date(2018, 3, 2)
KOREANS = 744
FOREIGNERS = 164
KOREANS_ABROAD = 24
#: kinds of lines whose verification does not run out
LASTING = ("education", "project", "paper", "advisory", "career", "patent")
#: people in each state other than approved
OTHER_STATES = {
    Expert.State.DRAFT: 14,
    Expert.State.SUBMITTED: 15,
    Expert.State.IN_REVIEW: 12,
    Expert.State.CHANGES_ASKED: 10,
    Expert.State.SUSPENDED: 6,
    Expert.State.EXPIRED: 14,
    Expert.State.WITHDRAWN: 6,
}
EUROPE = ("europe_north", "europe_west", "europe_south", "europe_east")
#: part of the world → how many people come from there, as a share
ORIGINS = {
    "europe_north": 17, "europe_west": 24, "europe_south": 14, "europe_east": 11, "africa": 14,
    "south_asia": 8, "southeast_asia": 12, "east_asia": 9, "north_america": 22,
    "latin_america": 20, "oceania": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A composed expert before states and settings."""

    name: Name
    portrait: Portrait
    life: Life
    lines: list[ClaimRecord]
    group: str = ""


class Composer:
    """Composes everybody in one fixed order."""

    def __init__(self, today: date, seed: int = SEED) -> None:
        self.today = today
        self._seed = seed
        self._random = Random(seed)
        self.namer = Namer(Random(f"{seed}/names"))
        self.namer.keep(row["name_ko"] for row in table("staff"))
        self._advisers: dict[str, list[str]] = {}

    def compose(self) -> tuple[dict[str, ExpertRecord], list[ExpertRecord]]:
        """The staff members who are experts, by address, and everybody else.

        The same for the same seed and day.
        """
        painter = self._painter("ko")
        colleagues = dict(self._colleagues(painter))
        people = [*self._koreans(painter), *self._abroad(self._painter("en"))]
        states = self._states(len(people))
        records = [
            self._record(number, person, state)
            for number, (person, state) in enumerate(zip(people, states, strict=True))
        ]
        self._random.shuffle(records)
        return colleagues, records

    # --- people --------------------------------------------------------------------------------

    def _painter(self, language: str) -> Painter:
        supply = Supply(library(language), Random(f"{self._seed}/{language}"))
        return Painter(supply, self._random)

    def _colleagues(self, painter: Painter) -> Iterator[tuple[str, ExpertRecord]]:
        """People with a demo sign-in who are experts, those of the Foundation among them."""
        clerk = Clerk(self._random, "ko")
        for row in table("staff"):
            if not row["leaf"]:
                continue
            age = int(row["age"])
            portrait = painter.draw(row["leaf"], None, first_year(age))
            life = Biographer(self._random).write(row["leaf"], age, portrait.duties)
            inside = bool(row["department"])
            if inside:
                life = life.employed_at(_colleague_post(row), FOUNDED)
            lines = clerk.lines(life, portrait.evidence, "")
            person = Person(Name(row["name_ko"], row["name_en"]), portrait, life, lines)
            state = str(Expert.State.APPROVED) if inside else row["post"]
            record = self._record(0, person, state)
            yield row["address"], in_house(record) if inside else for_show(record)

    def _koreans(self, painter: Painter) -> Iterator[Person]:
        biographer, clerk = Biographer(self._random), Clerk(self._random, "ko")
        for code in self._primaries(KOREANS):
            age = self._age()
            name = self.namer.korean(age)
            portrait = painter.draw(code, None, first_year(age))
            life = biographer.write(code, age, portrait.duties)
            lines = clerk.lines(life, portrait.evidence, self._adviser(life))
            self._remember_professor(name, life)
            yield Person(name, portrait, life, lines)

    def _abroad(self, painter: Painter) -> Iterator[Person]:
        clerk = Clerk(self._random, "en")
        for number, code in enumerate(self._primaries(FOREIGNERS + KOREANS_ABROAD)):
            group = self._random.choices(list(ORIGINS), list(ORIGINS.values()))[0]
            age = self._age()
            korean = number % 8 == 3
            name = self.namer.korean(age) if korean else self.namer.foreign(group)
            allowed = frozenset(EUROPE if group in EUROPE else [group])
            portrait = painter.draw(code, allowed, first_year(age))
            life = Biographer(self._random, group).write(code, age, portrait.duties)
            adviser = self.namer.foreign(group).en if self._random.random() < 0.5 else ""
            yield Person(name, portrait, life, clerk.lines(life, portrait.evidence, adviser), group)

    def _primaries(self, number: int) -> list[str]:
        """Main fields of ``number`` people: each leaf by its weight, in mixed order."""
        weights = {code: kin.weight for code, kin in affinities().items()}
        share = number / sum(weights.values())
        wanted = Counter({code: int(weight * share) for code, weight in weights.items()})
        rest = sorted(weights, key=lambda code: -(weights[code] * share % 1))
        wanted.update(rest[: number - wanted.total()])
        codes = list(wanted.elements())
        self._random.shuffle(codes)
        return codes

    def _age(self) -> int:
        return min(71, max(33, round(self._random.gauss(48, 8.5))))

    def _adviser(self, life: Life) -> str:
        """The doctoral adviser: now and then one of the professors who are experts here."""
        doctors = [degree for degree in life.degrees if degree.level == "doctor"]
        if not doctors or self._random.random() < 0.3:
            return ""
        known = self._advisers.get(f"{doctors[0].school}/{doctors[0].major}", [])
        if known and life.age < 50:
            return self._random.choice(known)
        return self.namer.korean(66).ko

    def _remember_professor(self, name: Name, life: Life) -> None:
        employer = life.present
        if employer.position in ("교수", "명예교수") and life.age > 56:
            self._advisers.setdefault(f"{employer.name}/{employer.part}", []).append(name.ko)

    # --- records -------------------------------------------------------------------------------

    def _states(self, number: int) -> list[str]:
        others = [state for state, count in OTHER_STATES.items() for _ in range(count)]
        states = [*others, *[Expert.State.APPROVED] * (number - len(others))]
        self._random.shuffle(states)
        return [str(state) for state in states]

    def _record(self, number: int, person: Person, state: str) -> ExpertRecord:
        since = self.today - timedelta(days=self._days_in(state))
        settings = settings_of(self._random, number, person, state, since, self.today)
        return ExpertRecord(
            name_ko=person.name.ko,
            name_en=person.name.en,
            bio=self._bio(person.portrait),
            keywords=person.portrait.keywords,
            fields=person.portrait.fields,
            claims=self._claims(person, state, since),
            state=state,
            since=since,
            **settings,
        )

    def _bio(self, portrait: Portrait) -> str:
        between = "\n\n" if self._random.random() < 0.6 else " "
        return between.join(passage.text for passage in portrait.bios)

    def _days_in(self, state: str) -> int:
        if state in (Expert.State.SUBMITTED, Expert.State.IN_REVIEW):
            return self._random.randint(0, 12)
        if state in (Expert.State.DRAFT, Expert.State.CHANGES_ASKED):
            return self._random.randint(1, 40)
        return self._random.randint(20, 560)

    def _claims(self, person: Person, state: str, since: date) -> list[ClaimRecord]:
        if state in (Expert.State.DRAFT, Expert.State.SUBMITTED):
            return person.lines
        thoroughness = self._random.betavariate(4.0, 2.4)
        if state in (Expert.State.IN_REVIEW, Expert.State.CHANGES_ASKED):
            thoroughness *= 0.5
        language = "en" if person.group else "ko"
        review = Review(self._random, language, since, self.today, thoroughness)
        lines = review.decide(person.lines)
        if state == Expert.State.APPROVED and not any(map(self._holds, lines)):
            # nearly everybody who was approved has something that holds today
            lasting = next((line for line in person.lines if line.kind in LASTING), None)
            if lasting and self._random.random() < 0.8:
                lines[person.lines.index(lasting)] = review.verified(lasting)
        return lines

    def _holds(self, line: ClaimRecord) -> bool:
        until = line.verified_until
        return line.verification == Verification.VERIFIED and (until is None or until >= self.today)


def _colleague_post(row: dict[str, str]) -> Employer:
    """The post of a member of the Foundation's staff, by his row of ``staff.csv``."""
    teams = {each["code"]: each["name_ko"] for each in table("organisations")}
    return Employer(FOUNDATION, "public", "seoul", teams[row["department"]], row["post"])
