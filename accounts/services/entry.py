"""The ways in: invitations for officers and colleagues, self-registration for experts."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts import conf, events
from accounts.models import Invitation, Organisation, PendingSignup, Role, RoleGrant, User
from accounts.selectors import OF_EXPERTS, kinds_asked_of
from accounts.services.consents import check_required, record_consents
from accounts.tokens import digest, new_token
from common.errors import Conflict, MissingFacts
from notifications.services import link, send_mail_to


@transaction.atomic
def invite(
    email: str,
    role: str,
    department: Organisation,
    *,
    by: User,
    name_ko: str = "",
    language: str = "ko",
) -> Invitation:
    """Invite somebody by mail. Raises ``MissingFacts`` where an account or invitation exists."""
    email = email.strip().lower()
    # the inviting person's row orders invitations of the same address by double clicks
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    _check_free(email)
    token = new_token()
    facts: dict[str, Any] = {"email": email, "name_ko": name_ko, "role": role}
    facts |= {"language": language, "department": department, "invited_by": by}
    try:
        with transaction.atomic():  # two administrators at once: the index decides
            until = timezone.now() + conf.invitation_life()
            invitation = Invitation.objects.create(
                token_hash=digest(token), expires_at=until, **facts
            )
    except IntegrityError:
        raise MissingFacts({"email": _invited_already()}) from None
    events.invitation("invited", invitation, by)
    _mail_invitation(invitation, token)
    return invitation


def _check_free(email: str) -> None:
    if User.objects.filter(email__iexact=email).exists():
        text = _("이미 계정이 있는 주소입니다. '사람과 권한'에서 역할을 부여해 주십시오.")
        raise MissingFacts({"email": text})
    if Invitation.objects.filter(email__iexact=email, accepted_at=None, revoked_at=None).exists():
        raise MissingFacts({"email": _invited_already()})


def _invited_already() -> str:
    return _("이미 초대한 주소입니다. 초대 목록에서 다시 보낼 수 있습니다.")


def _mail_invitation(invitation: Invitation, token: str) -> None:
    with translation.override(invitation.language):
        facts = {
            "department": invitation.department,
            "role": invitation.get_role_display(),
            "address": link(reverse("accounts:invitation", args=[token])),
            "days": conf.invitation_life().days,
        }
        body = (
            _(
                "%(department)s의 %(role)s(으)로 초대받으셨습니다.\n\n"
                "아래 주소에서 이름과 비밀번호를 정하면 바로 이용할 수 있습니다.\n%(address)s\n\n"
                "이 주소는 %(days)s일 동안 한 번만 쓸 수 있습니다."
            )
            % facts
        )
        send_mail_to(invitation.email, _("서울 AI 브릿지 초대"), body, secret=True)


def _open_invitation(invitation_id: int) -> Invitation:
    """The invitation, locked; ``Conflict`` when it has been accepted or revoked."""
    row = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation_id)
    if row.accepted_at or row.revoked_at:
        raise Conflict(_("이미 받아들였거나 취소한 초대입니다."), state=row.state)
    return row


@transaction.atomic
def resend_invitation(invitation_id: int, *, by: User) -> Invitation:
    """Send it again with a new link and a new period; the old link stops working."""
    invitation = _open_invitation(invitation_id)
    token = new_token()
    invitation.token_hash = digest(token)
    invitation.expires_at = timezone.now() + conf.invitation_life()
    invitation.save(update_fields=["token_hash", "expires_at"])
    events.invitation("invitation_resent", invitation, by)
    _mail_invitation(invitation, token)
    return invitation


@transaction.atomic
def revoke_invitation(invitation_id: int, *, by: User) -> Invitation:
    """The link stops working."""
    invitation = _open_invitation(invitation_id)
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    events.invitation("invitation_revoked", invitation, by)
    return invitation


def _usable(token: str) -> Invitation:
    """The invitation of a link, locked. Raises ``DoesNotExist`` or ``Conflict``."""
    pk = Invitation.objects.values_list("pk", flat=True).get(token_hash=digest(token))
    invitation = _open_invitation(pk)
    if invitation.state == "expired":
        raise Conflict(_("초대 기한이 지났습니다. 초대한 분에게 다시 보내 달라고 하십시오."))
    return invitation


@transaction.atomic
def accept_invitation(
    token: str, *, name_ko: str, name_en: str, password: str, agreed: Iterable[int], ip: str | None
) -> User:
    """Make the account that the invitation promises. The password has been checked already.

    Raises ``Invitation.DoesNotExist``, ``Conflict`` (used, revoked, expired, account exists) or
    ``MissingFacts`` (a required consent).
    """
    invitation = _usable(token)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise Conflict(_("이미 계정이 있는 주소입니다. 로그인한 뒤 초대를 받아들여 주십시오."))
    user = User.objects.create_user(
        invitation.email, password, name_ko=name_ko, name_en=name_en,
        department=invitation.department, language=invitation.language,
        email_confirmed_at=timezone.now(),
    )  # fmt: skip
    record_consents(user, agreed, kinds_asked_of([invitation.role]), ip)
    events.own("registered", user)
    _use(invitation, user)
    return user


@transaction.atomic
def accept_as_member(token: str, user_id: int) -> User:
    """Accept with an account that exists under the invited address; it moves to the department.

    Roles bound to the old department end, as with every change of department.
    Raises ``Conflict`` when the address is another one.
    """
    from accounts.services.people import move_to

    invitation = _usable(token)
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if user.email.lower() != invitation.email.lower():
        raise Conflict(_("다른 주소로 온 초대입니다. 그 주소의 계정으로 로그인해 주십시오."))
    if user.department_id != invitation.department_id:
        move_to(user, invitation.department, invitation.invited_by, _("초대"))
    _use(invitation, user)
    return user


def _use(invitation: Invitation, user: User) -> None:
    from accounts.services.people import grant_role

    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    events.invitation("invitation_accepted", invitation, user)
    held = RoleGrant.objects.in_force().filter(user=user, role=invitation.role, scope=None)
    if not held.exists():
        grant_role(user.pk, invitation.role, by=invitation.invited_by, reason=_("초대"))


@transaction.atomic
def start_signup(
    email: str,
    *,
    name_ko: str,
    name_en: str = "",
    agreed: Iterable[int],
    language: str = "ko",
    ip: str | None = None,
) -> None:
    """Send the mail that confirms an address. Nothing tells the caller whether it is known.

    Raises ``MissingFacts`` for a required consent that was not ticked.
    """
    email, agreed = email.strip().lower(), list(agreed)
    check_required(agreed, OF_EXPERTS)
    _check_pace(ip)
    waiting = PendingSignup.objects.select_for_update().filter(email=email).first()
    if waiting and waiting.sent_at > timezone.now() - conf.signup_pause():
        return
    if User.objects.filter(email__iexact=email).exists():
        _mail_known(email, language)
        return
    token = new_token()
    facts = {
        "name_ko": name_ko, "name_en": name_en, "agreed": agreed, "language": language, "ip": ip,
        "token_hash": digest(token), "sent_at": timezone.now(),
        "expires_at": timezone.now() + conf.signup_life(),
    }  # fmt: skip
    PendingSignup.objects.update_or_create(email=email, defaults=facts)
    _mail_confirmation(email, language, token)


def _check_pace(ip: str | None) -> None:
    """One network address cannot make the site write to any number of strangers."""
    hour_ago = timezone.now() - timedelta(hours=1)
    recent = PendingSignup.objects.filter(ip=ip, sent_at__gt=hour_ago).count() if ip else 0
    if recent >= conf.signups_per_hour():
        text = _("이 접속지에서 가입 신청이 너무 많습니다. 한 시간 뒤에 다시 시도해 주십시오.")
        raise Conflict(text)


def _mail_confirmation(email: str, language: str, token: str) -> None:
    with translation.override(language):
        facts = {
            "address": link(reverse("accounts:signup_confirm", args=[token])),
            "hours": int(conf.signup_life() / timedelta(hours=1)),
        }
        body = (
            _(
                "전문가 가입을 신청해 주셔서 고맙습니다.\n\n"
                "아래 주소에서 비밀번호를 정하면 가입이 끝납니다.\n%(address)s\n\n"
                "이 주소는 %(hours)s시간 동안 한 번만 쓸 수 있습니다. "
                "신청한 적이 없다면 이 메일을 지우면 됩니다."
            )
            % facts
        )
        send_mail_to(email, _("전자우편 주소를 확인해 주십시오"), body, secret=True)


def _mail_known(email: str, language: str) -> None:
    with translation.override(language):
        body = _(
            "이 주소로 전문가 가입 신청이 들어왔으나 이미 계정이 있습니다.\n\n"
            "로그인: %(sign_in)s\n비밀번호 재설정: %(reset)s\n\n"
            "신청한 적이 없다면 이 메일을 지우면 됩니다."
        ) % {
            "sign_in": link(reverse("accounts:login")),
            "reset": link(reverse("accounts:password_reset")),
        }
        send_mail_to(email, _("이미 계정이 있습니다"), body)


@transaction.atomic
def confirm_signup(token: str, *, password: str) -> User:
    """Make the expert's account. Raises ``PendingSignup.DoesNotExist`` or ``Conflict``."""
    pending = PendingSignup.objects.select_for_update().get(token_hash=digest(token))
    if pending.expires_at <= timezone.now():
        raise Conflict(_("확인 기한이 지났습니다. 가입을 다시 신청해 주십시오."))
    if User.objects.filter(email__iexact=pending.email).exists():
        raise Conflict(_("이미 계정이 있는 주소입니다. 로그인해 주십시오."))
    user = User.objects.create_user(
        pending.email, password, name_ko=pending.name_ko, name_en=pending.name_en,
        language=pending.language, email_confirmed_at=timezone.now(),
    )  # fmt: skip
    record_consents(user, pending.agreed, OF_EXPERTS, pending.ip)
    events.own("registered", user)
    grant = RoleGrant.objects.create(user=user, role=Role.EXPERT, reason=_("전문가 가입"))
    events.role_granted(grant, None)
    pending.delete()
    return user


@transaction.atomic
def start_reset(email: str) -> None:
    """Send a link for a new password; nothing tells the caller whether the address is known."""
    user = User.objects.select_for_update(of=("self",)).filter(email__iexact=email).first()
    if user is None or not user.is_active or events.was_just("reset_asked", user, seconds=60):
        return
    events.about("reset_asked", user)
    with translation.override(user.language):
        token = default_token_generator.make_token(user)
        key = urlsafe_base64_encode(force_bytes(user.pk))
        facts = {
            "address": link(reverse("accounts:password_reset_confirm", args=[key, token])),
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        }
        body = (
            _(
                "비밀번호를 새로 정하려면 아래 주소를 여십시오.\n%(address)s\n\n"
                "이 주소는 %(hours)s시간 동안 한 번만 쓸 수 있습니다. "
                "요청한 적이 없다면 이 메일을 지우면 됩니다."
            )
            % facts
        )
        send_mail_to(user.email, _("비밀번호 재설정"), body, recipient=user, secret=True)


def purge_signups() -> int:
    """Forget people who did not confirm in time. Returns how many."""
    return PendingSignup.objects.filter(expires_at__lte=timezone.now()).delete()[0]
