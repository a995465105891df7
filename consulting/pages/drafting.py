"""Writing a request: start, the steps of the form, autosave, check, submit, receipt."""

import secrets
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.pages.access import refuse, sign_in_required
from attachments.conf import most_files
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting import conf, facts, files, permissions, services, transitions, writing
from consulting.models import Request, RequestKind
from consulting.pages.common import find
from consulting.pages.forms import STEP_LABELS, STEPS, FileForm, RequestForm, step_form
from consulting.suggestions import similar_requests, suggest_fields, text_of
from content.dates import korean_date
from experts.models import TaxonomyNode

#: address part of each step, in order
ORDER = ("text", "terms", "files")


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What do you need? One card per kind; choosing one begins a draft."""
    if request.method == "POST":
        return refuse(request, (Role.OFFICER,)) or _begin(request)
    context = {
        "kinds": RequestKind.objects.filter(is_active=True),
        "may_file": permissions.may_file(request.user),
        "key": secrets.token_urlsafe(16),
        "drafts": _own_drafts(request.user),
    }
    return render(request, "consulting/start.html", context)


def _own_drafts(user: Any) -> Any:
    if not permissions.may_file(user):
        return []
    drafts = Request.objects.visible_to(user).filter(state="draft", requester=user)
    return drafts.select_related("kind").order_by("-updated_at")[:5]


def _posted(request: HttpRequest, name: str) -> str:
    """A hidden value without NUL, which the database refuses."""
    return request.POST.get(name, "").replace("\x00", "")


def _begin(request: HttpRequest) -> HttpResponse:
    kind = get_object_or_404(RequestKind, code=_posted(request, "kind"), is_active=True)
    record, is_new = services.create_draft(request.user, kind, _posted(request, "key"))
    if not is_new:
        messages.info(request, _("이미 시작한 요청을 이어서 씁니다."))
    return redirect("consulting:edit", record.ref, "text")


@sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ref: str, step: str = "text") -> HttpResponse:
    """One step of the form; what is written is kept whatever it is."""
    record = find(request, ref)
    if step not in ORDER:
        raise Http404
    refused = _not_editable(request, record)
    if refused:
        return refused
    if step == "files":
        return _file_step(request, record)
    if request.method == "POST":
        return _save_step(request, record, step)
    return _show_step(request, record, step, step_form(record, step))


def _not_editable(request: HttpRequest, record: Request) -> HttpResponse | None:
    """Submitted already, or somebody who only reads: to the request's own page."""
    if permissions.may_edit(request.user, record):
        return None
    if request.method == "POST":
        _department_only(request, record)
        text = _("이미 제출되어 고칠 수 없습니다. 고칠 것은 요청 화면에 글로 남겨 주십시오.")
        raise Conflict(text, state=record.state)
    if permissions.department(request.user, record):
        messages.info(request, _("이미 제출된 요청입니다. 지금 상태를 보여 드립니다."))
    return redirect(record)


def _department_only(request: HttpRequest, record: Request) -> None:
    """Those who only read a request do not write it."""
    if not permissions.department(request.user, record):
        raise NotPermitted(_("요청은 낸 부서만 고칠 수 있습니다."))


