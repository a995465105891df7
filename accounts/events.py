"""What happens to accounts, as events: one typed function each."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Invitation, Organisation, Role, RoleGrant, User
from audit.models import Event
from audit.registry import register
from audit.services import record
from common.korean import particle

USER = {"user": "accounts.User"}


def _says(template: Callable[[], str]) -> Callable[[Event], str]:
    """A sentence of the actor and the person or thing concerned."""

    def sentence(event: Event) -> str:
        words = {
            "who": particle(event.who, "이/가"),
            "person": event.on,
            "object": particle(event.on, "을/를"),
        }
        return template() % words

    return sentence


def _with_reason(text: str, event: Event) -> str:
    reason = event.fact("reason")
    return _("%(text)s (사유: %(reason)s)") % {"text": text, "reason": reason} if reason else text


def _role_sentence(template: Callable[[], str]) -> Callable[[Event], str]:
    def sentence(event: Event) -> str:
        role = dict(Role.choices).get(event.fact("role"), event.fact("role"))
        scope = event.name_of("scope") if event.data.get("scope") else ""
        text = template() % {
            "who": particle(event.who, "이/가"),
            "person": event.name_of("user"),
            "role": f"{role} ({scope})" if scope else str(role),
        }
        return _with_reason(text, event)

    return sentence


def _moved_sentence(event: Event) -> str:
    text = _("%(who)s %(person)s의 소속을 %(old)s에서 %(new)s(으)로 바꿈") % {
        "who": particle(event.who, "이/가"),
        "person": event.on,
        "old": event.name_of("old") or _("없음"),
        "new": event.name_of("new") or _("없음"),
    }
    return _with_reason(text, event)


def _closing_sentence(template: Callable[[], str]) -> Callable[[Event], str]:
    says = _says(template)
    return lambda event: _with_reason(says(event), event)


def _invitation_sentence(template: Callable[[], str]) -> Callable[[Event], str]:
    def sentence(event: Event) -> str:
        return template() % {
            "who": particle(event.who, "이/가"),
            "address": event.fact("address"),
            "role": dict(Role.choices).get(event.fact("role"), ""),
        }

    return sentence


def _consent_sentence(template: Callable[[], str]) -> Callable[[Event], str]:
    def sentence(event: Event) -> str:
        return template() % {
            "who": particle(event.who, "이/가"),
            "document": event.name_of("document"),
        }

    return sentence


register(
    "accounts.signed_in",
    _says(lambda: _("%(who)s 로그인함")),
    gettext_lazy("로그인"),
)
register(
    "accounts.signed_out",
    _says(lambda: _("%(who)s 로그아웃함")),
    gettext_lazy("로그아웃"),
)
register(
    "accounts.locked_out",
    _says(lambda: _("%(person)s 계정의 로그인이 거듭 실패하여 잠시 막힘")),
    gettext_lazy("로그인 잠금"),
)
register(
    "accounts.registered",
    _says(lambda: _("%(who)s 계정을 만듦")),
    gettext_lazy("계정 생성"),
)
register(
    "accounts.details_changed",
    _says(lambda: _("%(who)s %(person)s의 계정 정보를 고침")),
    gettext_lazy("계정 정보 변경"),
)
register(
    "accounts.password_changed",
    _says(lambda: _("%(who)s 비밀번호를 바꿈")),
    gettext_lazy("비밀번호 변경"),
)
register(
    "accounts.reset_asked",
    _says(lambda: _("%(person)s 계정의 비밀번호 재설정 메일을 보냄")),
    gettext_lazy("비밀번호 재설정 요청"),
)
register(
    "accounts.token_created",
    _says(lambda: _("%(who)s API 토큰을 만듦")),
    gettext_lazy("API 토큰 생성"),
)
register(
    "accounts.token_revoked",
    _says(lambda: _("%(who)s API 토큰을 없앰")),
    gettext_lazy("API 토큰 폐기"),
)
register(
    "accounts.role_granted",
    _role_sentence(lambda: _("%(who)s %(person)s에게 역할을 줌: %(role)s")),
    gettext_lazy("역할 부여"),
    personal=("reason",),
    refs={**USER, "scope": "accounts.Organisation"},
)
register(
    "accounts.role_ended",
    _role_sentence(lambda: _("%(who)s %(person)s의 역할을 거둠: %(role)s")),
    gettext_lazy("역할 회수"),
    personal=("reason",),
    refs={**USER, "scope": "accounts.Organisation"},
)
register(
    "accounts.department_changed",
    _moved_sentence,
    gettext_lazy("소속 변경"),
    personal=("reason",),
    refs={"old": "accounts.Organisation", "new": "accounts.Organisation"},
)
register(
    "accounts.deactivated",
    _closing_sentence(lambda: _("%(who)s %(person)s의 계정을 닫음")),
    gettext_lazy("사용 중지"),
    personal=("reason",),
)
register(
    "accounts.reactivated",
    _closing_sentence(lambda: _("%(who)s %(person)s의 계정을 다시 엶")),
    gettext_lazy("사용 재개"),
    personal=("reason",),
)
register(
    "accounts.invited",
    _invitation_sentence(lambda: _("%(who)s %(address)s 주소를 초대함: %(role)s")),
    gettext_lazy("초대"),
    personal=("address",),
)
register(
    "accounts.invitation_resent",
    _invitation_sentence(lambda: _("%(who)s %(address)s 주소로 초대를 다시 보냄")),
    gettext_lazy("초대 다시 보냄"),
    personal=("address",),
)
register(
    "accounts.invitation_revoked",
    _invitation_sentence(lambda: _("%(who)s %(address)s 주소의 초대를 거둠")),
    gettext_lazy("초대 취소"),
    personal=("address",),
)
register(
    "accounts.invitation_accepted",
    _invitation_sentence(lambda: _("%(who)s 초대를 받아들임: %(role)s")),
    gettext_lazy("초대 수락"),
    personal=("address",),
)
register(
    "accounts.consent_given",
    _consent_sentence(lambda: _("%(who)s 동의함: %(document)s")),
    gettext_lazy("동의"),
    refs={"document": "accounts.ConsentDocument"},
)
register(
    "accounts.consent_withdrawn",
    _consent_sentence(lambda: _("%(who)s 동의를 철회함: %(document)s")),
    gettext_lazy("동의 철회"),
    refs={"document": "accounts.ConsentDocument"},
)
register(
    "accounts.organisation_saved",
    _says(lambda: pgettext("event", "%(who)s 기관·부서 정보를 저장함: %(person)s")),
    gettext_lazy("기관·부서 저장"),
)


def own(code: str, user: User) -> None:
    """Something that people do with their own account: ``signed_in``, ``registered`` …"""
    record(f"accounts.{code}", by=user, on=user)


def about(code: str, user: User, by: User | None = None) -> None:
    """Something that happened to an account."""
    record(f"accounts.{code}", by=by, on=user)


def was_just(code: str, user: User, seconds: int) -> bool:
    """Whether this happened to the account within the last seconds."""
    since = timezone.now() - timedelta(seconds=seconds)
    about_user = Event.objects.filter(object_type=user._meta.label_lower, object_id=str(user.pk))
    return about_user.filter(type=f"accounts.{code}", at__gt=since).exists()


def role_granted(grant: RoleGrant, by: User | None) -> None:
    """A role begins."""
    record("accounts.role_granted", by=by, on=grant.user, data=_facts(grant, grant.reason))


def role_ended(grant: RoleGrant, by: User | None) -> None:
    """A role was taken back."""
    record("accounts.role_ended", by=by, on=grant.user, data=_facts(grant, grant.end_reason))


def _facts(grant: RoleGrant, reason: str) -> dict[str, object]:
    return {
        "grant": grant.pk,
        "user": grant.user_id,
        "role": grant.role,
        "scope": grant.scope_id,
        "reason": reason,
    }


def department_changed(user: User, old_id: int | None, by: User, reason: str) -> None:
    """A person moved to another department."""
    data = {"old": old_id, "new": user.department_id, "reason": reason}
    record("accounts.department_changed", by=by, on=user, data=data)


def account_state(code: str, user: User, by: User, reason: str) -> None:
    """``deactivated`` or ``reactivated``."""
    record(f"accounts.{code}", by=by, on=user, data={"reason": reason})


def invitation(code: str, row: Invitation, by: User) -> None:
    """``invited``, ``invitation_resent``, ``invitation_revoked``, ``invitation_accepted``."""
    data = {"address": row.email, "role": row.role, "department": row.department_id}
    record(f"accounts.{code}", by=by, on=row, data=data)


def consent(user: User, document_id: int, agreed: bool) -> None:
    """A consent was given or withdrawn."""
    code = "consent_given" if agreed else "consent_withdrawn"
    record(f"accounts.{code}", by=user, on=user, data={"document": document_id})


def organisation_saved(organisation: Organisation, by: User) -> None:
    """An organisation was added or changed by hand."""
    record("accounts.organisation_saved", by=by, on=organisation, label=str(organisation))
