"""Signing in and out, self-registration, invitations, forgotten passwords."""

from typing import Any

from axes.utils import reset as unlock
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth import views as auth_views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import conf, services
from accounts.models import Invitation, PendingSignup, User
from accounts.pages import forms
from accounts.pages.access import to_sign_in
from accounts.permissions import roles_of
from accounts.selectors import kinds_asked_of
from accounts.tokens import digest
from audit.services import address_of
from common.forms import errors_in

BACKEND = "django.contrib.auth.backends.ModelBackend"
form_page = require_http_methods(["GET", "HEAD", "POST"])


def next_page(request: HttpRequest, user: User) -> str:
    """Where to go after signing in: back to where the person was, or to the own work."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()):
        return asked
    roles = roles_of(user)
    for role, route in conf.LANDING:
        if role in roles:
            try:
                return reverse(route)
            except NoReverseMatch:
                continue
    return reverse("content:home")


@form_page
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """E-mail and password."""
    if request.user.is_authenticated:
        return redirect(next_page(request, request.user))
    form = forms.SignInForm(request.POST or None, request=request)
    if form.is_valid() and form.user is not None:
        login(request, form.user)
        return redirect(next_page(request, form.user))
    asked = request.POST.get("next") or request.GET.get("next", "")
    return render(request, "accounts/login.html", {"form": form, "next": asked})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, _("로그아웃했습니다."))
    return redirect("content:home")


@form_page
def signup(request: HttpRequest) -> HttpResponse:
    """An expert asks for an account."""
    if request.user.is_authenticated:
        return redirect(next_page(request, request.user))
    form = forms.SignupForm(request.POST or None)
    if form.is_valid():
        facts = form.cleaned_data
        with errors_in(form):
            services.start_signup(
                facts["email"], name_ko=facts["name_ko"], name_en=facts["name_en"],
                agreed=form.agreed(), language=(get_language() or "ko")[:2],
                ip=address_of(request),
            )  # fmt: skip
    if form.is_bound and form.is_valid():
        request.session["signup_address"] = form.cleaned_data["email"]
        return redirect("accounts:signup_sent")
    steps = [_("신청"), _("주소 확인"), _("프로필 작성")]
    return render(request, "accounts/signup.html", {"form": form, "steps": steps})


@require_safe
def signup_sent(request: HttpRequest) -> HttpResponse:
    """What to do next; the same for known and unknown addresses."""
    context = {"address": request.session.get("signup_address", "")}
    return render(request, "accounts/signup_sent.html", context)


def _bad_link(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A link that does not work (any more)."""
    return render(request, "accounts/bad_link.html", {"reason": reason}, status=404)


@form_page
@never_cache
@sensitive_post_parameters()
def signup_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the confirmation mail: choose a password, be signed in.

    Nothing happens on opening it, since mail scanners open links too.
    """
    pending = PendingSignup.objects.filter(token_hash=digest(token)).first()
    if pending is None or pending.expires_at <= timezone.now():
        text = _("이미 썼거나 기한이 지난 주소입니다. 가입을 다시 신청해 주십시오.")
        return _bad_link(request, text)
    form = forms.ConfirmForm(request.POST or None)
    if form.is_valid():
        try:
            password = form.cleaned_data["password1"]
            user = services.confirm_signup(token, password=password)
        except PendingSignup.DoesNotExist:
            return _bad_link(request)
        return _enter(request, user, _("가입이 끝났습니다. 이제 프로필을 작성해 주십시오."))
    return render(request, "accounts/signup_confirm.html", {"form": form, "pending": pending})


def _enter(request: HttpRequest, user: User, message: str) -> HttpResponse:
    """Sign a new person in and show the first page."""
    login(request, user, backend=BACKEND)
    messages.success(request, message)
    if roles_of(user) == {"expert"}:
        try:
            return redirect(reverse("experts:register"))
        except NoReverseMatch:
            return redirect("accounts:home")
    return redirect(next_page(request, user))


@form_page
@never_cache
@sensitive_post_parameters()
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation: make an account, or accept with the one that exists."""
    row = Invitation.objects.filter(token_hash=digest(token)).first()
    if row is None or row.state != "open":
        return _bad_link(request, _("이미 썼거나 취소되었거나 기한이 지난 초대입니다."))
    if User.objects.filter(email__iexact=row.email).exists():
        return _accept_as_member(request, row, token)
    form = forms.InvitationForm(
        request.POST or None, invitation=row, kinds=kinds_asked_of([row.role]),
        initial={"name_ko": row.name_ko},
    )  # fmt: skip
    if form.is_valid():
        facts = form.cleaned_data
        user = services.accept_invitation(
            token, name_ko=facts["name_ko"], name_en=facts["name_en"],
            password=facts["password1"], agreed=form.agreed(), ip=address_of(request),
        )  # fmt: skip
        return _enter(request, user, _("계정을 만들었습니다."))
    return render(request, "accounts/invitation.html", {"form": form, "invitation": row})


def _accept_as_member(request: HttpRequest, row: Invitation, token: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return to_sign_in(request)
    if request.method == "POST":
        services.accept_as_member(token, request.user.pk)
        messages.success(request, _("초대를 받아들였습니다."))
        return redirect("accounts:home")
    context = {
        "heading": _("초대 받아들이기"),
        "text": _("지금 계정에 역할이 더해지고 소속이 초대한 부서로 바뀝니다."),
        "facts": [(_("역할"), row.get_role_display()), (_("소속"), str(row.department))],
        "action": _("초대 받아들이기"),
        "cancel_url": reverse("accounts:home"),
    }
    return render(request, "confirm.html", context)


@form_page
def password_reset(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail."""
    form = forms.ResetForm(request.POST or None)
    if form.is_valid():
        services.start_reset(form.cleaned_data["email"])
        return redirect("accounts:password_reset_sent")
    return render(request, "accounts/password_reset.html", {"form": form})


@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    """The same page for known and unknown addresses."""
    return render(request, "accounts/password_reset_sent.html")


class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    """The link of the mail: set a new password, then sign in."""

    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:login")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        services.password_changed(form.user)
        unlock(username=form.user.email)
        text = _("비밀번호를 바꾸었습니다. 새 비밀번호로 로그인해 주십시오.")
        messages.success(self.request, text)
        return answer


password_reset_confirm = form_page(PasswordResetConfirm.as_view())
