"""Reads for pages and the API: whose turn it is, what happened, what waits where."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from consulting import permissions
from consulting.models import Request, RequestKind

S = Request.State

DEPARTMENT = "department"
DESK = "desk"
SYSTEM = "system"


@dataclass(frozen=True)
class NextStep:
    """Who has the ball (``department``, ``desk``, ``system`` or nobody), what for, until when."""

    who: str
    what: str | Promise = ""
    until: date | None = None
    #: sentence where nothing is left to do
    done: str | Promise = ""


#: state → who has the ball and for what
TURNS: dict[str, tuple[str, str | Promise]] = {
    S.DRAFT: (DEPARTMENT, _("부서에서 요청을 다 쓰고 제출")),
    S.SUBMITTED: (DESK, _("재단 담당자 검토")),
    S.RETURNED: (DEPARTMENT, _("부서에서 질문에 답하고 다시 제출")),
    S.ACCEPTED: (DESK, _("재단 담당자가 전문가 찾기")),
    S.MATCHING: (SYSTEM, _("전문가 추천 계산")),
    S.SHORTLISTED: (DESK, _("재단 담당자가 전문가 선정")),
}
ENDINGS: dict[str, str | Promise] = {
    S.DECIDED: _("전문가가 선정되었습니다."),
    S.REJECTED: _("반려된 요청입니다."),
    S.WITHDRAWN: _("부서가 철회한 요청입니다."),
}


def next_actor(request: Request) -> NextStep:
    """Who must act next on the request and until when."""
    if request.state not in TURNS:
        return NextStep("", done=ENDINGS[request.state])
    who, what = TURNS[request.state]
    return NextStep(who, what, request.next_due)


def is_turn_of(user: Any, request: Request) -> bool:
    """Whether the ball lies with this person's side."""
    who = next_actor(request).who
    if who == DEPARTMENT:
        return permissions.department(user, request)
    return who == DESK and permissions.desk(user, request)


def request_page(user: Any, ref: str) -> QuerySet[Any]:
    """The request behind an address with everything its page shows; empty where hidden."""
    found = Request.objects.visible_to(user).by_ref(ref).for_lists()
    return found.prefetch_related("fields__node__parent", "messages__author__department")


def history(request: Request) -> list[Event]:
    """Everything that happened to the request, the oldest first."""
    events = Event.objects.filter(object_type="consulting.request", object_id=str(request.pk))
    events = events.select_related("actor__department__root").prefetch_related("details")
    return list(events.order_by("at", "id"))


@dataclass(frozen=True)
class Column:
    """A state on the staff's desk: how many requests stand there and the first of them."""

    state: str
    label: str
    count: int
    overdue: int
    requests: Sequence[Request]

    @property
    def more(self) -> int:
        """How many requests the column does not show."""
        return self.count - len(self.requests)

    @property
    def overdue_label(self) -> str:
        """How many are late, in words."""
        return gettext("기한 지남 %(count)s건") % {"count": self.overdue}


DESK_STATES = (S.SUBMITTED, S.RETURNED, S.ACCEPTED, S.MATCHING, S.SHORTLISTED)
#: requests shown in one column; the count leads to the whole list
COLUMN_LENGTH = 12


def desk_columns(requests: Any, user: Any) -> list[Column]:
    """Open requests by state: overdue first, then one's own, then by date."""
    today = timezone.localdate()
    counts = {
        row["state"]: row
        for row in requests.open()
        .order_by()
        .values("state")
        .annotate(count=Count("pk"), overdue=Count("pk", filter=Q(next_due__lt=today)))
    }
    columns = []
    for state in DESK_STATES:
        row = counts.get(str(state), {"count": 0, "overdue": 0})
        shown = _desk_order(requests.filter(state=state), user, today) if row["count"] else []
        columns.append(Column(str(state), str(state.label), row["count"], row["overdue"], shown))
    return columns


def _desk_order(requests: Any, user: Any, today: date) -> list[Request]:
    ordered = requests.annotate(late=Q(next_due__lt=today), mine=Q(manager=user.pk)).order_by(
        "-late", "-mine", "next_due", "submitted_at", "pk"
    )
    return list(ordered.for_lists()[:COLUMN_LENGTH])


def counts_by_state(requests: Any) -> dict[str, int]:
    """State → number of requests, in one query."""
    rows = requests.order_by().values("state").annotate(count=Count("pk"))
    return {row["state"]: row["count"] for row in rows}


def waiting_for_department(user: Any) -> int:
    """Requests on which the person's department has the ball."""
    states = [S.DRAFT, S.RETURNED]
    return Request.objects.filter(
        department__in=permissions.officer_scope(user), state__in=states
    ).count()


def waiting_for_desk(user: Any) -> int:
    """Requests on which the staff have the ball and that are this person's or nobody's."""
    mine = Q(manager=user.pk) | Q(manager=None)
    states = [S.SUBMITTED, S.ACCEPTED, S.SHORTLISTED]
    return Request.objects.filter(mine, state__in=states).count()


def answered(year: int | None = None) -> QuerySet[Any]:
    """Requests decided in a year (Asia/Seoul), by default the current one."""
    return Request.objects.filter(
        state=S.DECIDED, decided_at__year=year or timezone.localdate().year
    )


def answered_this_year() -> int:
    """Requests decided in the current year; a public figure."""
    return answered().count()


def answered_by_kind() -> list[tuple[RequestKind, int]]:
    """Every kind with the number of requests decided in the current year; a public figure."""
    counts = counts_by_kind(answered())
    return [(kind, counts.get(kind.pk, 0)) for kind in RequestKind.objects.all()]


def disclosed() -> QuerySet[Any]:
    """Requests decided this year that their department opened to everybody."""
    open_ones = answered().filter(disclosure=Request.Disclosure.OPEN)
    return open_ones.select_related("kind", "department__root").order_by("-decided_at")


def counts_by_kind(requests: Any) -> dict[int, int]:
    """Kind → number of requests, in one query."""
    rows = requests.order_by().values("kind").annotate(count=Count("pk"))
    return {row["kind"]: row["count"] for row in rows}
