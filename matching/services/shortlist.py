"""Staff work on a shortlist: add, mark, order, decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import transitions as consulting
from consulting.models import Request
from experts.models import Expert
from matching import eligibility, events, pipeline
from matching.adapters import query_of
from matching.engines import Filters
from matching.models import MatchCandidate, MatchRun
from matching.permissions import may_match
from matching.results import ScoredExpert
from matching.services.execution import candidate_row
from matching.services.texts import needed
from matching.transitions import lock_request
from notifications.services import notify

Mark = MatchCandidate.Mark


def _open_list(request_id: int, by: Any) -> tuple[Request, MatchRun]:
    """Lock the request and return its current shortlist, which must still be open."""
    if not may_match(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    request = lock_request(request_id)
    run = MatchRun.objects.with_list().filter(request=request).first()
    if request.state != Request.State.SHORTLISTED or run is None:
        text = _("지금은 추천 목록을 고칠 수 없습니다. 화면을 새로 고쳐 주십시오.")
        raise Conflict(text, state=request.state)
    run.request = request
    return request, run


def add_candidate(request_id: int, expert_id: int, reason: str, by: Any) -> MatchCandidate:
    """Put a person on the shortlist by hand; he is scored and explained like everyone else.

    Raises ``Conflict`` with the evidence when he is not eligible or already listed.
    """
    reason = needed("reason", reason)
    expert = Expert.objects.get(pk=expert_id)
    scored = _scored(request_id, expert)  # may embed the text: nothing is locked meanwhile
    with transaction.atomic():
        request, run = _open_list(request_id, by)
        if run.candidates.filter(expert=expert).exists():
            raise Conflict(_("%(name)s 님은 이미 목록에 있습니다.") % {"name": expert.name})
        _refuse_excluded(request, [expert])
        row = _row_by_hand(run, expert, scored)
        row.added_by, row.added_reason = by, reason
        row.save()
        events.candidate_added(run, by, expert.pk, reason)
    return row


def _scored(request_id: int, expert: Expert) -> ScoredExpert | None:
    """The person scored alone against the request; ``None`` when not indexed yet."""
    request = Request.objects.get(pk=request_id)
    only = Filters(only=frozenset([expert.pk]))
    return next(iter(pipeline.rank(query_of(request), only, 1, [expert.pk]).experts), None)


def _row_by_hand(run: MatchRun, expert: Expert, scored: ScoredExpert | None) -> MatchCandidate:
    if scored is None:
        return MatchCandidate(
            run=run,
            expert=expert,
            origin=MatchCandidate.Origin.ADDED,
            expert_version=expert.version,
        )
    row = candidate_row(run, scored, expert.version, listed=False)
    row.explanation.pop("place", None)
    return row


def _refuse_excluded(request: Request, experts: Sequence[Expert]) -> None:
    """``Conflict`` that names each excluded person and the first rule with its evidence."""
    found = eligibility.check_many(request, [expert.pk for expert in experts])
    told = [f"{e.name}: {found[e.pk][0].sentence}" for e in experts if e.pk in found]
    if told:
        raise Conflict(" / ".join(told), state="excluded")


def mark(request_id: int, candidate_id: int, mark: str, reason: str, by: Any) -> MatchCandidate:
    """Mark a person as chosen, alternate or declined with a reason, or take the mark away."""
    if mark not in Mark.values:
        raise MissingFacts({"mark": _("알 수 없는 표시입니다.")})
    text = needed("reason", reason) if mark else ""
    with transaction.atomic():
        request, run = _open_list(request_id, by)
        candidate = _locked_candidate(run, candidate_id)
        if mark in (Mark.CHOSEN, Mark.ALTERNATE):
            _refuse_excluded(request, [candidate.expert])
        candidate.mark, candidate.mark_reason = mark, text
        candidate.marked_by, candidate.marked_at = by, timezone.now()
        candidate.preference = _place(run, candidate)
        candidate.save()
        events.candidate_marked(candidate, by)
    return candidate


def _locked_candidate(run: MatchRun, candidate_id: int) -> MatchCandidate:
    rows = run.candidates.select_for_update(of=("self",)).select_related("expert")
    candidate: MatchCandidate | None = rows.filter(pk=candidate_id).first()
    if candidate is None:  # of a list that a newer one has replaced
        raise Conflict(_("그 사이에 목록이 바뀌었습니다. 화면을 새로 고쳐 주십시오."))
    candidate.run = run
    return candidate


def _place(run: MatchRun, candidate: MatchCandidate) -> int | None:
    """Where a newly named person stands in the order of preference: last; kept when he had one."""
    if not candidate.is_named:
        return None
    if candidate.preference:
        return candidate.preference
    taken = run.candidates.named().exclude(pk=candidate.pk).values_list("preference", flat=True)
    return max((place or 0 for place in taken), default=0) + 1


def reorder(request_id: int, candidate_ids: Sequence[int], by: Any) -> None:
    """Set the order of preference of all named people: first id first."""
    with transaction.atomic():
        _request, run = _open_list(request_id, by)
        named = {c.pk: c for c in run.candidates.named().select_for_update(of=("self",))}
        if sorted(named) != sorted(candidate_ids):
            raise Conflict(_("그 사이에 목록이 바뀌었습니다. 화면을 새로 고쳐 주십시오."))
        for place, pk in enumerate(candidate_ids, 1):
            named[pk].preference = place
        MatchCandidate.objects.bulk_update(named.values(), ["preference"])
        events.ordered(run, by, [named[pk].expert_id for pk in candidate_ids])


def shift(request_id: int, candidate_id: int, step: int, by: Any) -> None:
    """Move a named person ``step`` places down (negative: up) in the order of preference."""
    run = MatchRun.objects.with_list().filter(request_id=request_id).first()
    ids = [c.pk for c in run.candidates.named()] if run else []
    if candidate_id not in ids:
        raise Conflict(_("그 사이에 목록이 바뀌었습니다. 화면을 새로 고쳐 주십시오."))
    at = ids.index(candidate_id)
    ids.insert(max(0, min(len(ids) - 1, at + step)), ids.pop(at))
    reorder(request_id, ids, by)


def decide(
    request_id: int,
    by: Any,
    note: str = "",
    *,
    confirmed_old: bool = True,
    run_id: int | None = None,
    seen: str | None = None,
) -> Request:
    """Name the people marked on the shortlist.

    The request is locked first, then all named experts in id order, so that of two decisions on
    the last free place of an expert's month the second one sees the first. Eligibility is checked
    under these locks. ``run_id`` is the list that the person saw, ``seen`` what ``naming`` said
    of its people; another one since is a conflict.
    Raises ``Conflict`` with the evidence, ``MissingFacts`` without a choice.
    """
    with transaction.atomic():
        request, run = _open_list(request_id, by)
        if run_id not in (None, run.pk) or (not confirmed_old and list_is_old(run)):
            raise Conflict(
                _("추천 목록을 만든 뒤에 내용이 바뀌었습니다. 다시 찾거나 확인해 주십시오.")
            )
        named = list(run.candidates.named().select_related("expert"))
        if seen is not None and seen != naming(named):
            text = _("그 사이에 다른 담당자가 표시를 바꾸었습니다. 바뀐 명단을 확인해 주십시오.")
            raise Conflict(text, state=request.state)
        if not any(candidate.mark == Mark.CHOSEN for candidate in named):
            raise MissingFacts({"choices": _("선정할 전문가를 한 명 이상 골라 주십시오.")})
        experts = lock_experts([candidate.expert_id for candidate in named])
        _refuse_self(by, experts)
        _refuse_excluded(request, experts)
        events.decided(run, by, named, list(run.candidates.all()))
        request = consulting.decide(request_id, [_choice(c) for c in named], by, note)
        _tell_experts(request, named)
    return request


def naming(named: Iterable[MatchCandidate]) -> str:
    """Who is named on a list, as what and in which order: what a person saw before deciding."""
    rows = sorted(named, key=lambda row: row.pk)
    return ",".join(f"{row.pk}-{row.mark}-{row.preference or 0}" for row in rows)


def lock_experts(ids: Sequence[int]) -> list[Expert]:
    """Lock expert rows in id order: whoever counts their month's decisions holds these locks."""
    rows = Expert.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=ids).order_by("pk"))


