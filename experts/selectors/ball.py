"""Who has the ball: what happens next with a profile, by whom and until when."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from experts import permissions
from experts.conf import setting
from experts.models import Expert

State = Expert.State

#: state → (what comes next, whose turn: "expert" or "reviewer", setting with the days)
_NEXT: dict[str, tuple[Promise, str, str]] = {
    State.DRAFT: (_("내용을 채우고 등록 신청"), "expert", ""),
    State.SUBMITTED: (_("재단 검토자의 검토 시작"), "reviewer", "EXPERT_REVIEW_DAYS"),
    State.IN_REVIEW: (_("재단 검토자의 검토"), "reviewer", "EXPERT_REVIEW_DAYS"),
    State.CHANGES_ASKED: (_("보완해서 다시 신청"), "expert", "EXPERT_CHANGES_DAYS"),
    State.EXPIRED: (_("내용을 확인하고 다시 신청"), "expert", ""),
    State.SUSPENDED: (_("재단 담당자의 재개 결정"), "reviewer", ""),
}
_DONE: dict[str, Promise] = {
    State.APPROVED: _("등록이 끝났습니다. 요청이 오면 알려 드립니다."),
    State.WITHDRAWN: _("등록을 철회했습니다."),
}


@dataclass(frozen=True)
class NextStep:
    """What happens next; ``what`` is empty when nothing is left to do and ``done`` says so."""

    what: str
    until: date | None
    mine: bool
    done: str = ""

    @property
    def overdue(self) -> bool:
        """Whether the day by which it should have happened is over."""
        return self.until is not None and self.until < timezone.localdate()


def next_step(expert: Expert, viewer: Any) -> NextStep:
    """The next step as the viewer meets it."""
    if expert.state not in _NEXT:
        return NextStep("", None, False, str(_DONE[expert.state]))
    what, turn, days = _NEXT[expert.state]
    until = None
    if days:
        until = timezone.localdate(expert.state_since) + timedelta(days=setting(days))
    own = permissions.is_own(viewer, expert)
    mine = own if turn == "expert" else permissions.may_review(viewer, expert)
    return NextStep(str(what), until, mine)
