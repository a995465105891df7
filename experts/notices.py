"""Who is told what. Every text is made in the recipient's language."""

from collections.abc import Callable
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.selectors import staff_with_role
from experts.models import Claim, Expert
from notifications.services import notify


def _path(name: str, *args: Any) -> Callable[[], str]:
    def build() -> str:
        try:
            return reverse(f"experts:{name}", args=args)
        except NoReverseMatch:
            return ""

    return build


def _tell(
    expert: Expert, kind: str, subject: Callable[[], str], body: Callable[[], str] | str = ""
) -> None:
    if expert.user is not None:
        notify(expert.user, f"expert.{kind}", subject, body, _path("me"))


def review_waits(expert: Expert) -> None:
    """Reviewers hear of a profile that waits; the one who had it before hears alone."""
    known = expert.reviewer
    people = [known] if known and known.is_active else staff_with_role(Role.REVIEWER)
    path = _path("review", expert.public_id)
    for person in people:
        if person.pk != expert.user_id:
            notify(
                person,
                "expert.review_waits",
                lambda: _("전문가 등록 검토: %(name)s") % {"name": expert.name},
                lambda: _("전문가 등록 신청이 들어왔습니다. 검토를 시작해 주십시오."),
                path,
            )


def changes_asked(expert: Expert) -> None:
    """The person has the ball: something should be added or corrected."""
    _tell(
        expert,
        "changes_asked",
        lambda: _("전문가 등록에 보완할 내용이 있습니다."),
        lambda: _("검토자가 적은 내용: %(note)s") % {"note": expert.review_note},
    )


def approved(expert: Expert) -> None:
    """The person is in the register now."""

    def body() -> str:
        text = _(
            "유효 기한은 %(day)s까지입니다. 활동 여부와 공개 범위는 언제든지 바꿀 수 있습니다."
        )
        return text % {"day": f"{expert.expires_on:%Y. %m. %d.}" if expert.expires_on else ""}

    _tell(expert, "approved", lambda: _("전문가 등록이 승인되었습니다."), body)


def suspended(expert: Expert) -> None:
    """The person is out for a time, with the reason."""
    _tell(
        expert,
        "suspended",
        lambda: _("전문가 활동이 정지되었습니다."),
        lambda: _("사유: %(reason)s") % {"reason": expert.closing_reason},
    )


def resumed(expert: Expert) -> None:
    """The suspension is lifted."""
    _tell(expert, "resumed", lambda: _("전문가 활동이 다시 시작되었습니다."))


def expired(expert: Expert) -> None:
    """The term is over; the person may hand in again."""
    _tell(
        expert,
        "expired",
        lambda: _("전문가 등록의 유효 기한이 끝났습니다."),
        lambda: _("내용을 확인하고 다시 신청하면 계속 활동할 수 있습니다."),
    )


def withdrawn(expert: Expert, by: Any) -> None:
    """The person hears of it when somebody else did it."""
    if by is None or by.pk != expert.user_id:
        _tell(
            expert,
            "withdrawn",
            lambda: _("전문가 등록이 철회되었습니다."),
            lambda: _("사유: %(reason)s") % {"reason": expert.closing_reason},
        )


def claim_rejected(claim: Claim) -> None:
    """A line of the profile could not be confirmed."""
    _tell(
        claim.expert,
        "claim_rejected",
        lambda: _("확인되지 않은 기재 사항이 있습니다: %(title)s") % {"title": claim.title},
        lambda: _("사유: %(reason)s") % {"reason": claim.rejection_reason},
    )
