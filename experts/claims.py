"""What the columns of a claim mean, kind by kind: one table for forms, API, pages and checks.

A column that a kind does not name is not used by it and stays empty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import MissingFacts
from common.text import clean_line, clean_text
from experts.models import ClaimKind

Label = Any  # a text or a lazy translation; the stubs know no common type of the two

#: columns of one line, with the longest text each takes
LINE_LIMITS = {"title": 300, "organisation": 160, "role": 120, "identifier": 120}
TEXT_LIMIT = 5_000
DETAIL_LIMIT = 120
EARLIEST = date(1930, 1, 1)
#: how far ahead a date may lie: contracts and licences end in the future, papers do not
FAR_FUTURE = timedelta(days=365 * 30)
NEAR_FUTURE = timedelta(days=366)


@dataclass(frozen=True)
class Column:
    """A column as one kind calls it."""

    label: Label
    required: bool = False
    example: Label = ""
    choices: tuple[tuple[str, Label], ...] = ()


@dataclass(frozen=True)
class KindSpec:
    """How a kind uses the columns ``title … ends_on`` and the keys of ``details``."""

    columns: Mapping[str, Column]
    details: Mapping[str, Column] = field(default_factory=dict)
    #: what a reviewer wants to see before he marks the line as verified
    proof: Label = ""
    #: whether several lines may be marked as the main one of the person
    has_main: bool = False
    #: whether ``ends_on`` may lie far ahead
    runs_on: bool = False

    @property
    def required(self) -> tuple[str, ...]:
        """Columns and details that must be filled."""
        return tuple(n for n, c in {**self.columns, **self.details}.items() if c.required)


def _c(label: Label, *, must: Any = False, eg: Label = "", **choices: Label) -> Column:
    return Column(label, must, eg, tuple(choices.items()))


T = gettext_lazy

ORGANISATION_KINDS = {
    "university": T("대학"),
    "institute": T("출연연·연구소"),
    "company": T("기업"),
    "public": T("공공기관"),
    "self": T("개인"),
}
DEGREES = {"doctor": T("박사"), "master": T("석사"), "bachelor": T("학사"), "other": T("그 밖")}

KINDS: dict[str, KindSpec] = {
    ClaimKind.AFFILIATION: KindSpec(
        columns={
            "title": _c(T("기관 이름"), must=True, eg=T("예: 한빛대학교")),
            "organisation": _c(T("부서·학과"), eg=T("예: 산업공학과")),
            "role": _c(T("직위"), eg=T("예: 부교수")),
            "starts_on": _c(T("재직 시작")),
            "ends_on": _c(T("재직 종료")),
        },
        details={"organisation_kind": _c(T("기관 구분"), **ORGANISATION_KINDS)},
        proof=T("재직증명서"),
        has_main=True,
        runs_on=True,
    ),
    ClaimKind.EDUCATION: KindSpec(
        columns={
            "title": _c(T("학교"), must=True),
            "organisation": _c(T("학과·전공")),
            "role": _c(T("학위"), must=True, **DEGREES),
            "starts_on": _c(T("입학")),
            "ends_on": _c(T("학위 취득일")),
            "identifier": _c(T("학위 번호")),
        },
        details={
            "adviser": _c(T("지도교수"), eg=T("사제 관계를 확인하는 데만 씁니다.")),
            "country": _c(T("취득 국가")),
        },
        proof=T("학위증명서"),
    ),
    ClaimKind.CAREER: KindSpec(
        columns={
            "title": _c(T("근무처"), must=True),
            "organisation": _c(T("부서")),
            "role": _c(T("직급·직책")),
            "text": _c(T("맡은 일")),
            "starts_on": _c(T("시작"), must=True),
            "ends_on": _c(T("종료")),
        },
        proof=T("경력증명서"),
    ),
    ClaimKind.QUALIFICATION: KindSpec(
        columns={
            "title": _c(T("자격 이름"), must=True, eg=T("예: 정보관리기술사")),
            "organisation": _c(T("발급 기관")),
            "identifier": _c(T("자격 번호")),
            "text": _c(T("설명")),
            "starts_on": _c(T("취득일")),
            "ends_on": _c(T("만료일")),
        },
        proof=T("자격증 사본"),
        runs_on=True,
    ),
    ClaimKind.PAPER: KindSpec(
        columns={
            "title": _c(T("논문 제목"), must=True),
            "organisation": _c(T("학술지·학술대회")),
            "role": _c(T("저자 역할"), eg=T("예: 교신저자")),
            "text": _c(T("요약")),
            "identifier": _c("DOI", eg="10.1000/182"),
            "starts_on": _c(T("발행일"), must=True),
        },
        details={"index": _c(T("등재 구분"), sci="SCI(E)", scopus="Scopus", kci="KCI")},
        proof=T("논문 첫 쪽 또는 DOI"),
    ),
    ClaimKind.PATENT: KindSpec(
        columns={
            "title": _c(T("발명의 명칭"), must=True),
            "organisation": _c(T("권리자")),
            "role": _c(T("발명자 역할")),
            "text": _c(T("요약")),
            "identifier": _c(T("출원·등록 번호")),
            "starts_on": _c(T("출원·등록일")),
        },
        details={"country": _c(T("국가"))},
        proof=T("특허 등록증"),
    ),
    ClaimKind.PROJECT: KindSpec(
        columns={
            "title": _c(T("과제 이름"), must=True),
            "organisation": _c(T("발주 기관")),
            "role": _c(T("역할"), eg=T("예: 연구책임자")),
            "text": _c(T("내용과 결과")),
            "identifier": _c(T("과제 번호")),
            "starts_on": _c(T("시작"), must=True),
            "ends_on": _c(T("종료")),
        },
        details={"amount": _c(T("금액(원)"))},
        proof=T("협약서 또는 실적증명서"),
    ),
    ClaimKind.AWARD: KindSpec(
        columns={
            "title": _c(T("상 이름"), must=True),
            "organisation": _c(T("수여 기관")),
            "text": _c(T("공적")),
            "starts_on": _c(T("수상일")),
        },
        proof=T("상장 사본"),
    ),
    ClaimKind.ADVISORY: KindSpec(
        columns={
            "title": _c(T("자문·평가 이름"), must=True),
            "organisation": _c(T("의뢰 기관")),
            "role": _c(T("역할"), eg=T("예: 평가위원")),
            "text": _c(T("내용")),
            "starts_on": _c(T("시작"), must=True),
            "ends_on": _c(T("종료")),
        },
        proof=T("위촉장 또는 확인서"),
        runs_on=True,
    ),
}

#: every key that ``details`` may hold for any kind
DETAIL_KEYS = frozenset(key for spec in KINDS.values() for key in spec.details)


def clean_claim(kind: str, facts: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Facts of one claim, cleaned and checked against the table.

    ``facts`` holds columns of the claim and ``details`` (a mapping). Unused columns come back
    empty. Raises ``MissingFacts`` naming every field that is missing, too long or impossible.
    """
    if kind not in KINDS:
        raise MissingFacts({"kind": _("알 수 없는 종류입니다.")})
    spec = KINDS[kind]
    values = _texts(spec, facts) | _dates(spec, facts)
    values["is_main"] = spec.has_main and bool(facts.get("is_main"))
    values["is_retired"] = bool(facts.get("is_retired"))
    errors = dict(_problems(spec, values, today))
    if errors:
        raise MissingFacts(errors)
    return values


