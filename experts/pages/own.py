"""내 프로필: register, fill in section by section, submit, withdraw."""

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.pages.access import refuse, role_required, sign_in_required
from accounts.pages.own import is_document
from accounts.selectors import consent_state
from accounts.services import give_consent, withdraw_consent
from audit.services import address_of
from common.forms import errors_in
from experts import consents, extension, permissions, services, transitions
from experts.claims import KINDS
from experts.models import Claim, ClaimKind, Expert, Relation
from experts.pages import forms
from experts.permissions import Level
from experts.requirements import facts_of, findings
from experts.selectors import ball
from experts.selectors import profile as profiles

form_page = require_http_methods(["GET", "HEAD", "POST"])
own_page = role_required(Role.EXPERT)

#: the sections in the order of the registration: (route, name)
STEPS: tuple[tuple[str, Promise], ...] = (
    ("me_basic", gettext_lazy("기본 정보")),
    ("me_fields", gettext_lazy("전문 분야")),
    ("me_claims", gettext_lazy("소속·학력·실적")),
    ("me_availability", gettext_lazy("활동 조건")),
    ("me_visibility", gettext_lazy("동의와 공개")),
    ("me_submit", gettext_lazy("확인과 신청")),
)
#: section of a requirement → route
PARTS = {
    "basic": "me_basic",
    "fields": "me_fields",
    "claims": "me_claims",
    "availability": "me_availability",
    "visibility": "me_visibility",
}


@form_page
def register(request: HttpRequest) -> HttpResponse:
    """What registering means; signed-in experts get their draft."""
    user = request.user
    if permissions.may_register(user):
        known = Expert.objects.filter(user_id=user.pk or 0).exists()
        if known or request.method == "POST":
            services.register(user)
            return redirect("experts:me" if known else "experts:me_basic")
    elif request.method == "POST" and (refused := refuse(request, (Role.EXPERT,))):
        return refused
    context = {"may_register": permissions.may_register(user), "steps": [t for _r, t in STEPS]}
    return render(request, "experts/register.html", context)


def own_expert(request: HttpRequest) -> Expert:
    """The signed-in person's profile. Raises ``Http404`` when there is none."""
    people = Expert.objects.select_related("user", "reviewer").for_listing()
    return get_object_or_404(people, user=request.user)


@require_safe
@sign_in_required
def me(request: HttpRequest) -> HttpResponse:
    """State, whose turn it is, what is missing and what for, everything written so far."""
    expert = Expert.objects.for_listing().filter(user_id=request.user.pk or 0).first()
    if expert is None:
        return redirect("experts:register")
    context = _overview(request, expert)
    context["panels"] = extension.panels_for(expert, request.user, request)
    context["relations"] = expert.relations.select_related("organisation")
    return render(request, "experts/me.html", context)


def _overview(request: HttpRequest, expert: Expert) -> dict[str, Any]:
    found = findings(facts_of(expert))
    return {
        "expert": expert,
        "view": profiles.view_of(expert, Level.FULL),
        "groups": claim_groups(expert),
        "missing": [(f.requirement, _address(f.requirement.part)) for f in found if not f.met],
        "met": sum(f.met for f in found),
        "all": len(found),
        "ready": all(f.met for f in found if f.requirement.needed),
        "next": ball.next_step(expert, request.user),
        "actions": {m.name: m for m in transitions.available_actions(expert, request.user)},
        "modes": profiles.modes_of(expert),
        "recommendable": Expert.objects.recommendable().filter(pk=expert.pk).exists(),
    }


def _address(part: str) -> str:
    return reverse(f"experts:{PARTS[part]}")


def claim_groups(expert: Expert) -> list[tuple[str, str, list[Claim]]]:
    """(kind, label, lines) of every kind."""
    lines = list(expert.claims.all())
    return [
        (kind, str(label), [c for c in lines if c.kind == kind])
        for kind, label in ClaimKind.choices
    ]


def _steps(route: str) -> dict[str, Any]:
    """Where a section stands in the registration."""
    routes = [name for name, _label in STEPS]
    place = routes.index(route)
    return {
        "steps": [label for _name, label in STEPS],
        "step": place + 1,
        "next_route": f"experts:{routes[place + 1]}" if place + 1 < len(routes) else "",
        "section": STEPS[place][1],
        "route": route,
    }


