"""What waits for reviewers."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from experts import permissions
from experts.models import Claim, Expert, Verification
from experts.querysets import ExpertQuerySet
from experts.selectors.profile import in_order

State = Expert.State


BOXES = (
    "waiting", "in_review", "changes_asked", "new_lines", "approved", "suspended", "expired",
    "draft", "withdrawn",
)  # fmt: skip


def _undecided() -> Exists:
    lines = Claim.objects.filter(expert=OuterRef("pk"), verification=Verification.DECLARED)
    return Exists(lines.filter(created_at__gt=OuterRef("approved_at")))


def box(code: str, viewer: Any) -> ExpertQuerySet:
    """Profiles of one part of the queue; the oldest first. ``new_lines``: approved people who
    have added lines since."""
    people: ExpertQuerySet = Expert.objects.visible_to(viewer)
    if not permissions.reads_all(viewer):
        return people.none()
    if code == "new_lines":
        return people.filter(_undecided(), state=State.APPROVED).order_by("state_since", "pk")
    state = State.SUBMITTED if code == "waiting" else code
    return people.filter(state=state).order_by("state_since", "pk")


def counts(viewer: Any) -> Mapping[str, int]:
    """How many profiles each part of the queue holds."""
    if not permissions.reads_all(viewer):
        return dict.fromkeys(BOXES, 0)
    parts: dict[str, Any] = {
        code: Count("pk", filter=Q(state=State.SUBMITTED if code == "waiting" else code))
        for code in BOXES
        if code != "new_lines"
    }
    found: dict[str, int] = Expert.objects.aggregate(**parts)
    return found | {"new_lines": box("new_lines", viewer).count()}


def with_line_counts(people: QuerySet[Expert]) -> QuerySet[Expert]:
    """Adds ``lines`` and ``open_lines`` (neither verified nor rejected)."""
    declared = Q(claims__verification=Verification.DECLARED)
    return people.annotate(lines=Count("claims"), open_lines=Count("claims", filter=declared))


def named(people: QuerySet[Expert], words: str) -> QuerySet[Expert]:
    """Profiles whose name or address holds every word."""
    for word in words.split()[:5]:
        people = people.filter(
            Q(name_ko__icontains=word) | Q(name_en__icontains=word) | Q(user__email__icontains=word)
        )
    return people


def waiting_count(viewer: Any) -> int:
    """Profiles that somebody of the reviewers should act on."""
    found = counts(viewer)
    return found["waiting"] + found["in_review"] + found["new_lines"]


def next_open_line(expert: Expert, after: int = 0) -> Claim | None:
    """The next line without a decision, behind the line given and else from the top."""
    claims = in_order(expert.claims.all())
    order = [c.pk for c in claims]
    lines = [c for c in claims if c.verification == Verification.DECLARED]
    place = order.index(after) if after in order else -1
    behind = [c for c in lines if order.index(c.pk) > place]
    return next(iter(behind or lines), None)
