"""자격 검토: the queue, one profile with its lines, the full record with a stated reason."""

import time
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.pages.access import role_required
from accounts.permissions import has_role
from audit.services import record_access
from common.errors import Conflict
from experts import extension, permissions, services, transitions
from experts.claims import KINDS
from experts.conf import setting
from experts.models import Claim, Expert
from experts.pages import forms
from experts.pages.public import visible_expert
from experts.permissions import Level
from experts.selectors import ball
from experts.selectors import profile as profiles
from experts.selectors import review as selectors

form_page = require_http_methods(["GET", "HEAD", "POST"])
STAFF = (Role.REVIEWER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)
staff_page = role_required(*STAFF)
reviewer_page = role_required(Role.REVIEWER, Role.ADMINISTRATOR)

BOX_LABELS = {
    "waiting": gettext_lazy("검토를 기다림"),
    "in_review": gettext_lazy("검토 중"),
    "new_lines": gettext_lazy("승인 뒤 새 기재"),
    "changes_asked": gettext_lazy("보완 중"),
    "approved": gettext_lazy("승인됨"),
    "suspended": gettext_lazy("활동 정지"),
    "expired": gettext_lazy("기간 만료"),
    "draft": gettext_lazy("작성 중"),
    "withdrawn": gettext_lazy("철회"),
}
PER_PAGE = 30


