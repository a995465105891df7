"""What a profile still lacks, and what each part is good for: one table for page and check."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from experts import consents
from experts.models import Claim, ClaimKind, Expert, Verification

T = gettext_lazy
SHORTEST_BIO = 100


@dataclass(frozen=True)
class Facts:
    """A profile with what hangs on it, read once."""

    expert: Expert
    claims: tuple[Claim, ...]
    axes: frozenset[str]
    consents: frozenset[str]

    def kinds(self) -> set[str]:
        """Kinds of which the profile has at least one line that was not rejected."""
        return {c.kind for c in self.claims if c.verification != Verification.REJECTED}


@dataclass(frozen=True)
class Requirement:
    """One thing a profile should have. ``part`` is the section of "my profile" to fill it in."""

    code: str
    label: Promise
    use: Promise
    part: str
    met: Callable[[Facts], bool]
    #: without it the profile cannot be handed in; the others only make it better
    needed: bool = False


REQUIREMENTS = (
    Requirement(
        "name",
        T("이름"),
        T("누구인지 알리는 데 씁니다."),
        "basic",
        lambda f: bool(f.expert.name_ko or f.expert.name_en),
        needed=True,
    ),
    Requirement(
        "affiliation",
        T("소속 한 줄 이상"),
        T("이해충돌을 확인하고 전문가를 소개하는 데 씁니다."),
        "claims",
        lambda f: ClaimKind.AFFILIATION in f.kinds(),
        needed=True,
    ),
    Requirement(
        "fields",
        T("전문 분야 하나 이상"),
        T("요청과 맞는지 찾는 데 씁니다."),
        "fields",
        lambda f: bool(f.axes),
        needed=True,
    ),
    Requirement(
        "collection",
        T("개인정보 수집·이용 동의"),
        T("등록 정보를 보관하고 검토하는 데 필요합니다."),
        "visibility",
        lambda f: consents.Kind.COLLECTION in f.consents,
        needed=True,
    ),
    Requirement(
        "bio",
        T("자기 소개 100자 이상"),
        T("요청의 내용과 뜻을 견주는 데 씁니다."),
        "basic",
        lambda f: len(f.expert.bio) >= SHORTEST_BIO,
    ),
    Requirement(
        "all_axes",
        T("기술·데이터·도메인 세 축의 분야"),
        T("세 축이 모두 있으면 더 많은 요청에서 찾을 수 있습니다."),
        "fields",
        lambda f: len(f.axes) == 3,
    ),
    Requirement(
        "evidence",
        T("과제·논문·경력·자문 가운데 세 줄 이상"),
        T("추천할 때 근거 문장으로 보여 줍니다."),
        "claims",
        lambda f: _evidence(f) >= 3,
    ),
    Requirement(
        "verified",
        T("확인된 기재 사항 한 줄 이상"),
        T("확인된 줄이 하나도 없으면 추천 대상이 되지 않습니다."),
        "claims",
        lambda f: any(c.is_verified for c in f.claims),
    ),
    Requirement(
        "education",
        T("학력"),
        T("자격 요건과 사제 관계를 확인하는 데 씁니다."),
        "claims",
        lambda f: ClaimKind.EDUCATION in f.kinds(),
    ),
    Requirement(
        "languages",
        T("쓸 수 있는 언어"),
        T("외국어 자문이나 평가를 부탁할 때 씁니다."),
        "availability",
        lambda f: bool(f.expert.languages),
    ),
    Requirement(
        "modes",
        T("활동 방식"),
        T("대면·비대면·서면 가운데 맞는 방식으로 부탁하는 데 씁니다."),
        "availability",
        lambda f: bool(f.expert.modes),
    ),
    Requirement(
        "sharing",
        T("수요부서 제공 동의"),
        T("동의하면 부서가 전문가 찾기에서 볼 수 있습니다."),
        "visibility",
        lambda f: f.expert.shares_with_departments or f.expert.is_public,
    ),
)

_EVIDENCE = {
    ClaimKind.PROJECT,
    ClaimKind.PAPER,
    ClaimKind.CAREER,
    ClaimKind.ADVISORY,
    ClaimKind.PATENT,
}


def _evidence(facts: Facts) -> int:
    lines = (c for c in facts.claims if c.verification != Verification.REJECTED)
    return sum(c.kind in _EVIDENCE for c in lines)


@dataclass(frozen=True)
class Finding:
    """A requirement and whether the profile meets it."""

    requirement: Requirement
    met: bool


def facts_of(expert: Expert) -> Facts:
    """Read what the requirements look at: four queries, fewer when prefetched."""
    user: Any = expert.user
    return Facts(
        expert=expert,
        claims=tuple(expert.claims.all()),
        axes=frozenset(field.node.axis for field in expert.fields.select_related("node")),
        consents=frozenset(consents.agreed_kinds(user)),
    )


def findings(facts: Facts) -> list[Finding]:
    """Every requirement with its answer, what is needed first."""
    return [Finding(item, item.met(facts)) for item in REQUIREMENTS]


def missing_to_submit(expert: Expert) -> dict[str, str]:
    """What still stands between the profile and its review: code → sentence."""
    open_items: Iterable[Finding] = findings(facts_of(expert))
    text = _("등록을 신청하려면 필요합니다: %(what)s")
    return {
        finding.requirement.code: text % {"what": finding.requirement.label}
        for finding in open_items
        if finding.requirement.needed and not finding.met
    }