def _texts(spec: KindSpec, facts: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in LINE_LIMITS:
        values[name] = clean_line(str(facts.get(name) or "")) if name in spec.columns else ""
    values["text"] = clean_text(str(facts.get("text") or "")) if "text" in spec.columns else ""
    given = facts.get("details") or {}
    cleaned = {key: clean_line(str(given.get(key) or "")) for key in spec.details}
    values["details"] = {key: text for key, text in cleaned.items() if text}
    return values


def _dates(spec: KindSpec, facts: Mapping[str, Any]) -> dict[str, date | None]:
    return {
        name: facts.get(name) or None if name in spec.columns else None
        for name in ("starts_on", "ends_on")
    }


def _problems(spec: KindSpec, values: Mapping[str, Any], today: date) -> Iterator[tuple[str, str]]:
    for name in spec.required:
        if not (values.get(name) or values["details"].get(name)):
            yield name, _("꼭 필요한 내용입니다.")
    limits = {**LINE_LIMITS, "text": TEXT_LIMIT}
    for name, limit in limits.items():
        if len(values[name]) > limit:
            yield name, too_long(limit, len(values[name]))
    for name, text in values["details"].items():
        yield from _detail_problems(spec, name, text)
    yield from _date_problems(spec, values, today)


def too_long(limit: int, length: int) -> str:
    """The one sentence about a text that is too long."""
    text = _("%(limit)s자까지 쓸 수 있습니다. 지금 %(length)s자입니다.")
    return text % {"limit": f"{limit:,}", "length": f"{length:,}"}


def _detail_problems(spec: KindSpec, name: str, text: str) -> Iterator[tuple[str, str]]:
    if len(text) > DETAIL_LIMIT:
        yield name, too_long(DETAIL_LIMIT, len(text))
    allowed = dict(spec.details[name].choices)
    if allowed and text not in allowed:
        yield name, _("목록에 없는 값입니다.")


def _date_problems(
    spec: KindSpec, values: Mapping[str, Any], today: date
) -> Iterator[tuple[str, str]]:
    starts, ends = values["starts_on"], values["ends_on"]
    if starts and starts > today + NEAR_FUTURE:
        yield "starts_on", _("너무 먼 앞날의 날짜입니다.")
    if ends and ends > today + (FAR_FUTURE if spec.runs_on else NEAR_FUTURE * 5):
        yield "ends_on", _("너무 먼 앞날의 날짜입니다.")
    for name, day in (("starts_on", starts), ("ends_on", ends)):
        if day and day < EARLIEST:
            yield name, _("%(year)s년보다 앞선 날짜는 쓸 수 없습니다.") % {"year": EARLIEST.year}
    if starts and ends and ends < starts:
        yield "ends_on", _("종료일이 시작일보다 앞섭니다.")


def label_of(kind: str, name: str) -> Label:
    """How ``kind`` calls a column or a key of ``details``; empty when it uses neither."""
    spec = KINDS[kind]
    column = spec.columns.get(name) or spec.details.get(name)
    return column.label if column else ""


def role_label(kind: str, role: str) -> str:
    """A stored role in the reader's language: degrees are codes, other roles free text."""
    return str(dict(KINDS[kind].columns["role"].choices).get(role, role)) if _has_role(kind) else ""


def _has_role(kind: str) -> bool:
    return "role" in KINDS[kind].columns
