"""사람과 권한: the administrator's pages about people and invitations."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import handover, services
from accounts.models import Invitation, Role, RoleGrant, User
from accounts.pages import forms
from accounts.pages.access import acting, role_required
from accounts.pages.entry import form_page
from accounts.permissions import is_administrator
from accounts.selectors import history, invitations, people
from audit.models import AccessLog
from audit.selectors import events_about, with_names
from audit.services import record_access
from common.forms import errors_in
from common.text import clean_line

administrators = role_required(Role.ADMINISTRATOR)
readers = role_required(Role.ADMINISTRATOR, Role.AUDITOR)
PAGE = 30


def page_of(request: HttpRequest, rows: Any, size: int = PAGE) -> Any:
    """The page asked for; a wrong number gives the nearest one."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


@require_safe
@readers
def index(request: HttpRequest) -> HttpResponse:
    """Everyone, with search by name, address, role and 기관."""
    query, role = clean_line(request.GET.get("q", ""))[:100], request.GET.get("role", "")
    place = request.GET.get("organisation", "")
    found = people(query, role, int(place) if place.isdecimal() and len(place) < 18 else None)
    page = page_of(request, found)
    record_access(request, User, AccessLog.Action.VIEW, rows=len(page.object_list))
    context = {
        "page_obj": page,
        "query": query,
        "role": role,
        "place": place,
        "roles": Role.choices,
        "places": [org for org in forms.organisations() if org.parent_id is None],
        "may_change": is_administrator(request.user),
    }
    return render(request, "accounts/people.html", context)


@require_safe
@readers
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: roles with their history, what may be done."""
    subject = get_object_or_404(User.objects.select_related("department__root"), pk=pk)
    record_access(request, subject)
    return render(request, "accounts/person.html", _person_context(request, subject))


def _person_context(request: HttpRequest, subject: User) -> dict[str, Any]:
    may_change = is_administrator(request.user) and subject.pk != request.user.pk
    return {
        "person": subject,
        "grants": history(subject),
        "open_work": handover.open_work(subject),
        "events": with_names(events_about(subject)[:10]),
        "may_change": may_change,
        "is_self": subject.pk == request.user.pk,
    }


def _form_page(
    request: HttpRequest, form: BaseForm, save: Callable[[dict[str, Any]], object], done: str,
    back: str, context: dict[str, Any],
) -> HttpResponse:  # fmt: skip
    """Show a form, save it, go back; errors of the service appear at the form."""
    if form.is_valid():
        with errors_in(form):
            save(form.cleaned_data)
    if form.is_bound and form.is_valid():
        messages.success(request, done)
        return redirect(back)
    status = 400 if form.is_bound else 200
    facts = {"form": form, "back": back, **context}
    return render(request, "accounts/form_page.html", facts, status=status)


def _subject(pk: int) -> tuple[User, str]:
    subject = get_object_or_404(User, pk=pk)
    return subject, reverse("accounts:person", args=[pk])


@form_page
@administrators
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role."""
    subject, back = _subject(pk)

    def save(facts: dict[str, Any]) -> object:
        return services.grant_role(pk, by=acting(request), **facts)

    context = {"heading": _("역할 부여"), "person": subject, "action": _("역할 부여")}
    form = forms.GrantForm(request.POST or None)
    return _form_page(request, form, save, _("역할을 부여했습니다."), back, context)


@form_page
@administrators
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role back, with a reason."""
    row = get_object_or_404(RoleGrant.objects.select_related("user", "scope"), pk=pk)
    _subject_row, back = _subject(row.user_id)

    def save(facts: dict[str, Any]) -> object:
        return services.revoke_role(pk, by=acting(request), **facts)

    context = {
        "heading": _("역할 회수"), "person": row.user, "action": _("역할 회수"), "danger": True,
        "facts": [(_("역할"), str(row))],
    }  # fmt: skip
    form = forms.ReasonForm(request.POST or None)
    return _form_page(request, form, save, _("역할을 거두었습니다."), back, context)


@form_page
@administrators
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the department."""
    subject, back = _subject(pk)

    def save(facts: dict[str, Any]) -> object:
        return services.change_department(pk, by=acting(request), **facts)

    context = {
        "heading": _("소속 변경"), "person": subject, "action": _("소속 변경"),
        "text": _("부서에 딸린 역할(부서 담당자, 범위가 있는 역할)은 함께 끝납니다."),
        "open_work": handover.open_work(subject),
    }  # fmt: skip
    form = forms.MoveForm(request.POST or None)
    return _form_page(request, form, save, _("소속을 바꾸었습니다."), back, context)


@form_page
@administrators
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an account."""
    subject, back = _subject(pk)

    def save(facts: dict[str, Any]) -> object:
        return services.deactivate(pk, by=acting(request), **facts)

    context = {
        "heading": _("계정 사용 중지"), "action": _("계정 사용 중지"), "danger": True,
        "person": subject,
        "text": _("로그인이 바로 끝나고 모든 역할과 API 토큰이 없어집니다."),
        "open_work": handover.open_work(subject),
    }  # fmt: skip
    form = forms.ReasonForm(request.POST or None)
    return _form_page(request, form, save, _("계정을 닫았습니다."), back, context)


@form_page
@administrators
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed account again."""
    subject, back = _subject(pk)

    def save(facts: dict[str, Any]) -> object:
        return services.reactivate(pk, by=acting(request), **facts)

    context = {
        "heading": _("사용 재개"), "person": subject, "action": _("계정 다시 열기"),
        "text": _("역할은 되살아나지 않습니다. 필요하면 새로 부여해 주십시오."),
    }  # fmt: skip
    form = forms.ReasonForm(request.POST or None)
    return _form_page(request, form, save, _("계정을 다시 열었습니다."), back, context)


@require_safe
@readers
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Invitations by state."""
    state = request.GET.get("state", "")
    context = {
        "page_obj": page_of(request, invitations(state)),
        "state": state,
        "states": [
            ("", _("전체")),
            ("open", _("기다리는 중")),
            ("expired", _("기한 지남")),
            ("accepted", _("받아들임")),
            ("revoked", _("취소됨")),
        ],
        "may_change": is_administrator(request.user),
    }
    return render(request, "accounts/invitations.html", context)


@form_page
@administrators
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody."""

    def save(facts: dict[str, Any]) -> object:
        return services.invite(by=acting(request), **facts)

    form = forms.InviteForm(request.POST or None)
    context = {"heading": _("초대하기"), "action": _("초대 보내기"), "autosave": "invite"}
    back = reverse("accounts:invitations")
    return _form_page(request, form, save, _("초대를 보냈습니다."), back, context)


@require_POST
@administrators
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an invitation again with a new link."""
    get_object_or_404(Invitation, pk=pk)
    services.resend_invitation(pk, by=acting(request))
    messages.success(request, _("초대를 다시 보냈습니다. 이전 주소는 쓸 수 없습니다."))
    return redirect("accounts:invitations")


@require_POST
@administrators
def revoke_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    get_object_or_404(Invitation, pk=pk)
    services.revoke_invitation(pk, by=acting(request))
    messages.success(request, _("초대를 취소했습니다."))
    return redirect("accounts:invitations")
