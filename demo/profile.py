"""What a person sets beside the texts: headline, languages, availability, what is shown."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from demo.portrait import Portrait, pick
from experts.choices import Section
from experts.models import Expert
from experts.services import ClaimRecord, ExpertRecord

if TYPE_CHECKING:
    from demo.composer import Person

CAPS = ((0, 1), (1, 12), (2, 30), (3, 36), (4, 12), (5, 9))
MODES = (
    ("onsite", "online", "written"),
    ("onsite", "online"),
    ("online", "written"),
    ("onsite", "written"),
    ("online",),
    ("written",),
)
MODE_SHARES = (46, 22, 14, 8, 7, 3)
#: part of the world → (region, languages)
WORLD = {
    "europe_north": ("europe", ["en"]),
    "europe_west": ("europe", ["en", "de", "fr"]),
    "europe_south": ("europe", ["en", "es", "pt"]),
    "europe_east": ("europe", ["en", "ru"]),
    "africa": ("africa", ["en", "fr", "ar"]),
    "south_asia": ("asia", ["en", "hi"]),
    "southeast_asia": ("asia", ["en", "vi"]),
    "east_asia": ("asia", ["en", "ja", "zh"]),
    "north_america": ("north_america", ["en", "es", "fr"]),
    "latin_america": ("latin_america", ["en", "es", "pt"]),
    "oceania": ("oceania", ["en"]),
}
DOMAIN = "experts.example"
NOTES = (
    "재직증명서와 학위증명서를 함께 올려 주십시오.",
    "과제 실적의 발주 기관과 역할을 확인할 수 있는 서류가 필요합니다.",
    "자기 소개에 적으신 내용과 전문 분야가 맞지 않습니다. 분야를 다시 골라 주십시오.",
    "논문 두 편의 발행일이 비어 있습니다.",
)


def settings_of(
    random: Random, number: int, person: "Person", state: str, since: date, today: date
) -> dict[str, Any]:
    """Columns of ``ExpertRecord`` other than names, texts and lines."""
    region, languages = _home(random, person)
    return {
        "email": f"expert{number + 1:04d}@{DOMAIN}",
        "language": "en" if person.group else "ko",
        "origin": Expert.Origin.OVERSEAS if person.group else Expert.Origin.DOMESTIC,
        "region": region,
        "languages": languages,
        "headline": headline(random, person.portrait, "en" if person.group else "ko"),
        "monthly_cap": pick(random, CAPS),
        "modes": _modes(random, bool(person.group)),
        "weekdays": _weekdays(random),
        "pools": _pools(random, person),
        "review_note": random.choice(NOTES) if state == Expert.State.CHANGES_ASKED else "",
        **_term(random, state, since, today),
        **_pause(random, state, today),
        **_consents(random, state),
    }


def in_house(record: ExpertRecord) -> ExpertRecord:
    """A member of the Foundation's staff: always there, in the pools of the Foundation."""
    return replace(
        record,
        claims=[_employed(line) for line in record.claims],
        is_in_house=True,
        pools=("platform", "bridge", "in-house"),
        availability=Expert.Availability.AVAILABLE,
        paused_until=None,
        monthly_cap=6,
        shares_with_departments=True,
    )


def _employed(line: ClaimRecord) -> ClaimRecord:
    """The Foundation knows for sure who works there."""
    if line.kind != "affiliation":
        return line
    return replace(line, verification="verified", verified_until=None, rejection_reason="")


def for_show(record: ExpertRecord) -> ExpertRecord:
    """A demo sign-in: available and visible; a draft is only half filled in."""
    if record.state == Expert.State.DRAFT:
        first = [line for line in record.claims if line.kind == "affiliation"][:1]
        return replace(
            record, bio="", headline="", fields=record.fields[:1], claims=first, keywords=(),
            is_public=False, public_sections=(), shares_with_departments=False,
        )  # fmt: skip
    return replace(
        record, availability=Expert.Availability.AVAILABLE, paused_until=None, monthly_cap=4,
        is_public=True, shares_with_departments=True, public_sections=tuple(Section.values),
    )  # fmt: skip


def headline(random: Random, portrait: Portrait, language: str) -> str:
    """A line of key words; a fifth of all people leave it empty."""
    words = portrait.keywords[:3]
    if not words or random.random() < 0.2:
        return ""
    style = random.choice((", ", " · ", " / ", "and"))
    if style == "and" and len(words) > 1:
        return _and(words[0], words[1], language)
    return (" · " if style == "and" else style).join(words)


def _and(first: str, second: str, language: str) -> str:
    if language == "en":
        return f"{first} and {second}"
    final = "가" <= first[-1] <= "힣" and (ord(first[-1]) - 0xAC00) % 28
    return f"{first}{'과' if final else '와'} {second}"


def _home(random: Random, person: "Person") -> tuple[str, list[str]]:
    if person.group:
        region, spoken = WORLD[person.group]
        languages = [*spoken[:1], *(word for word in spoken[1:] if random.random() < 0.4)]
        return region, [*languages, "ko"] if person.name.ko else languages
    languages = ["ko"]
    languages += [word for word, share in (("en", 0.46), ("ja", 0.05), ("zh", 0.05))
                  if random.random() < share]  # fmt: skip
    return person.life.present.region, languages


def _modes(random: Random, abroad: bool) -> Sequence[str]:
    if abroad:
        return random.choice((("online", "written"), ("online",), ("onsite", "online", "written")))
    return random.choices(MODES, MODE_SHARES)[0]


def _weekdays(random: Random) -> list[int]:
    if random.random() < 0.45:
        return [1, 2, 3, 4, 5]
    return sorted(random.sample(range(1, 6), random.randint(1, 4)))


def _pools(random: Random, person: "Person") -> list[str]:
    pools = ["platform"]
    if not person.group and random.random() < 0.28:
        pools.append("bridge")
    if person.group and random.random() < 0.5:
        pools.append("overseas")
    if random.random() < 0.12:
        pools.append("lecturers")
    if random.random() < 0.1:
        pools.append("judges")
    return pools


def _term(random: Random, state: str, since: date, today: date) -> dict[str, Any]:
    """Until when the registration runs: two years from approval."""
    if state == Expert.State.EXPIRED:
        return {"expires_on": today - timedelta(days=random.randint(1, 60))}
    if state in (Expert.State.APPROVED, Expert.State.SUSPENDED):
        return {"expires_on": since + timedelta(days=730)}
    return {}


def _pause(random: Random, state: str, today: date) -> dict[str, Any]:
    if state != Expert.State.APPROVED or random.random() > 0.05:
        return {}
    until = today + timedelta(days=random.randint(10, 150)) if random.random() < 0.8 else None
    return {"availability": Expert.Availability.PAUSED, "paused_until": until}


def _consents(random: Random, state: str) -> dict[str, Any]:
    if state == Expert.State.WITHDRAWN:
        return {}
    public = random.random() < 0.82
    sections = [str(section) for section in Section.values if random.random() < 0.8]
    return {
        "is_public": public,
        "public_sections": sections if public else [],
        "shares_with_departments": random.random() < 0.9,
    }
