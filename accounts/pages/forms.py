"""Forms of the account pages. What they check stands here, what they do in services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import ConsentDocument, Invitation, Organisation, Role, User
from accounts.selectors import current_documents
from accounts.sign_in import WRONG
from common.text import clean_line


class LineField(forms.CharField):
    """One line of text, cleaned of what nobody can see."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class EmailField(forms.EmailField):
    """An address, compared without case."""

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "email", "inputmode": "email"}
        super().__init__(widget=forms.EmailInput(attrs=attrs), max_length=254, **options)

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "").lower()


def password_field(label: Any, purpose: str = "new-password", **options: Any) -> forms.CharField:
    """A password as typed: not stripped, never shown again."""
    widget = forms.PasswordInput(attrs={"autocomplete": purpose})
    return forms.CharField(label=label, strip=False, max_length=256, widget=widget, **options)


class SignInForm(forms.Form):
    """E-mail and password; every failure reads the same."""

    username = EmailField(label=_("전자우편"))
    password = password_field(_("비밀번호"), "current-password")

    def __init__(self, *args: Any, request: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("username") and facts.get("password"):
            self.user = authenticate(
                self.request, username=facts["username"], password=facts["password"]
            )
            if self.user is None:
                raise ValidationError(WRONG)
        return facts


class NewPasswordMixin(forms.Form):
    """Two equal passwords that keep the rules."""

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        first, second = facts.get("password1"), facts.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("두 비밀번호가 서로 다릅니다."))
        if first:
            try:
                validate_password(first, self.password_owner())
            except ValidationError as error:
                self.add_error("password1", error)
        return facts

    def password_owner(self) -> User | None:
        """Whose name and address the password must not resemble."""
        return None


class ConsentMixin(forms.Form):
    """One unticked box per document in force; required ones must be ticked."""

    consent_kinds: tuple[str, ...] = (ConsentDocument.Kind.COLLECTION,)

    def add_consents(self) -> None:
        """Add the boxes; called by ``__init__``."""
        self.documents = current_documents(self.consent_kinds)
        for document in self.documents:
            # the page marks required fields by itself
            mark = "" if document.required else f"{_('[선택]')} "
            self.fields[f"consent_{document.kind}"] = forms.BooleanField(
                label=mark + document.title,
                required=document.required,
                error_messages={"required": _("필수 동의에 체크해 주십시오.")},
            )

    def agreed(self) -> list[int]:
        """Ids of the documents that were ticked."""
        ticked = [d for d in self.documents if self.cleaned_data.get(f"consent_{d.kind}")]
        return [document.pk for document in ticked]


class SignupForm(ConsentMixin):
    """An expert asks for an account."""

    email = EmailField(label=_("전자우편"), help_text=_("이 주소로 확인 메일을 보냅니다."))
    name_ko = LineField(label=_("이름"), max_length=60)
    name_en = LineField(label=_("영문 이름"), max_length=80, required=False)

    consent_kinds = tuple(ConsentDocument.Kind.values)
    why = {"name_en": _("영문 화면과 국외 전문가 명단에 씁니다.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_consents()


class ConfirmForm(NewPasswordMixin):
    """The confirmed address gets a password."""

    password1 = password_field(_("비밀번호"), help_text=password_validators_help_text_html())
    password2 = password_field(_("비밀번호 확인"))


class InvitationForm(NewPasswordMixin, ConsentMixin):
    """An invited person: name, password, consents."""

    name_ko = LineField(label=_("이름"), max_length=60)
    name_en = LineField(label=_("영문 이름"), max_length=80, required=False)
    password1 = password_field(_("비밀번호"), help_text=password_validators_help_text_html())
    password2 = password_field(_("비밀번호 확인"))

    def __init__(
        self, *args: Any, invitation: Invitation, kinds: tuple[str, ...], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.consent_kinds = kinds
        self.add_consents()

    def password_owner(self) -> User:
        name = self.cleaned_data.get("name_ko", "")
        return User(email=self.invitation.email, name_ko=name)


class PasswordChangeForm(auth_forms.PasswordChangeForm):
    """Django's own, with our help text."""

    field_order = ["old_password", "new_password1", "new_password2"]


class ResetForm(forms.Form):
    """Somebody forgot the password; the answer never says whether the address is known."""

    email = EmailField(label=_("전자우편"))


class DetailsForm(forms.ModelForm[User]):
    """What people change about their own account."""

    name_ko = LineField(label=_("이름"), max_length=60)
    name_en = LineField(label=_("영문 이름"), max_length=80, required=False)

    class Meta:
        model = User
        fields = ("name_ko", "name_en", "language", "mail_notices")
        help_texts = {"language": _("알림과 메일을 이 언어로 보냅니다.")}


class ReasonForm(forms.Form):
    """A reason that goes on record."""

    reason = LineField(
        label=_("사유"), max_length=200, help_text=_("기록에 남으며 감사자가 봅니다.")
    )


def day_input() -> forms.DateInput:
    """The browser's own date picker."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class GrantForm(forms.Form):
    """A role with scope and period."""

    role = forms.ChoiceField(label=_("역할"), choices=[("", _("고르십시오")), *Role.choices])
    scope = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("범위"), required=False, empty_label=_("소속 부서만")
    )
    starts_on = forms.DateField(label=_("시작"), required=False, widget=day_input())
    ends_on = forms.DateField(label=_("종료"), required=False, widget=day_input())
    reason = LineField(label=_("사유"), max_length=200)

    why = {
        "scope": _("부서 담당자가 기관 전체의 요청을 다루게 할 때 고릅니다."),
        "ends_on": _("비워 두면 거둘 때까지 이어집니다."),
        "starts_on": _("비워 두면 오늘부터입니다."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].queryset = organisations()  # type: ignore[attr-defined]


class MoveForm(ReasonForm):
    """A new department."""

    department = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("새 소속"), empty_label=_("고르십시오")
    )
    field_order = ["department", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = organisations()  # type: ignore[attr-defined]


class InviteForm(forms.ModelForm[Invitation]):
    """Whom to invite as what."""

    email = EmailField(label=_("전자우편"))
    name_ko = LineField(label=_("이름"), max_length=60, required=False)

    class Meta:
        model = Invitation
        fields = ("email", "name_ko", "role", "department", "language")
        help_texts = {"language": _("초대 메일을 이 언어로 보냅니다.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = organisations()  # type: ignore[attr-defined]

    def validate_constraints(self) -> None:
        """Left to the service, which knows what to advise."""


class OrganisationForm(forms.ModelForm[Organisation]):
    """One organisation of the tree."""

    name_ko = LineField(label=_("이름"), max_length=120)
    name_en = LineField(label=_("영문 이름"), max_length=160, required=False)

    class Meta:
        model = Organisation
        fields = ("parent", "kind", "name_ko", "name_en", "code", "is_active")
        help_texts = {
            "code": _("한 번 정하면 바꾸지 않습니다. 영문 소문자, 숫자, -"),
            "is_active": _("끄면 새로 고를 수 없게 됩니다."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = organisations()  # type: ignore[attr-defined]
        self.fields["code"].disabled = bool(self.instance.pk)


def organisations() -> Any:
    """The choices of every form: in use, with their 기관, in the order of the tree."""
    rows = Organisation.objects.in_use().select_related("root")
    return rows.order_by("root__kind", "root__name_ko", "parent_id", "name_ko")
