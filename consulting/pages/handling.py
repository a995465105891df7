"""The page of one request and everything that moves it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.pages.access import role_required, sign_in_required
from accounts.selectors import staff_with_role
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import extension, files, permissions, services, transitions
from consulting.models import Request
from consulting.pages.common import find, may, next_step, talk, text_facts, timeline
from consulting.pages.drafting import theirs
from consulting.pages.forms import AnswerForm, MessageForm, QuestionForm, ReasonForm, ReviseForm
from experts.models import Axis


@sign_in_required
@require_safe
def request_page(request: HttpRequest, ref: str) -> HttpResponse:
    """Who has the ball, what was asked, what was said, what to do now."""
    record = find(request, ref)
    if record.state == Request.State.DRAFT and permissions.may_edit(request.user, record):
        return redirect("consulting:edit", record.ref, "text")
    if record.ref != ref:
        return redirect(record)
    return show(request, record)


def show(request: HttpRequest, record: Request, status: int = 200, **more: Any) -> HttpResponse:
    """The request page; ``more`` may bring a form with its errors."""
    user = request.user
    context = {
        "record": record,
        "may": may(record, user),
        "next": next_step(record, user),
        "moves": {move.name: move for move in transitions.available_actions(record, user)},
        "texts": text_facts(record),
        "facts": request_facts(record),
        "nodes": nodes_by_axis(record),
        "talk": talk(record, user),
        "timeline": timeline(record),
        "files": files.of(record),
        "panels": panels(request, record),
        "question": _last_question(record),
        "answer_form": AnswerForm(),
        "message_form": MessageForm(),
        "managers": _managers(record, user),
        "is_staff_view": permissions.reads_all(user),
        **more,
    }
    return render(request, "consulting/request.html", context, status=status)


def _last_question(record: Request) -> Any:
    asked = [message for message in record.messages.all() if message.kind == "question"]
    return asked[-1] if asked else None


def panels(request: HttpRequest, record: Request) -> list[str]:
    """Sections of other apps, rendered."""
    sections = extension.sections(record, request.user, request)
    return [render_to_string(name, context, request) for name, context in sections]


def _managers(record: Request, user: Any) -> Any:
    if not permissions.may_assign(user, record):
        return []
    return staff_with_role(Role.MANAGER).exclude(pk=record.manager_id or 0)


_FACTS = ("deadline", "experts_wanted", "disclosure")
_WANTED_FACTS = ("stage", "audience", "schedule", "budget")


def request_facts(record: Request) -> list[tuple[str, str, Any]]:
    """(name, label, value) of the short answers that the kind asks for."""
    wanted = [name for name in _WANTED_FACTS if name in record.kind.fields_wanted]
    return [(name, Request.label_of(name), getattr(record, name)) for name in (*wanted, *_FACTS)]


def nodes_by_axis(record: Request) -> list[tuple[str, list[Any]]]:
    """Axis label → wanted fields in order of rank."""
    groups = {
        axis.label: [row.node for row in record.fields.all() if row.node.axis == axis.value]
        for axis in Axis
    }
    return [(str(label), nodes) for label, nodes in groups.items() if nodes]


@dataclass(frozen=True)
class Page:
    """How a move is asked for: its form, the words around it, and what it calls."""

    move: str
    heading: str | Promise
    text: str | Promise
    action: str | Promise
    done: str | Promise
    call: Callable[..., Request]
    form: type[forms.Form] | None = None
    field: str = ""
    danger: bool = False


PAGES = {
    page.move: page
    for page in (
        Page(
            "accept",
            gettext_lazy("요청 접수"),
            gettext_lazy("접수하면 부서에 알리고, 전문가를 찾을 수 있습니다."),
            gettext_lazy("요청 접수"),
            gettext_lazy("요청을 접수했습니다. 이제 전문가를 찾을 수 있습니다."),
            transitions.accept,
        ),
        Page(
            "return_with_question",
            pgettext_lazy("button", "보완 요청"),
            gettext_lazy("부서에 물어볼 것을 적으면 요청이 부서로 돌아갑니다."),
            gettext_lazy("보완 요청 보내기"),
            gettext_lazy("부서에 보완을 요청했습니다."),
            transitions.return_with_question,
            QuestionForm,
            "question",
        ),
        Page(
            "reject",
            gettext_lazy("요청 반려"),
            gettext_lazy("요청이 끝나며 되돌릴 수 없습니다. 부서에 사유를 알립니다."),
            gettext_lazy("요청 반려"),
            gettext_lazy("요청을 반려했습니다."),
            transitions.reject,
            ReasonForm,
            "reason",
            danger=True,
        ),
        Page(
            "withdraw",
            gettext_lazy("요청 철회"),
            gettext_lazy("요청이 끝나며 되돌릴 수 없습니다. 재단 담당자에게 사유를 알립니다."),
            gettext_lazy("요청 철회"),
            gettext_lazy("요청을 철회했습니다."),
            transitions.withdraw,
            ReasonForm,
            "reason",
            danger=True,
        ),
        Page(
            "resubmit",
            gettext_lazy("답변하고 다시 제출"),
            gettext_lazy("내용을 고쳤다면 무엇을 고쳤는지 함께 적어 주십시오."),
            gettext_lazy("답변하고 다시 제출"),
            gettext_lazy("답변을 보내고 요청을 다시 제출했습니다."),
            transitions.resubmit,
            AnswerForm,
            "answer",
        ),
    )
}  # fmt: skip


@sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, ref: str, name: str) -> HttpResponse:
    """Ask for what a move needs, then make it."""
    record = find(request, ref)
    page = PAGES.get(name)
    if page is None:
        raise Http404
    if request.method == "POST":
        return _make_move(request, record, page)
    transitions.MOVES.check(name, record, request.user)
    form = page.form(request.POST or None) if page.form else None
    return _ask(request, record, page, form)


def _make_move(request: HttpRequest, record: Request, page: Page) -> HttpResponse:
    form = page.form(request.POST) if page.form else None
    if form and not form.is_valid():
        transitions.MOVES.check(page.move, record, request.user)
        return _ask(request, record, page, form, status=400)
    given = {page.field: form.cleaned_data[page.field]} if form else {}
    try:
        record = page.call(record.pk, request.user, **given)
    except MissingFacts as error:
        _explain(request, form, error)
        return _ask(request, record, page, form, status=400)
    messages.success(request, str(page.done))
    return redirect(record)


def _explain(request: HttpRequest, form: forms.Form | None, error: ValidationError) -> None:
    """Errors of the move's own field stand at the field, those of the request on top."""
    for name, texts in error.message_dict.items():
        if form and name in form.fields:
            form.add_error(name, texts)
        else:
            label = Request.label_of(name) if name != "fields" else _("원하는 분야")
            messages.error(request, f"{label}: {' '.join(texts)}")


