"""The lines of a profile: written by the person, decided on by a reviewer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import Conflict, MissingFacts, NotPermitted
from common.text import clean_line
from experts import events, notices, permissions
from experts.changes import touch
from experts.claims import clean_claim, too_long
from experts.conf import setting
from experts.models import Claim, Expert, Verification
from experts.services.editing import editing

#: columns in which two lines of a person must differ
IDENTITY = ("kind", "title", "organisation", "role", "identifier", "starts_on", "ends_on")
#: columns whose change takes nothing from a verification
PLAIN = frozenset({"is_main", "is_retired"})
#: states of the profile in which a reviewer decides on lines
REVIEWABLE = frozenset({Expert.State.IN_REVIEW, Expert.State.APPROVED})
#: a second equal line within this time is a second click, later it is a mistake to name
DOUBLE_CLICK = timedelta(seconds=30)
REASON_LIMIT = 300
KEY_LIMIT = 64


def add_claim(expert_id: int, by: Any, kind: str, facts: Mapping[str, Any], key: str = "") -> Claim:
    """A new line, self-declared. Two clicks on "save" or the same ``key`` twice add one line."""
    values = clean_claim(kind, facts, timezone.localdate())
    if len(key) > KEY_LIMIT:
        raise MissingFacts({"Idempotency-Key": too_long(KEY_LIMIT, len(key))})
    with editing(expert_id, by) as expert:
        known = expert.claims.filter(creation_key=key).first() if key else None
        if known is not None:
            return known
        twin = _twin(expert, kind, values)
        if twin is not None:
            return _same_or_mistake(twin)
        most = setting("EXPERT_MOST_CLAIMS")
        if expert.claims.count() >= most:
            text = _("기재 사항은 모두 %(count)s줄까지 쓸 수 있습니다.")
            raise MissingFacts({"title": text % {"count": most}})
        claim = Claim.objects.create(expert=expert, kind=kind, creation_key=key or None, **values)
        _keep_one_main(claim)
        events.claim_event("added", claim, by)
    return claim


def _twin(expert: Expert, kind: str, values: Mapping[str, Any]) -> Claim | None:
    same = {name: values[name] for name in IDENTITY if name != "kind"}
    return expert.claims.filter(kind=kind, **same).first()


def _same_or_mistake(twin: Claim) -> Claim:
    if timezone.now() - twin.created_at < DOUBLE_CLICK:
        return twin
    raise MissingFacts({"title": _("같은 내용의 줄이 이미 있습니다.")})


def _keep_one_main(claim: Claim) -> None:
    if claim.is_main:
        others = Claim.objects.filter(expert=claim.expert_id, kind=claim.kind, is_main=True)
        others.exclude(pk=claim.pk).update(is_main=False)


def change_claim(claim_id: int, by: Any, facts: Mapping[str, Any]) -> Claim:
    """Rewrite a line. A decided line becomes self-declared again when its content changes."""
    with editing(_owner(claim_id), by):
        claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim_id)
        values = clean_claim(claim.kind, facts, timezone.localdate())
        changed = [name for name, value in values.items() if getattr(claim, name) != value]
        for name in changed:
            setattr(claim, name, values[name])
        dropped = bool(set(changed) - PLAIN) and claim.verification != Verification.DECLARED
        if dropped:
            _undecide(claim)
        if changed:
            claim.save()
            _keep_one_main(claim)
            events.claim_event("changed", claim, by, names=changed, dropped=dropped)
    return claim


def remove_claim(claim_id: int, by: Any) -> None:
    """Take a line out of the profile."""
    with editing(_owner(claim_id), by):
        claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim_id)
        events.claim_event("removed", claim, by)
        claim.delete()


def _owner(claim_id: int) -> int:
    return Claim.objects.values_list("expert_id", flat=True).get(pk=claim_id)


def _undecide(claim: Claim) -> None:
    claim.verification = Verification.DECLARED
    claim.verified_by = claim.verified_at = claim.verified_until = None
    claim.rejection_reason = ""


@contextmanager
def _deciding(claim_id: int, by: Any, seen: datetime | None) -> Iterator[Claim]:
    """Lock profile and line for a reviewer. ``seen`` is ``updated_at`` of the line he read."""
    with transaction.atomic():
        expert = Expert.objects.select_for_update(of=("self",)).get(pk=_owner(claim_id))
        claim = Claim.objects.select_for_update(of=("self",)).get(pk=claim_id)
        claim.expert = expert
        if not permissions.may_review(by, expert):
            raise NotPermitted(_("본인의 기재 사항은 확인할 수 없습니다."))
        if expert.state not in REVIEWABLE:
            text = _("지금 상태(%(state)s)에서는 기재 사항을 확인할 수 없습니다.")
            raise Conflict(text % {"state": expert.get_state_display()}, state=expert.state)
        if seen is not None and seen != claim.updated_at:
            raise Conflict(_("그사이 기재 내용이나 확인 상태가 바뀌었습니다. 다시 읽어 주십시오."))
        yield claim
        claim.save()
        touch([expert.pk])


def verify_claim(
    claim_id: int, by: Any, until: date | None = None, seen: datetime | None = None
) -> Claim:
    """A reviewer has seen proof of the line. ``until``: last day on which that holds."""
    with _deciding(claim_id, by, seen) as claim:
        claim.verified_until = until or _usual_end(claim.kind)
        if claim.verified_until and claim.verified_until < timezone.localdate():
            raise MissingFacts({"until": _("오늘보다 뒤의 날짜를 적어 주십시오.")})
        claim.verification = Verification.VERIFIED
        claim.verified_by = by
        claim.verified_at = timezone.now()
        claim.rejection_reason = ""
        last = claim.verified_until.isoformat() if claim.verified_until else None
        events.claim_event("verified", claim, by, until=last)
    return claim


def _usual_end(kind: str) -> date | None:
    days = setting("EXPERT_VERIFICATION_DAYS").get(kind, 0)
    return timezone.localdate() + timedelta(days=days) if days else None


def reject_claim(claim_id: int, by: Any, reason: str, seen: datetime | None = None) -> Claim:
    """The line could not be confirmed; the person reads why and may correct it."""
    text = clean_line(reason)
    if not text:
        raise MissingFacts({"reason": _("반려 사유를 적어 주십시오.")})
    if len(text) > REASON_LIMIT:
        raise MissingFacts({"reason": too_long(REASON_LIMIT, len(text))})
    with _deciding(claim_id, by, seen) as claim:
        _undecide(claim)
        claim.verification = Verification.REJECTED
        claim.verified_by = by
        claim.verified_at = timezone.now()
        claim.rejection_reason = text
        events.claim_event("rejected", claim, by, reason=text)
        notices.claim_rejected(claim)
    return claim


def reset_claim(claim_id: int, by: Any, seen: datetime | None = None) -> Claim:
    """Take a decision back: the line is self-declared again."""
    with _deciding(claim_id, by, seen) as claim:
        if claim.verification == Verification.DECLARED:
            raise Conflict(_("아직 확인하거나 반려하지 않은 줄입니다."), state=claim.verification)
        _undecide(claim)
        events.claim_event("unverified", claim, by)
    return claim
