"""What a plan could not do, in sentences: empty seats, open minimums, pins that were dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consulting.models import Request
from consulting.rounds.groups import label_of
from experts.models import Expert
from matching.eligibility import RULES
from matching.models import AllocationPlan

Lack = Mapping[str, Any]
T = gettext_lazy

EMPTY = {
    "nobody": T("조건에 맞는 전문가가 없습니다. 최소 적합도나 제외를 다시 보십시오."),
    "few": T("쓸 수 있는 전문가가 %(people)s명뿐이며 모두 배정했습니다."),
    "capacity": T("알맞은 전문가가 모두 이 회차의 한도까지 배정되었습니다."),
    "group": T("같은 기관 사람 수의 제한 때문에 더 배정할 수 없습니다."),
    "quota": T("최대 인원 조건 때문에 더 배정할 수 없습니다."),
    "total": T("다른 요청을 위해 비워 두었습니다."),
}
OPEN = {
    **EMPTY,
    "nobody": T("이 요청에 알맞은 그런 전문가가 없습니다."),
    "few": T("이 요청에 알맞은 그런 전문가가 %(people)s명뿐입니다."),
    "capacity": T("그런 전문가가 모두 이 회차의 한도까지 배정되었습니다."),
    "seats": T("요청의 자리가 그보다 적습니다."),
    "pins": T("다른 사람을 고정하여 자리가 없습니다."),
    "total": T("자리나 사람이 다른 최소 인원 조건에 쓰입니다."),
}
RELEASES = {
    "capacity": T("%(name)s 님의 한도를 1건 올리면 한 자리가 채워집니다."),
    "request": T("‘%(institution)s’ 사람을 한 명 더 허용하면 한 자리가 채워집니다."),
    "round": T("회차 전체에서 ‘%(institution)s’의 자리를 하나 늘리면 한 자리가 채워집니다."),
    "quota": T("‘%(group)s’의 최대 인원을 1명 늘리면 한 자리가 채워집니다."),
    "seats": T("이 요청의 자리를 하나 늘리면 한 명이 채워집니다."),
    "unpin": T("%(name)s 님의 고정을 풀면 한 명이 채워집니다."),
}
FULL = {
    "seats": T("이 요청의 자리 %(limit)s개를 다른 고정이 모두 씁니다. 자리를 하나 늘리면 됩니다."),
    "capacity": T(
        "이 회차에서 %(limit)s건까지 맡을 수 있는데 그만큼 고정했습니다. 한도를 1건 올리면 됩니다."
    ),
    "request": T("한 요청에 같은 기관 사람은 %(limit)s명까지입니다. 한 명 더 허용하면 됩니다."),
    "round": T(
        "회차 전체에서 ‘%(institution)s’의 자리는 %(limit)s개까지입니다. 하나 늘리면 됩니다."
    ),
    "quota": T("이 요청에 ‘%(group)s’은(는) %(limit)s명까지입니다. 1명 늘리면 됩니다."),
}


@dataclass(frozen=True)
class Dropped:
    """A pin that the plan does not keep."""

    expert: Expert
    text: str


class Words:
    """Sentences about what one plan lacks; names and labels are read once."""

    def __init__(self, plan: AllocationPlan) -> None:
        self.lacks: list[Lack] = list(plan.blocked)
        self.experts = {e.pk: e for e in Expert.objects.filter(pk__in=_experts(self.lacks))}
        self.refs = {r.pk: r.ref for r in Request.objects.filter(pk__in=_requests(self.lacks))}
        self.labels: dict[tuple[str, str], str] = {}

    def name(self, expert: int | None) -> str:
        found = self.experts.get(expert or 0)
        return found.name if found else "–"

    def group(self, key: Iterable[str]) -> str:
        by, value = key
        if (by, value) not in self.labels:
            self.labels[by, value] = label_of(by, value)
        return self.labels[by, value]

    def seats(self, lack: Lack) -> str:
        """Why seats are empty and what would fill one."""
        facts = {"missing": lack["missing"], "people": lack["people"]}
        text = _("빈 자리 %(missing)s개.") + " " + str(EMPTY[lack["reason"]])
        return self._with_release(text % facts, lack)

    def quota(self, lack: Lack) -> str:
        """Which minimum stays open, why, and what would help; to ask for less always does."""
        reached = lack["least"] - lack["missing"]
        facts = {**lack, "group": self.group(lack["group"]), "reached": reached}
        text = _("‘%(group)s’ 최소 %(least)s명 가운데 %(missing)s명이 모자랍니다.")
        text = f"{text} {OPEN[lack['reason']]}" % facts
        less = _("최소 인원을 %(reached)s명으로 낮추면 지킬 수 있습니다.") % facts
        return f"{self._with_release(text, lack)} {less}"

    def _with_release(self, text: str, lack: Lack) -> str:
        release = lack.get("release")
        if not release:
            return text
        sentence = RELEASES[release.get("over", "request")
                            if release["kind"] == "group" else release["kind"]]  # fmt: skip
        return f"{text} {str(sentence) % self._facts(release)}"

    def _facts(self, found: Lack) -> dict[str, Any]:
        return {
            "name": self.name(found.get("expert")),
            "institution": found.get("institution", ""),
            "group": self.group(found["group"]) if found.get("group") else "",
            "limit": found.get("limit", 0),
        }

    def pin(self, lack: Lack) -> str:
        """Why somebody who was fixed is not in the plan, and what would bring him in."""
        if lack["rule"]:
            text = _("이 요청에 추천할 수 없는 사람입니다(%(rule)s). 고정을 풀어 주십시오.")
            rule = RULES.get(lack["rule"])
            return text % {"rule": rule.label if rule else lack["rule"]}
        told = [self._full(full) for full in lack["full"]]
        if len(told) > 1:
            told.insert(0, _("걸리는 것이 %(n)s가지이며 모두 풀어야 합니다.") % {"n": len(told)})
        return " ".join(told)

    def _full(self, full: Lack) -> str:
        kind = full["over"] if full["kind"] == "group" else full["kind"]
        text = str(FULL[kind]) % self._facts(full)
        if not full["rivals"]:
            return text
        names = ", ".join(f"{self.refs.get(r, '')} {self.name(e)}" for r, e in full["rivals"])
        other = _("또는 다음 고정 하나를 풉니다: %(names)s.")
        return f"{text} {other % {'names': names}}"


def kind_of(lack: Lack) -> str:
    """seats, quota or pin; plans of old know seats alone."""
    return str(lack.get("kind", "seats"))


def _experts(lacks: Iterable[Lack]) -> set[int]:
    found: set[int] = set()
    for lack in lacks:
        found |= {lack.get("expert") or 0, (lack.get("release") or {}).get("expert") or 0}
        found |= {expert for full in lack.get("full", ()) for _request, expert in full["rivals"]}
    return found


def _requests(lacks: Iterable[Lack]) -> set[int]:
    return {r for lack in lacks for full in lack.get("full", ()) for r, _expert in full["rivals"]}
