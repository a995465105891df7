"""Conflicts that staff enter, and waivers: asked for by one person, answered by another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, Role
from accounts.permissions import has_role
from accounts.selectors import staff_with_role
from common.errors import Conflict as StateConflict
from common.errors import MissingFacts, NotPermitted
from consulting.models import Request
from experts.models import Expert
from matching import eligibility, events
from matching.models import Conflict, Waiver
from matching.permissions import APPROVERS, may_answer_waiver, may_match
from matching.services.texts import needed
from notifications.services import notify_all


def _guard(by: Any) -> None:
    if not may_match(by):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))


def enter_conflict(
    expert: Expert,
    by: Any,
    *,
    reason: str,
    evidence: str,
    request: Request | None = None,
    organisation: Organisation | None = None,
    ends_on: date | None = None,
) -> Conflict:
    """Keep an expert off one request, or off all requests of an organisation."""
    _guard(by)
    if (request is None) == (organisation is None):
        raise MissingFacts({"scope": _("이 요청이나 기관 가운데 하나를 골라 주십시오.")})
    if ends_on and ends_on < timezone.localdate():
        raise MissingFacts({"ends_on": _("지난 날짜입니다. 오늘 이후의 날짜를 적어 주십시오.")})
    facts = {
        "expert": expert,
        "request": request,
        "organisation": organisation,
        "reason": needed("reason", reason),
        "evidence": needed("evidence", evidence, 300),
        "ends_on": ends_on,
    }
    with transaction.atomic():
        # one writer per expert, so that a second click finds what the first one wrote
        Expert.objects.select_for_update(of=("self",), no_key=True).get(pk=expert.pk)
        same = Conflict.objects.in_force().filter(**facts).first()
        if same is not None:
            return same
        conflict = Conflict.objects.create(**facts, entered_by=by)
        events.conflict_entered(conflict, by)
    return conflict


def end_conflict(conflict_id: int, by: Any, reason: str) -> Conflict:
    """The conflict held until yesterday; the row stays."""
    _guard(by)
    text = needed("reason", reason)
    with transaction.atomic():
        conflict: Conflict = Conflict.objects.select_for_update().get(pk=conflict_id)
        yesterday = timezone.localdate() - timedelta(days=1)
        if conflict.ends_on and conflict.ends_on <= yesterday:
            raise StateConflict(_("이미 해제된 이해충돌입니다."))
        conflict.ends_on = yesterday
        conflict.save(update_fields=["ends_on"])
        events.conflict_ended(conflict, by, text)
    return conflict


def ask_waiver(request: Request, expert: Expert, rule: str, by: Any, reason: str) -> Waiver:
    """Ask that one rule be set aside for one expert on one request.

    Raises ``Conflict`` when the rule does not apply, cannot be waived, or was asked for already.
    """
    _guard(by)
    text = needed("reason", reason)
    holding = {e.rule: e for e in eligibility.check(expert, request, with_waived=True)}
    if rule not in holding:
        raise StateConflict(_("이 전문가에게 적용되지 않는 규칙입니다."))
    if not holding[rule].may_be_waived(statutory=request.is_statutory):
        raise StateConflict(_("예외를 둘 수 없는 규칙입니다."))
    try:
        with transaction.atomic():
            waiver = Waiver.objects.create(
                request=request, expert=expert, rule=rule, reason=text, asked_by=by
            )
            events.waiver_asked(waiver, by)
            _tell_approvers(waiver, by)
    except IntegrityError:
        raise StateConflict(_("이미 신청했거나 승인된 예외입니다.")) from None
    return waiver


def _tell_approvers(waiver: Waiver, by: Any) -> None:
    people = {p.pk: p for role in (Role.MANAGER, Role.ADMINISTRATOR) for p in staff_with_role(role)}
    people.pop(by.pk, None)
    notify_all(
        people.values(),
        "match.waiver_asked",
        lambda: _("규칙 예외 승인 요청: %(ref)s") % {"ref": waiver.request.ref},
        lambda: (
            _("‘%(rule)s’ 규칙의 예외를 검토해 주십시오.")
            % {"rule": eligibility.RULES[waiver.rule].label}
        ),
        lambda: reverse("matching:waivers"),
    )


def answer_waiver(waiver_id: int, by: Any, *, approve: bool, answer: str = "") -> Waiver:
    """Approve or refuse; never by the person who asked. A refusal needs a sentence."""
    if not has_role(by, *APPROVERS):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    text = needed("answer", answer) if not approve or answer else ""
    with transaction.atomic():
        rows = Waiver.objects.select_for_update(of=("self",)).select_related("request", "expert")
        waiver: Waiver = rows.get(pk=waiver_id)
        if not waiver.is_open:
            raise StateConflict(_("이미 처리된 예외 신청입니다."))
        if not may_answer_waiver(by, waiver):
            raise NotPermitted(_("신청한 사람이 아닌 다른 담당자가 승인해야 합니다."))
        who, when = ("approved_by", "approved_at") if approve else ("refused_by", "refused_at")
        setattr(waiver, who, by)
        setattr(waiver, when, timezone.now())
        waiver.answer = text
        waiver.save()
        (events.waiver_approved if approve else events.waiver_refused)(waiver, by)
    return waiver
