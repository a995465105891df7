"""내 계정: what people see and change about themselves."""

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from rest_framework.authtoken.models import Token

from accounts import services
from accounts.models import ConsentDocument, User
from accounts.pages import forms
from accounts.pages.access import acting, sign_in_required
from accounts.pages.entry import form_page
from accounts.permissions import roles_of
from accounts.selectors import consent_state, history, kinds_asked_of
from audit.services import address_of


@form_page
@sign_in_required
def home(request: HttpRequest) -> HttpResponse:
    """Account, roles, consents, API token."""
    person = acting(request)
    form = forms.DetailsForm(request.POST or None, instance=User.objects.get(pk=person.pk))
    if form.is_valid():
        services.update_own_details(person.pk, **form.cleaned_data)
        messages.success(request, _("저장했습니다."))
        return redirect("accounts:home")
    context = {
        "form": form,
        "person": person,
        "grants": history(person),
        "consents": consent_state(person, kinds_asked_of(roles_of(person))),
        "has_token": Token.objects.filter(user=person).exists(),
        "new_token": request.session.pop("new_token", ""),
    }
    return render(request, "accounts/home.html", context)


@require_POST
@sign_in_required
def consent(request: HttpRequest) -> HttpResponse:
    """Give (``document``) or withdraw (``withdraw`` = kind) a consent."""
    kind, document = request.POST.get("withdraw", ""), request.POST.get("document", "")
    if kind in ConsentDocument.Kind.values:
        services.withdraw_consent(acting(request).pk, kind)
        messages.success(request, _("동의를 철회했습니다."))
    elif is_document(document):
        services.give_consent(acting(request).pk, int(document), address_of(request))
        messages.success(request, _("동의를 기록했습니다."))
    else:
        raise Http404
    return redirect(reverse("accounts:home") + "#consents")


def is_document(key: str) -> bool:
    """Whether a hidden field names a consent document."""
    known = ConsentDocument.objects.all()
    return key.isdecimal() and len(key) < 10 and known.filter(pk=int(key)).exists()


@require_POST
@sign_in_required
def token_create(request: HttpRequest) -> HttpResponse:
    """A new API token, shown once on the account page."""
    request.session["new_token"] = services.create_token(acting(request).pk)
    return redirect(reverse("accounts:home") + "#token")


@require_POST
@sign_in_required
def token_revoke(request: HttpRequest) -> HttpResponse:
    """The API token stops working."""
    services.revoke_token(acting(request).pk)
    messages.success(request, _("API 토큰을 없앴습니다."))
    return redirect(reverse("accounts:home") + "#token")


@form_page
@sign_in_required
@sensitive_post_parameters()
def password_change(request: HttpRequest) -> HttpResponse:
    """A new password; other sessions end, this one stays."""
    form = forms.PasswordChangeForm(acting(request), request.POST or None)
    if form.is_valid():
        user = form.save()
        services.password_changed(user)
        update_session_auth_hash(request, user)
        messages.success(request, _("비밀번호를 바꾸었습니다. 다른 기기의 로그인은 끝났습니다."))
        return redirect("accounts:home")
    return render(request, "accounts/password_change.html", {"form": form})


@form_page
@sign_in_required
def leave(request: HttpRequest) -> HttpResponse:
    """Close the own account, after a page that says what it means."""
    if request.method == "POST":
        services.leave(acting(request).pk)
        logout(request)
        messages.success(request, _("계정을 닫았습니다. 그동안 이용해 주셔서 고맙습니다."))
        return redirect("content:home")
    context = {
        "heading": _("이용 그만두기"),
        "text": _(
            "모든 동의가 철회되고 역할이 끝나며 바로 로그아웃됩니다. "
            "법령에 따라 보존하는 기록은 남습니다. 되돌리려면 관리자에게 문의해야 합니다."
        ),
        "action": _("계정 닫기"),
        "danger": True,
        "cancel_url": reverse("accounts:home"),
    }
    return render(request, "confirm.html", context)