def _section(
    request: HttpRequest,
    route: str,
    form: django_forms.Form,
    store: Callable[[Expert], Any],
    expert: Expert,
    **context: Any,
) -> HttpResponse:
    """One section: show, store, go on to the next one or back to the overview."""
    if request.method == "POST" and form.is_valid():
        with errors_in(form):
            store(expert)
        if form.is_valid():
            messages.success(request, _("저장했습니다."))
            return redirect(_after(request, route))
    status = 400 if form.is_bound else 200
    values = {"form": form, "expert": expert, **_steps(route), **context}
    return render(request, "experts/section.html", values, status=status)


def _after(request: HttpRequest, route: str) -> str:
    onward = _steps(route)["next_route"]
    return reverse(onward) if "onward" in request.POST and onward else reverse("experts:me")


@form_page
@own_page
def basic(request: HttpRequest) -> HttpResponse:
    """Names, self-description, region."""
    expert = own_expert(request)
    initial = {name: getattr(expert, name) for name in forms.BasicForm.base_fields}
    form = forms.BasicForm(request.POST or None, initial=initial)

    def store(expert: Expert) -> None:
        services.change_basic(expert.pk, request.user, form.cleaned_data)

    return _section(request, "me_basic", form, store, expert)


@form_page
@own_page
def fields(request: HttpRequest) -> HttpResponse:
    """Ranked fields and keywords."""
    expert = own_expert(request)
    form = forms.FieldsForm(request.POST or None, initial=forms.FieldsForm.initial_of(expert))

    def store(expert: Expert) -> None:
        keywords = form.cleaned_data["keywords"]
        services.change_fields(expert.pk, request.user, form.codes(), keywords)

    return _section(request, "me_fields", form, store, expert)


@form_page
@own_page
def availability(request: HttpRequest) -> HttpResponse:
    """When, how and how often."""
    expert = own_expert(request)
    initial = {name: getattr(expert, name) for name in forms.AvailabilityForm.base_fields}
    form = forms.AvailabilityForm(request.POST or None, initial=initial)

    def store(expert: Expert) -> None:
        services.change_availability(expert.pk, request.user, form.cleaned_data)

    return _section(request, "me_availability", form, store, expert)


@form_page
@own_page
def visibility(request: HttpRequest) -> HttpResponse:
    """Consents, and what the public directory shows."""
    expert = own_expert(request)
    # A form without a single tick is a valid answer, so the method decides, not the data.
    data = request.POST if request.method == "POST" else None
    form = forms.SectionsForm(data, initial={"public_sections": expert.public_sections})

    def store(expert: Expert) -> None:
        picked = form.cleaned_data["public_sections"]
        services.change_sections(expert.pk, request.user, picked)

    kinds = (consents.Kind.COLLECTION, *consents.COLUMN_OF_KIND)
    person: Any = request.user
    answers = consent_state(person, list(map(str, kinds)))
    return _section(request, "me_visibility", form, store, expert, consents=answers)


@require_POST
@own_page
def consent(request: HttpRequest) -> HttpResponse:
    """Give (``document``) or take back (``withdraw`` = kind) a consent, one click each."""
    own_expert(request)
    person: Any = request.user
    kind, document = request.POST.get("withdraw", ""), request.POST.get("document", "")
    if kind in consents.COLUMN_OF_KIND:
        withdraw_consent(person.pk, kind)
        messages.success(request, _("동의를 철회했습니다. 더는 보이지 않습니다."))
    elif is_document(document):
        give_consent(person.pk, int(document), address_of(request))
        messages.success(request, _("동의를 기록했습니다."))
    else:
        raise Http404
    return redirect("experts:me_visibility")


@require_safe
@own_page
def claims(request: HttpRequest) -> HttpResponse:
    """All lines by kind, with their verification."""
    expert = own_expert(request)
    context = {"expert": expert, "groups": claim_groups(expert), **_steps("me_claims")}
    return render(request, "experts/claims.html", context)


@form_page
@own_page
def claim_add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new line."""
    if kind not in KINDS:
        raise Http404
    expert = own_expert(request)
    form = forms.ClaimForm(kind, request.POST or None)
    if form.is_valid():
        with errors_in(form):
            services.add_claim(expert.pk, request.user, kind, form.facts())
    return _claim_page(request, expert, kind, form, None)


@form_page
@own_page
def claim_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one of the own lines."""
    expert = own_expert(request)
    claim = get_object_or_404(expert.claims, pk=pk)
    initial = forms.ClaimForm.initial_of(claim)
    form = forms.ClaimForm(claim.kind, request.POST or None, initial=initial)
    if form.is_valid():
        with errors_in(form):
            services.change_claim(claim.pk, request.user, form.facts())
    return _claim_page(request, expert, claim.kind, form, claim)