def _show_step(
    request: HttpRequest,
    record: Request,
    step: str,
    form: RequestForm,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    named = [row.node_id for row in record.fields.all()]
    context = {
        "record": record,
        "form": form,
        "step": step,
        "steps": STEP_LABELS,
        "position": ORDER.index(step) + 1,
        "page": secrets.token_hex(8),
        "base": writing.fingerprint(record, form.names),
        "suggestions": suggest_fields(text_of(record), named, record, request.user),
        "similar": similar_requests(record, request.user),
        **more,
    }
    return render(request, "consulting/edit.html", context, status=status)


def _save_step(request: HttpRequest, record: Request, step: str) -> HttpResponse:
    form = step_form(record, step, request.POST)
    try:
        _store(request, record, step, form)
    except Conflict:
        record = find(request, record.ref)
        return _show_step(request, record, step, form, status=409, theirs=theirs(record, form))
    if "add" in request.POST:
        _add_field(request, record)
        return redirect("consulting:edit", record.ref, step)
    if not form.is_valid():
        return _show_step(request, find(request, record.ref), step, form, status=400)
    return _onward(request, record, step)


def _store(request: HttpRequest, record: Request, step: str, form: RequestForm) -> None:
    form.is_valid()
    services.save_draft(
        record.pk,
        request.user,
        form.good_values(),
        typed=form.typed(),
        step=step,
        page=_posted(request, "page")[:32],
        base=request.POST.get("base"),
        names=form.names,
    )


def theirs(record: Request, form: RequestForm) -> list[tuple[str, str]]:
    """Label and stored text of what the form would change."""
    mine = form.good_values()
    rows = []
    for name in mine:
        stored = writing.current(record, name)
        if writing.plain(stored) != writing.plain(mine[name]):
            shown = ", ".join(str(one) for one in stored) if isinstance(stored, list) else stored
            rows.append(
                (Request.label_of(name) if name != writing.FIELDS else _("원하는 분야"), shown)
            )
    return rows


def _add_field(request: HttpRequest, record: Request) -> None:
    """Accept a suggestion: the node becomes the next one of its axis."""
    node = TaxonomyNode.objects.filter(code=_posted(request, "add")[:16]).first()
    named = [row.node for row in find(request, record.ref).fields.all()]
    if node is None or node in named:
        return
    try:
        services.save_draft(record.pk, request.user, {writing.FIELDS: [*named, node]})
    except MissingFacts as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, _("'%(label)s' 분야를 더했습니다.") % {"label": node.label})


def _onward(request: HttpRequest, record: Request, step: str) -> HttpResponse:
    if "later" in request.POST:
        messages.success(request, _("저장했습니다. '내 요청'에서 언제든지 이어 쓸 수 있습니다."))
        return redirect("consulting:my_requests")
    position = ORDER.index(step) + 1
    if request.POST.get("then") == "check" or position == len(ORDER):
        return redirect("consulting:check", record.ref)
    return redirect("consulting:edit", record.ref, ORDER[position])