def _refuse_self(by: Any, experts: Sequence[Expert]) -> None:
    if any(expert.user_id == by.pk for expert in experts):
        raise Conflict(_("자신을 선정할 수 없습니다. 다른 담당자가 결정해야 합니다."))


def _choice(candidate: MatchCandidate) -> consulting.Choice:
    return consulting.Choice(
        expert_id=candidate.expert_id,
        role=candidate.mark,
        reason=candidate.mark_reason,
        rank_shown=candidate.rank,
        score_shown=candidate.score,
    )


def _tell_experts(request: Request, named: Sequence[MatchCandidate]) -> None:
    for candidate in named:
        person = candidate.expert.user
        if candidate.mark != Mark.CHOSEN or person is None:
            continue
        notify(
            person,
            "match.chosen",
            lambda: _("서울AI브리지 요청의 전문가로 선정되었습니다."),
            lambda: (
                _("%(kind)s 요청에 선정되었습니다. 재단 담당자가 일정과 내용을 안내합니다.")
                % {"kind": request.kind.label}
            ),
            lambda: reverse("experts:me"),
        )


def list_is_old(run: MatchRun) -> bool:
    """Whether the request or a listed expert changed after the list was made."""
    if run.request_version != run.request.version:
        return True
    rows = run.candidates.values_list("expert_version", "expert__version")
    return any(shown != now for shown, now in rows)