def _claim_page(
    request: HttpRequest, expert: Expert, kind: str, form: forms.ClaimForm, claim: Claim | None
) -> HttpResponse:
    if form.is_bound and form.is_valid():
        messages.success(request, _("저장했습니다."))
        if "another" in request.POST:
            return redirect("experts:claim_add", kind)
        return redirect(reverse("experts:me_claims") + f"#{kind}")
    context = {
        "form": form,
        "expert": expert,
        "kind": kind,
        "kind_label": ClaimKind(kind).label,
        "proof": KINDS[kind].proof,
        "claim": claim,
    }
    return render(request, "experts/claim.html", context, status=400 if form.is_bound else 200)


@form_page
@own_page
def claim_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a line out, after a question."""
    claim = get_object_or_404(own_expert(request).claims, pk=pk)
    back = reverse("experts:me_claims") + f"#{claim.kind}"
    if request.method == "POST":
        services.remove_claim(claim.pk, request.user)
        messages.success(request, _("지웠습니다."))
        return redirect(back)
    context = {
        "heading": _("기재 사항 지우기"),
        "text": _("이 줄을 프로필에서 지웁니다. 확인 표시도 함께 사라집니다."),
        "facts": [(claim.get_kind_display(), claim.title)],
        "action": _("이 줄 지우기"),
        "danger": True,
        "cancel_url": back,
    }
    return render(request, "confirm.html", context)


@form_page
@own_page
def relations(request: HttpRequest) -> HttpResponse:
    """Declared relations, and a form for another one."""
    expert = own_expert(request)
    form = forms.RelationForm(request.POST or None)
    if form.is_valid():
        with errors_in(form):
            services.declare_relation(expert.pk, request.user, form.cleaned_data)
    if form.is_bound and form.is_valid():
        messages.success(request, _("신고했습니다. 이 기관의 요청에는 추천하지 않습니다."))
        return redirect("experts:me_relations")
    rows = expert.relations.select_related("organisation")
    context = {"form": form, "expert": expert, "relations": rows}
    return render(request, "experts/relations.html", context, status=400 if form.is_bound else 200)


@require_POST
@own_page
def relation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """The relation has ended."""
    get_object_or_404(Relation, pk=pk, expert__user=request.user)
    services.end_relation(pk, request.user)
    messages.success(request, _("관계가 끝난 것으로 적었습니다."))
    return redirect("experts:me_relations")


@form_page
@own_page
def submit(request: HttpRequest) -> HttpResponse:
    """Everything once more, with ways to correct it; then hand it in."""
    expert = own_expert(request)
    if request.method == "POST":
        transitions.submit(expert.pk, request.user)
        messages.success(request, _("등록을 신청했습니다. 검토가 끝나면 알려 드립니다."))
        return redirect("experts:me")
    context = _overview(request, expert) | _steps("me_submit")
    return render(request, "experts/submit.html", context)


@form_page
@own_page
def withdraw(request: HttpRequest) -> HttpResponse:
    """Leave the register, after a question."""
    expert = own_expert(request)
    form = forms.ReasonForm(request.POST or None, required=False)
    if request.method == "POST":
        transitions.withdraw(expert.pk, request.user, request.POST.get("reason", ""))
        messages.success(request, _("등록을 철회했습니다."))
        return redirect("experts:me")
    context = {
        "heading": _("전문가 등록 철회"),
        "text": _("목록과 추천에서 바로 빠지고, 공개와 부서 제공 동의가 철회됩니다."),
        "form": form,
        "action": pgettext("button", "등록 철회"),
        "danger": True,
        "cancel_url": reverse("experts:me"),
    }
    return render(request, "confirm.html", context)


@require_POST
@own_page
def reopen(request: HttpRequest) -> HttpResponse:
    """Start again from a withdrawn profile."""
    transitions.reopen(own_expert(request).pk, request.user)
    messages.success(
        request, _("다시 작성할 수 있습니다. 공개와 부서 제공은 다시 동의해 주십시오.")
    )
    return redirect("experts:me")