@require_safe
@staff_page
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits for whom, by state; the oldest first."""
    code = request.GET.get("box", "waiting")
    code = code if code in BOX_LABELS else "waiting"
    words = request.GET.get("q", "").replace("\x00", "")[:100]
    people = selectors.named(selectors.box(code, request.user), words)
    people = selectors.with_line_counts(people).select_related("user", "reviewer")
    counts = selectors.counts(request.user)
    tabs = [(text, f"?box={key}", counts[key], key == code) for key, text in BOX_LABELS.items()]
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    rows = [(expert, ball.next_step(expert, request.user)) for expert in page.object_list]
    context = {"tabs": tabs, "page_obj": page, "rows": rows, "box": code, "q": words}
    return render(request, "experts/review_queue.html", context)


@require_safe
@staff_page
def review(request: HttpRequest, public_id: Any) -> HttpResponse:
    """One profile: lines to decide on, what the person wrote, what may be done."""
    return _review_page(request, visible_expert(request, public_id))


def _review_page(
    request: HttpRequest,
    expert: Expert,
    *,
    status: int = 200,
    problem: tuple[int, list[str]] | None = None,
) -> HttpResponse:
    record_access(request, expert, "view", str(forms.PURPOSES[0]))
    following = selectors.next_open_line(expert)
    actions = {m.name: m for m in transitions.available_actions(expert, request.user)}
    may_review = permissions.may_review(request.user, expert)
    claims = profiles.in_order(expert.claims.all())
    context = {
        "expert": expert,
        "view": profiles.view_of(expert, Level.FULL),
        "lines": [(claim, KINDS[claim.kind].proof) for claim in claims],
        "following": following.pk if following else 0,
        "open_lines": sum(c.verification == "declared" for c in claims),
        "verified_lines": sum(c.is_verified for c in claims),
        "may_decide": may_review and expert.state in ("in_review", "approved"),
        "next": ball.next_step(expert, request.user),
        "actions": actions,
        "note_form": forms.NoteForm(),
        "approve_form": forms.ApproveForm(),
        "problem": problem,
    }
    return render(request, "experts/review.html", context, status=status)


@require_POST
@role_required(Role.REVIEWER)
def decide(request: HttpRequest, public_id: Any, pk: int) -> HttpResponse:
    """Verify, reject or reset one line; then on to the next one."""
    expert = visible_expert(request, public_id)
    claim = get_object_or_404(expert.claims, pk=pk)
    form = forms.DecisionForm(request.POST)
    if not form.is_valid():
        texts = [str(text) for errors in form.errors.values() for text in errors]
        return _review_page(request, expert, status=400, problem=(pk, texts))
    try:
        _decide(request, claim, form.cleaned_data)
    except Conflict as error:
        return _review_page(
            request, visible_expert(request, public_id), status=409, problem=(pk, [error.message])
        )
    except ValidationError as error:
        return _review_page(request, expert, status=400, problem=(pk, error.messages))
    following = selectors.next_open_line(visible_expert(request, public_id), after=pk)
    place = f"#line-{following.pk}" if following else "#decide"
    return redirect(reverse("experts:review", args=[public_id]) + place)


def _decide(request: HttpRequest, claim: Claim, facts: dict[str, Any]) -> None:
    if facts["decision"] == "verify":
        services.verify_claim(claim.pk, request.user, facts["until"], facts["seen"])
    elif facts["decision"] == "reject":
        services.reject_claim(claim.pk, request.user, facts["reason"], facts["seen"])
    else:
        services.reset_claim(claim.pk, request.user, facts["seen"])


#: moves with a form of one field: name → (form, field, heading, what it does, done)
_ASKED = {
    "ask_changes": (
        forms.NoteForm,
        "note",
        pgettext_lazy("button", "보완 요청"),
        gettext_lazy("적은 내용이 전문가에게 전달되고, 다시 신청할 때까지 기다립니다."),
        gettext_lazy("보완을 요청했습니다."),
    ),
    "approve": (
        forms.ApproveForm,
        "expires_on",
        pgettext_lazy("button", "승인"),
        gettext_lazy("승인하면 전문가 목록과 추천 대상에 들어갑니다."),
        gettext_lazy("승인했습니다."),
    ),
    "suspend": (
        forms.ReasonForm,
        "reason",
        pgettext_lazy("button", "활동 정지"),
        gettext_lazy("목록과 추천에서 바로 빠지고, 전문가에게 사유가 전달됩니다."),
        gettext_lazy("활동을 정지했습니다."),
    ),
    "withdraw": (
        forms.ReasonForm,
        "reason",
        pgettext_lazy("button", "등록 철회"),
        gettext_lazy("본인이 요청했을 때만 대신 철회합니다. 사유가 전문가에게 전달됩니다."),
        gettext_lazy("등록을 철회했습니다."),
    ),
}
_AT_ONCE = {
    "start_review": gettext_lazy("검토를 시작했습니다."),
    "resume": gettext_lazy("활동을 재개했습니다."),
}


@form_page
@reviewer_page
def move(request: HttpRequest, public_id: Any, name: str) -> HttpResponse:
    """A move of the state machine by staff; those that need facts ask for them first."""
    expert = visible_expert(request, public_id)
    if name in _AT_ONCE and request.method == "POST":
        getattr(transitions, name)(expert.pk, request.user)
        messages.success(request, _AT_ONCE[name])
        return redirect("experts:review", public_id)
    if name not in _ASKED:
        raise Http404
    return _asked(request, expert, name)


def _asked(request: HttpRequest, expert: Expert, name: str) -> HttpResponse:
    from common.forms import errors_in

    form_class, field, heading, text, done = _ASKED[name]
    form = form_class(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with errors_in(form):
            getattr(transitions, name)(expert.pk, request.user, form.cleaned_data[field])
        if form.is_valid():
            messages.success(request, done)
            return redirect("experts:review_queue")
    transitions.MOVES.check(name, expert, request.user)
    context = {
        "heading": heading,
        "text": _approval_text(expert) if name == "approve" else text,
        "facts": [(_("전문가"), expert.name)],
        "form": form,
        "action": transitions.MOVES[name].label,
        "danger": transitions.MOVES[name].dangerous,
        "cancel_url": reverse("experts:review", args=[expert.public_id]),
    }
    return render(request, "confirm.html", context, status=400 if form.is_bound else 200)


def _approval_text(expert: Expert) -> str:
    if expert.claims.verified().exists():
        return str(_ASKED["approve"][3])
    return _("확인된 기재 사항이 하나도 없습니다. 승인해도 추천 대상에는 들어가지 않습니다.")


@form_page
@staff_page
def record(request: HttpRequest, public_id: Any) -> HttpResponse:
    """Everything about one person. Asks why first; every view stands in the access log."""
    expert = visible_expert(request, public_id)
    if permissions.is_own(request.user, expert):
        return redirect("experts:me")
    form = forms.PurposeForm(request.POST or None)
    if form.is_valid():
        _keep_purpose(request, expert, form.text())
        return redirect("experts:record", public_id)
    purpose = _purpose(request, expert)
    if not purpose or form.is_bound:
        context = {"expert": expert, "form": form}
        status = 400 if form.is_bound else 200
        return render(request, "experts/record_purpose.html", context, status=status)
    record_access(request, expert, "view", purpose)
    view = profiles.view_of(expert, Level.FULL)
    context = {
        "expert": expert,
        "view": view,
        "timeline": profiles.timeline(view.claims),
        "purpose": purpose,
        "next": ball.next_step(expert, request.user),
        "relations": expert.relations.select_related("organisation"),
        "modes": profiles.modes_of(expert),
        "panels": extension.panels_for(expert, request.user, request, record=True),
        "may_open_review": has_role(request.user, Role.REVIEWER, Role.ADMINISTRATOR),
    }
    return render(request, "experts/record.html", context)


def _keep_purpose(request: HttpRequest, expert: Expert, text: str) -> None:
    now = time.time()
    limit = now - 60 * setting("EXPERT_PURPOSE_MINUTES")
    kept = request.session.get("expert_purposes", {})
    fresh = {key: value for key, value in kept.items() if value[1] > limit}
    request.session["expert_purposes"] = {**fresh, str(expert.public_id): [text, now]}


def _purpose(request: HttpRequest, expert: Expert) -> str:
    text, since = request.session.get("expert_purposes", {}).get(str(expert.public_id), ("", 0))
    return text if since > time.time() - 60 * setting("EXPERT_PURPOSE_MINUTES") else ""
