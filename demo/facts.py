"""When and for whom a piece of evidence came about: the same for all who share it.

Two people with the same project were colleagues in it, so year, client and journal must agree.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from demo.reading import Passage, document

LAST_YEAR = 2026
#: techniques that did not exist in practice before the year
YOUNG_LEAVES = {"T1-02": 2022, "T1-03": 2021, "T5-03": 2019, "T5-06": 2019, "T4-05": 2018}
YOUNG_WORDS = (
    ("언어모델", 2023), ("생성형", 2023), ("프롬프트", 2023), ("질의응답", 2023), ("챗봇", 2018),
    ("고영향", 2025), ("인공지능 기본법", 2025), ("language model", 2023), ("prompt", 2023),
    ("generative", 2023),
)  # fmt: skip
#: words that say where the work was done
SEOUL_WORDS = ("서울", "한강", "광화문", "120 ", "청계천", "따릉이")


@dataclass(frozen=True)
class Facts:
    """``months`` is how long it took; ``organisation`` the client, journal or issuer."""

    year: int
    month: int
    months: int
    organisation: str


@cache
def facts_of(passage: Passage) -> Facts:
    """Facts that belong to the text, decided by the text itself."""
    random = Random(f"{passage.leaf}/{passage.title}")
    first = max(YOUNG_LEAVES.get(passage.leaf, 2009), _first_year(passage.full_text))
    # most of what people show is from the last ten years
    year = max(first, LAST_YEAR - int(abs(random.gauss(0, 5.5))))
    if year == LAST_YEAR:
        return Facts(year, random.randint(1, 9), 0, _organisation(passage, random))
    months = random.choice((3, 5, 6, 8, 10, 12, 18, 24)) if year < LAST_YEAR - 2 else 5
    return Facts(year, random.randint(1, 12), months, _organisation(passage, random))


def covers(topics: str, code: str) -> bool:
    """Whether a list of codes names the leaf, its branch or its axis; an empty one names all."""
    return not topics or any(code.startswith(topic) for topic in topics.split())


def _first_year(text: str) -> int:
    return max((year for word, year in YOUNG_WORDS if word in text), default=0)


def _organisation(passage: Passage, random: Random) -> str:
    employers = document("employers")
    if passage.kind == "paper":
        journals = employers[f"journals_{passage.language}"]
        return str(
            random.choice([name for name, topics in journals if covers(topics, passage.leaf)])
        )
    if passage.kind in ("project", "advisory") and passage.language == "ko":
        clients = employers["clients"]
        if any(word in passage.full_text for word in SEOUL_WORDS):
            return str(random.choice(clients["seoul"]))
        return str(random.choice(clients.get(passage.leaf) or clients[""]))
    if passage.kind == "qualification":
        issuers = employers["issuers"].items()
        return next((str(issuer) for word, issuer in issuers if word in passage.title), "")
    return ""
