"""Who is told what when a request moves. Texts are written in the reader's own language."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.selectors import staff_with_role
from notifications.services import notify_all

Text = str | Promise


def _tell(
    people: Iterable[Any], kind: str, request: Any, subject: Text, body: Text, **facts: str
) -> None:
    values = {"title": request.title, "ref": request.ref, **facts}
    notify_all(
        people,
        kind,
        lambda: str(subject) % values,
        lambda: str(body) % values,
        request.get_absolute_url,
    )


def department_people(request: Any) -> list[Any]:
    """Who speaks for the department: the one who filed, or colleagues after he has left."""
    requester = request.requester
    if requester.is_active and requester.department_id == request.department_id:
        return [requester]
    officers = staff_with_role(Role.OFFICER)
    return [person for person in officers if person.department_id == request.department_id]


def desk_people(request: Any) -> list[Any]:
    """The request's case manager; every case manager while it has none."""
    if request.manager and request.manager.is_active:
        return [request.manager]
    return list(staff_with_role(Role.MANAGER))


def submitted(request: Any) -> None:
    """Staff have a new request to look at."""
    _tell(
        desk_people(request),
        "request.submitted",
        request,
        _("새 요청 %(ref)s: %(title)s"),
        _("새 요청이 제출되었습니다. 내용을 보고 접수하거나 보완을 요청해 주십시오."),
    )


def resubmitted(request: Any) -> None:
    """Staff have the answer to their question."""
    _tell(
        desk_people(request),
        "request.resubmitted",
        request,
        _("보완된 요청 %(ref)s: %(title)s"),
        _("부서가 질문에 답하고 요청을 다시 제출했습니다."),
    )


def returned(request: Any, question: str) -> None:
    """The department has a question to answer."""
    _tell(
        department_people(request),
        "request.returned",
        request,
        _("보완이 필요합니다: %(ref)s %(title)s"),
        _("재단 담당자가 다음을 물었습니다.\n\n%(question)s\n\n답변을 적고 다시 제출해 주십시오."),
        question=question,
    )


def accepted(request: Any, by: Any) -> None:
    """The department learns that work begins; the case manager that it is his turn."""
    _tell(
        department_people(request),
        "request.accepted",
        request,
        _("접수되었습니다: %(ref)s %(title)s"),
        _("요청이 접수되었습니다. 이제 알맞은 전문가를 찾습니다."),
    )
    if request.manager_id != by.pk:
        assigned(request)


def assigned(request: Any) -> None:
    """Somebody became the case manager."""
    _tell(
        desk_people(request),
        "request.assigned",
        request,
        _("담당 요청 %(ref)s: %(title)s"),
        _("이 요청의 담당자로 지정되었습니다."),
    )


def shortlisted(request: Any) -> None:
    """The case manager has people to choose from."""
    _tell(
        desk_people(request),
        "request.shortlisted",
        request,
        _("추천 결과가 나왔습니다: %(ref)s %(title)s"),
        _("추천된 전문가와 근거를 보고 선정해 주십시오. 추천은 참고 자료입니다."),
    )


def back_to_accepted(request: Any, reason: str) -> None:
    """The case manager learns that the search gave nothing."""
    _tell(
        desk_people(request),
        "request.back_to_accepted",
        request,
        _("전문가 찾기가 끝나지 않았습니다: %(ref)s %(title)s"),
        _("%(reason)s\n\n요청은 접수 상태로 돌아갔습니다. 조건을 살펴보고 다시 찾아 주십시오."),
        reason=reason,
    )


def decided(request: Any) -> None:
    """The department learns who will help."""
    _tell(
        department_people(request),
        "request.decided",
        request,
        _("전문가가 선정되었습니다: %(ref)s %(title)s"),
        _("요청하신 일을 도울 전문가가 정해졌습니다. 요청 화면에서 확인해 주십시오."),
    )


def rejected(request: Any) -> None:
    """The department learns why not."""
    _tell(
        department_people(request),
        "request.rejected",
        request,
        _("요청이 반려되었습니다: %(ref)s %(title)s"),
        _("사유: %(reason)s"),
        reason=request.closing_reason,
    )


def withdrawn(request: Any) -> None:
    """Staff learn that nothing more is to be done."""
    _tell(
        desk_people(request) if request.manager else [],
        "request.withdrawn",
        request,
        _("요청이 철회되었습니다: %(ref)s %(title)s"),
        _("사유: %(reason)s"),
        reason=request.closing_reason,
    )


def message(request: Any, author: Any, to_desk: bool) -> None:
    """The other side has something to read."""
    people = desk_people(request) if to_desk else department_people(request)
    _tell(
        [person for person in people if person.pk != author.pk],
        "request.message",
        request,
        _("새 글: %(ref)s %(title)s"),
        _("요청에 새 글이 올라왔습니다."),
    )