def _ask(
    request: HttpRequest, record: Request, page: Page, form: forms.Form | None, status: int = 200
) -> HttpResponse:
    context = {
        "record": record,
        "heading": page.heading,
        "text": page.text,
        "action": page.action,
        "danger": page.danger,
        "form": form,
        "move": page.move,
        "talk": talk(record, request.user),
    }
    return render(request, "consulting/move.html", context, status=status)


@require_POST
@sign_in_required
def message(request: HttpRequest, ref: str) -> HttpResponse:
    """Leave a message on the request."""
    record = find(request, ref)
    if not (permissions.desk(request.user, record) or permissions.department(request.user, record)):
        raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
    form = MessageForm(request.POST)
    if not form.is_valid():
        return show(request, record, status=400, message_form=form)
    try:
        services.write_message(record.pk, request.user, form.cleaned_data["body"])
    except Conflict as error:
        form.add_error("body", error.message)
        return show(request, record, status=409, message_form=form)
    messages.success(request, _("글을 남겼습니다."))
    return redirect(f"{record.get_absolute_url()}#talk")


@require_POST
@role_required(Role.MANAGER, Role.ADMINISTRATOR)
def assign(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the request on, or hand it to another case manager."""
    record = find(request, ref)
    person = _named_manager(request)
    services.assign(record.pk, person, request.user)
    messages.success(request, _("담당자를 %(name)s 님으로 정했습니다.") % {"name": person.name})
    return redirect("consulting:desk" if "desk" in request.POST else record)


def _named_manager(request: HttpRequest) -> Any:
    wanted = request.POST.get("manager", "")
    return request.user if wanted == "me" else _row(staff_with_role(Role.MANAGER), wanted)


def _row(people: Any, pk: str) -> Any:
    return get_object_or_404(people, pk=_whole(pk))


def _whole(text: str) -> int:
    """A small whole number typed into an address or a hidden field; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@role_required(Role.MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def revise(request: HttpRequest, ref: str) -> HttpResponse:
    """Staff correct the request, with a reason; another version meanwhile is a conflict."""
    record = find(request, ref)
    if not permissions.may_revise(request.user, record):
        text = _("지금 상태(%(state)s)에서는 고칠 수 없습니다.")
        raise Conflict(text % {"state": record.get_state_display()}, state=record.state)
    form = ReviseForm(request.POST or None, record=record)
    if request.method == "POST":
        return _save_revision(request, record, form)
    return _show_revision(request, record, form)


def _save_revision(request: HttpRequest, record: Request, form: ReviseForm) -> HttpResponse:
    if not form.is_valid():
        return _show_revision(request, record, form, status=400)
    version = _whole(request.POST.get("version", ""))
    try:
        services.revise(
            record.pk, request.user, form.good_values(), form.cleaned_data["reason"], version
        )
    except Conflict as error:
        messages.warning(request, error.message)
        return _show_revision(request, find(request, record.ref), form, status=409)
    except MissingFacts as error:
        form.add_error(None, [str(text) for text in error.messages])
        return _show_revision(request, record, form, status=400)
    messages.success(request, _("내용을 고쳤습니다."))
    return redirect(record)


def _show_revision(
    request: HttpRequest, record: Request, form: ReviseForm, status: int = 200
) -> HttpResponse:
    other = theirs(record, form) if status == 409 else []
    context = {"record": record, "form": form, "theirs": other}
    return render(request, "consulting/revise.html", context, status=status)
