"""The rules that keep a person off a shortlist: a table, and pure functions without a database.

Every function answers with an ``Exclusion`` that names its evidence, or ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from content.dates import korean_date


class Waivable(StrEnum):
    """When a second person may set a rule aside."""

    NEVER = "never"
    #: plain advice only, not a review that a statute asks for
    ADVICE = "advice"
    ALWAYS = "always"


@dataclass(frozen=True)
class Rule:
    """One rule: ``label`` in counts and filters, what it protects in ``purpose``."""

    code: str
    label: str | Promise
    purpose: str | Promise
    waivable: Waivable

    def may_be_waived(self, *, statutory: bool) -> bool:
        allowed = {Waivable.ALWAYS} if statutory else {Waivable.ALWAYS, Waivable.ADVICE}
        return self.waivable in allowed


RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in [
        Rule(
            "state",
            _("승인되지 않음"),
            _("승인되고 기한이 지나지 않은 전문가만 추천합니다."),
            Waivable.NEVER,
        ),
        Rule(
            "claims",
            _("확인된 기재 사항 없음"),
            _("재단이 확인한 경력이나 실적이 하나는 있어야 합니다."),
            Waivable.NEVER,
        ),
        Rule(
            "self",
            _("요청 관계자 본인"),
            _("요청한 사람이나 담당자는 자신을 추천받을 수 없습니다."),
            Waivable.NEVER,
        ),
        Rule(
            "conflict",
            _("담당자가 입력한 이해충돌"),
            _("담당자가 확인한 이해충돌이 있는 동안 추천하지 않습니다."),
            Waivable.ADVICE,
        ),
        Rule(
            "same_organisation",
            _("요청 기관 소속"),
            _("요청한 기관에 속한 사람은 그 기관의 일을 자문하지 않습니다."),
            Waivable.ADVICE,
        ),
        Rule(
            "relation",
            _("신고한 이해관계"),
            _("전문가가 신고한 가족·임원·고문·지분 관계를 지킵니다."),
            Waivable.ADVICE,
        ),
        Rule(
            "employer",
            _("최근 근무한 기관"),
            _("정한 기간 안에 근무한 기관의 일은 자문하지 않습니다."),
            Waivable.ADVICE,
        ),
        Rule(
            "adviser",
            _("사제 관계"),
            _("요청 관계자와 지도교수·제자 사이인 사람은 추천하지 않습니다."),
            Waivable.ADVICE,
        ),
        Rule(
            "availability",
            _("활동을 쉬는 중"),
            _("전문가가 스스로 정한 쉬는 기간을 지킵니다."),
            Waivable.NEVER,
        ),
        Rule(
            "cap",
            _("월 한도 사용"),
            _("한 달에 맡을 수 있는 건수는 전문가가 정합니다."),
            Waivable.ALWAYS,
        ),
    ]
}
#: position in the table: the first rule that applies is the one that is told
ORDER = {code: place for place, code in enumerate(RULES)}

SENTENCES: dict[str, str | Promise] = {
    "state": _("등록 상태가 ‘%(state)s’입니다."),
    "state.expired": _("등록 유효 기한이 %(ended)s에 끝났습니다."),
    "claims": _("재단이 확인한 기재 사항이 없습니다."),
    "claims.outdated": _("확인한 기재 사항의 유효 기한이 %(ended)s에 모두 끝났습니다."),
    "self": _("이 요청의 신청자 또는 재단 담당자입니다."),
    "conflict": _("담당자가 이해충돌을 입력했습니다: %(evidence)s"),
    "conflict.until": _("담당자가 이해충돌을 입력했습니다: %(evidence)s (%(until)s까지)"),
    "same_organisation": _("요청 기관인 %(organisation)s에 속해 있습니다."),
    "relation": _("%(organisation)s와(과) ‘%(kind)s’ 관계를 신고했습니다."),
    "relation.until": _("%(organisation)s와(과) ‘%(kind)s’ 관계를 신고했습니다 (%(until)s까지)."),
    "employer": _("%(organisation)s에서 %(ended)s까지 근무했습니다 (%(free)s부터 가능)."),
    "adviser.student": _("%(person)s의 지도교수입니다."),
    "adviser.teacher": _("%(person)s이(가) 지도교수입니다."),
    "availability": _("활동을 쉬고 있습니다."),
    "availability.until": _("%(until)s까지 활동을 쉽니다 (%(free)s부터 가능)."),
    "cap": _("월 한도 %(cap)s건을 모두 사용 중입니다 (%(free)s부터 가능)."),
    "cap.zero": _("월 한도를 0건으로 정해 두었습니다."),
}


@dataclass(frozen=True)
class Exclusion:
    """Why one person may not be recommended, with the evidence.

    wording: key of ``SENTENCES``; facts: values of the sentence (dates stay dates);
    source: the row it rests on (``claim:12``); until: last day on which it holds, where known.
    """

    rule: str
    wording: str
    facts: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    on: date | None = None
    until: date | None = None

    @property
    def label(self) -> str:
        return str(RULES[self.rule].label)

    @property
    def sentence(self) -> str:
        """The evidence in words, in the reader's language."""
        shown = {
            name: korean_date(value) if isinstance(value, date) else str(value)
            for name, value in self.facts.items()
        }
        return str(SENTENCES[self.wording]) % shown

    def may_be_waived(self, *, statutory: bool) -> bool:
        return RULES[self.rule].may_be_waived(statutory=statutory)