@require_POST
@sign_in_required
def autosave(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep what stands in the form: 204 saved, 409 changed elsewhere or no longer a draft."""
    record = find(request, ref)
    step = request.POST.get("step", "")
    if step not in STEPS:
        return HttpResponse(status=400)
    _department_only(request, record)
    if not permissions.may_edit(request.user, record):
        return HttpResponse(status=409)
    try:
        _store(request, record, step, step_form(record, step, request.POST))
    except Conflict:
        return HttpResponse(status=409)
    return HttpResponse(status=204)


@require_POST
@sign_in_required
def suggestions(request: HttpRequest, ref: str) -> HttpResponse:
    """Fields that the text in the form names, while it is being written."""
    record = find(request, ref)
    step = request.POST.get("step", "")
    _department_only(request, record)
    if step not in STEPS:
        raise Http404
    typed = "\n".join(request.POST.get(name, "") for name in STEPS["text"]).strip()
    named = [row.node_id for row in record.fields.all()]
    text = typed[: conf.LONGEST_BOX * 6] or text_of(record)
    found = suggest_fields(text, named, record, request.user)
    return render(request, "consulting/_suggestions.html", {"suggestions": found})


def _file_step(request: HttpRequest, record: Request) -> HttpResponse:
    """Attach files one by one; each is stored at once, also the one chosen when going on."""
    bound = request.method == "POST"
    form = FileForm(request.POST, request.FILES) if bound else FileForm()
    onward = "next" in request.POST
    if onward and not request.FILES:
        return redirect("consulting:check", record.ref)
    if bound and form.is_valid():
        try:
            files.attach(record.pk, form.cleaned_data["file"], request.user)
        except ValidationError as error:
            form.add_error("file", [str(text) for text in error.messages])
        except Conflict as error:
            form.add_error("file", error.message)
        else:
            messages.success(request, _("파일을 붙였습니다."))
            steps = [record.ref] if onward else [record.ref, "files"]
            return redirect("consulting:check" if onward else "consulting:edit", *steps)
    context = {
        "record": record,
        "form": form,
        "step": "files",
        "steps": STEP_LABELS,
        "position": 3,
        "files": files.of(record),
        "limit": most_files(),
    }
    status = 400 if form.is_bound else 200
    return render(request, "consulting/files.html", context, status=status)


@require_POST
@sign_in_required
def remove_file(request: HttpRequest, ref: str, file_id: str) -> HttpResponse:
    """Take a file away again, as long as the request may be edited."""
    record = find(request, ref)
    if files.remove(record.pk, file_id, request.user):
        messages.success(request, _("파일을 뺐습니다."))
    else:
        messages.info(request, _("이미 없는 파일입니다."))
    return redirect("consulting:edit", record.ref, "files")


@sign_in_required
@require_safe
def check(request: HttpRequest, ref: str) -> HttpResponse:
    """All answers with links to correct them; the last look before submission."""
    record = find(request, ref)
    refused = _not_editable(request, record)
    return refused or _show_check(request, record)


def _show_check(request: HttpRequest, record: Request, status: int = 200) -> HttpResponse:
    problems = facts.missing_for_submission(record)
    context = {
        "record": record,
        "steps": STEP_LABELS,
        "position": 4,
        "sections": _answers(record),
        "problems": [
            (_label(name), text, _edit_url(record, name)) for name, text in problems.items()
        ],
        "files": files.of(record),
        "no_fields": not record.fields.all(),
        "similar": similar_requests(record, request.user),
    }
    return render(request, "consulting/check.html", context, status=status)


def _label(name: str) -> str:
    return _("원하는 분야") if name == writing.FIELDS else Request.label_of(name)


def _edit_url(record: Request, name: str) -> str:
    step = next(step for step, names in STEPS.items() if name in names)
    target = "tech_1" if name == writing.FIELDS else name
    return f"{reverse('consulting:edit', args=[record.ref, step])}#id_{target}"


def _answers(record: Request) -> list[dict[str, Any]]:
    """Per step: its address and (label, shown answer, whether it is empty) rows."""
    sections = []
    for number, step in enumerate(STEPS):
        form = step_form(record, step)
        rows = [(_label(name), shown(record, name), _edit_url(record, name)) for name in form.names]
        url = reverse("consulting:edit", args=[record.ref, step])
        sections.append({"label": STEP_LABELS[number], "url": url, "rows": rows})
    return sections


def shown(record: Request, name: str) -> str:
    """An answer in words."""
    if name in record.unfinished and name != writing.FIELDS:
        return str(record.unfinished[name])[:400]
    display = getattr(record, f"get_{name}_display", None)
    if display:
        return str(display())
    value = writing.current(record, name)
    if name == "budget" and value is not None:
        return _("%(amount)s원") % {"amount": f"{value:,}"}
    if isinstance(value, date):
        return korean_date(value)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return _("예") if value else _("아니요")
    return "" if value is None else str(value)


@require_POST
@sign_in_required
def submit(request: HttpRequest, ref: str) -> HttpResponse:
    """Hand the draft in; what is missing is shown on the check page."""
    record = find(request, ref)
    try:
        record = transitions.submit(record.pk, request.user)
    except MissingFacts:
        return _show_check(request, record, status=400)
    return redirect("consulting:receipt", record.ref)


@sign_in_required
@require_safe
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """The number, what happens now and when."""
    record = find(request, ref)
    if record.state == Request.State.DRAFT:
        return redirect("consulting:check", record.ref)
    return render(request, "consulting/receipt.html", {"record": record, "draft": f"D{record.pk}"})


@sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, ref: str) -> HttpResponse:
    """Throw a draft away, after asking."""
    record = find(request, ref)
    if request.method == "POST":
        services.discard_draft(record.pk, request.user)
        messages.success(request, _("작성 중이던 요청을 삭제했습니다."))
        return redirect("consulting:my_requests")
    if not permissions.may_discard(request.user, record):
        return HttpResponseRedirect(record.get_absolute_url())
    context = {
        "heading": _("작성 중인 요청 삭제"),
        "text": _("쓰던 글과 붙인 파일이 모두 사라지며 되살릴 수 없습니다."),
        "action": _("요청 삭제"),
        "danger": True,
        "cancel_url": reverse("consulting:edit", args=[record.ref, "text"]),
        "facts": [(_("제목"), record.title), (_("종류"), record.kind.label)],
    }
    return render(request, "confirm.html", context)
