"""Lines of a profile (claims) from a life and its passages, with what reviewers made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from demo.facts import facts_of
from demo.lives import Degree, Life, Post
from demo.reading import Passage
from experts.models import ClaimKind, Verification
from experts.services import ClaimRecord

REJECTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "ko": {
        "": ("스캔 상태가 흐려 내용을 읽을 수 없습니다.", "등록번호로 조회되지 않습니다."),
        "affiliation": ("증명서가 발급된 지 3개월이 지났습니다. 다시 발급받아 주십시오.",),
        "career": ("제출하신 증명서에서 재직 기간을 확인할 수 없습니다.",),
        "education": ("학위증명서가 아니라 수료증명서가 올라와 있습니다.",),
        "paper": ("논문 첫 쪽에 적힌 저자 이름이 본인과 다릅니다.",),
        "project": ("발주 기관의 직인이 없는 서류입니다.", "같은 실적이 두 번 기재되었습니다."),
        "advisory": ("위촉 기간이 위촉장과 다르게 적혀 있습니다.",),
    },
    "en": {
        "": ("The file could not be opened. Please upload it again.",
             "The document does not show your name."),
    },
}  # fmt: skip
REJECTED_SHARE = 0.04
ROLES = {
    "ko": {
        "project": ("연구책임자", "공동연구원", "실무책임", "참여연구원", "분석 담당", "자문위원"),
        "paper": ("제1저자", "교신저자", "공동저자", "단독저자"),
        "patent": ("대표발명자", "공동발명자"),
        "advisory": ("자문위원", "평가위원", "기술검토위원"),
    },
    "en": {
        "project": ("Principal investigator", "Co-investigator", "Technical lead", "Analyst"),
        "paper": ("First author", "Corresponding author", "Co-author"),
    },
}


class Clerk:
    """Writes the lines of one person."""

    def __init__(self, random: Random, language: str) -> None:
        self._random = random
        self._language = language

    def lines(self, life: Life, evidence: list[Passage], adviser: str) -> list[ClaimRecord]:
        """All lines, undecided: affiliations, degrees, posts, evidence."""
        return [
            *self._affiliations(life),
            *self._degrees(life, adviser),
            *self._careers(life),
            *(self._evidence(passage) for passage in evidence if passage.kind != "career"),
        ]

    def _affiliations(self, life: Life) -> Iterator[ClaimRecord]:
        for post, main in ((life.posts[-1], True), (life.side, False)):
            if post:
                yield ClaimRecord(
                    kind=ClaimKind.AFFILIATION,
                    title=post.employer.name,
                    organisation=post.employer.part,
                    role=post.employer.position,
                    starts_on=post.starts,
                    details={"organisation_kind": post.employer.kind},
                    is_main=main,
                )

    def _degrees(self, life: Life, adviser: str) -> Iterator[ClaimRecord]:
        shown = len(life.degrees) if self._random.random() < 0.6 else 1
        if self._random.random() < 0.08:
            shown = 0  # some leave the section out
        for degree in life.degrees[:shown]:
            yield self._degree(degree, adviser if degree.level == "doctor" else "")

    def _degree(self, degree: Degree, adviser: str) -> ClaimRecord:
        details = {"country": "대한민국"} if self._language == "ko" else {}
        if adviser:
            details["adviser"] = adviser
        return ClaimRecord(
            kind=ClaimKind.EDUCATION,
            title=degree.school,
            organisation=degree.major,
            role=degree.level,
            starts_on=degree.starts,
            ends_on=degree.ends,
            details=details,
        )

    def _careers(self, life: Life) -> Iterator[ClaimRecord]:
        """Former posts; of those without a told duty some are left out."""
        for post in life.posts[:-1]:
            if post.duty or self._random.random() < 0.75:
                role = post.duty.title if post.duty else post.employer.position
                yield self._post(post, role, post.duty.text if post.duty else "")

    def _post(self, post: Post, role: str, text: str) -> ClaimRecord:
        return ClaimRecord(
            kind=ClaimKind.CAREER,
            title=post.employer.name,
            organisation=post.employer.part,
            role=role,
            text=text,
            starts_on=post.starts,
            ends_on=post.ends,
        )

    def _evidence(self, passage: Passage) -> ClaimRecord:
        facts = facts_of(passage)
        starts = date(facts.year, facts.month, 1)
        lasts = facts.months and passage.kind in ("project", "advisory")
        return ClaimRecord(
            kind=passage.kind,
            title=passage.title,
            organisation=facts.organisation,
            role=self._role(passage.kind),
            text=passage.text,
            starts_on=starts,
            ends_on=_later(starts, facts.months) if lasts else None,
            details=self._details(passage),
        )

    def _role(self, kind: str) -> str:
        roles = ROLES[self._language].get(kind)
        return self._random.choice(roles) if roles else ""

    def _details(self, passage: Passage) -> dict[str, str]:
        if passage.kind == "paper":
            index = "kci" if passage.language == "ko" else "scopus"
            return {"index": index} if self._random.random() < 0.7 else {}
        if passage.kind == "patent":
            return {"country": "대한민국"}
        return {}


def _later(day: date, months: int) -> date:
    """The last day of the month before the one ``months`` later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1) - timedelta(days=1)


@dataclass(frozen=True)
class Review:
    """A reviewer's day; ``thoroughness`` is the share of lines he could verify, 0 to 1."""

    random: Random
    language: str
    reviewed_on: date
    today: date
    thoroughness: float

    def decide(self, lines: Iterable[ClaimRecord]) -> list[ClaimRecord]:
        """The lines afterwards: many verified, few rejected, some verifications outdated."""
        return [self._decided(line) for line in lines]

    def _decided(self, line: ClaimRecord) -> ClaimRecord:
        chance = self.random.random()
        if chance < REJECTED_SHARE:
            return self._rejected(line)
        if chance > REJECTED_SHARE + self.thoroughness * (1 - REJECTED_SHARE):
            return line
        return self.verified(line)

    def _rejected(self, line: ClaimRecord) -> ClaimRecord:
        reasons = REJECTIONS[self.language]
        return replace(
            line,
            verification=Verification.REJECTED,
            decided_on=self.reviewed_on,
            rejection_reason=self.random.choice(reasons.get(line.kind) or reasons[""]),
        )

    def verified(self, line: ClaimRecord) -> ClaimRecord:
        """The line as verified on the day of the review."""
        until = _until(self.random, line.kind, self.reviewed_on, self.today)
        return replace(
            line,
            verification=Verification.VERIFIED,
            decided_on=self.reviewed_on,
            verified_until=until,
        )


def _until(random: Random, kind: str, reviewed_on: date, today: date) -> date | None:
    """Affiliations are verified for some time only; a part of them has run out."""
    if kind not in (ClaimKind.AFFILIATION, ClaimKind.QUALIFICATION):
        return None
    if random.random() < 0.15:
        return max(reviewed_on, today - timedelta(days=random.randint(5, 120)))
    return today + timedelta(days=random.randint(30, 700))