def years_after(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def next_month(day: date) -> date:
    """First day of the month after ``day``."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def state_rule(state: str, label: Any, expires_on: date | None, today: date) -> Exclusion | None:
    """Approved, and the approval has not run out."""
    if state != "approved":
        return Exclusion("state", "state", {"state": label})
    if expires_on and expires_on < today:
        return Exclusion("state", "state.expired", {"ended": expires_on}, until=None)
    return None


def claims_rule(last_valid_until: date | None) -> Exclusion:
    """For someone without a valid verified claim; the day the last one ran out, where known."""
    if last_valid_until:
        return Exclusion("claims", "claims.outdated", {"ended": last_valid_until})
    return Exclusion("claims", "claims")


def availability_rule(
    availability: str, paused_until: date | None, today: date
) -> Exclusion | None:
    """Paused; a pause that ran out yesterday no longer holds."""
    if availability != "paused" or (paused_until and paused_until < today):
        return None
    if paused_until is None:
        return Exclusion("availability", "availability")
    free = date.fromordinal(paused_until.toordinal() + 1)
    facts = {"until": paused_until, "free": free}
    return Exclusion("availability", "availability.until", facts, until=paused_until)


def cap_rule(cap: int, decided: int, today: date) -> Exclusion | None:
    """As many requests decided this month as the expert takes in a month."""
    if decided < cap:
        return None
    if cap == 0:
        return Exclusion("cap", "cap.zero")
    free = next_month(today)
    until = date.fromordinal(free.toordinal() - 1)
    return Exclusion("cap", "cap", {"cap": cap, "free": free}, until=until)


def employment_rule(
    *,
    organisation: str,
    starts_on: date | None,
    ends_on: date | None,
    source: str,
    today: date,
    years: int,
) -> Exclusion | None:
    """Works there now, or left less than ``years`` ago."""
    if ends_on is None or ends_on >= today:
        where = {"organisation": organisation}
        return Exclusion("same_organisation", "same_organisation", where, source, starts_on)
    free = years_after(ends_on, years)
    if free <= today:
        return None
    facts: dict[str, Any] = {"organisation": organisation, "ended": ends_on, "free": free}
    until = date.fromordinal(free.toordinal() - 1)
    return Exclusion("employer", "employer", facts, source, ends_on, until)


def relation_rule(
    organisation: str, kind: Any, starts_on: date | None, ends_on: date | None, source: str
) -> Exclusion:
    """A declared relation in force."""
    facts = {"organisation": organisation, "kind": kind, "until": ends_on or ""}
    wording = "relation.until" if ends_on else "relation"
    return Exclusion("relation", wording, facts, source, starts_on, ends_on)


def conflict_rule(evidence: str, entered: date, ends_on: date | None, source: str) -> Exclusion:
    """A conflict that staff entered and that holds today."""
    wording = "conflict.until" if ends_on else "conflict"
    facts = {"evidence": evidence, "until": ends_on or ""}
    return Exclusion("conflict", wording, facts, source, entered, ends_on)
