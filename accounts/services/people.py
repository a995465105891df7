"""Roles, departments, closing and opening accounts.

Each function locks the person's row first, so two administrators at once come one after the
other and the second one sees what the first has done. Nobody changes the own rights.
"""

from datetime import date
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from accounts import events
from accounts.backends import APPS_OF_ROLE
from accounts.models import Organisation, Role, RoleGrant, User
from accounts.signals import account_changed
from common.errors import Conflict, MissingFacts, NotPermitted
from notifications.services import notify

#: roles that end when the person leaves the department
OF_DEPARTMENT = (Role.OFFICER,)


def _locked(user_id: int, by: User | None) -> User:
    """The person's row, locked. Raises ``User.DoesNotExist``, or ``NotPermitted`` for oneself."""
    if by is not None and by.pk == user_id:
        text = _("자기 자신의 권한은 바꿀 수 없습니다. 다른 관리자에게 부탁해 주십시오.")
        raise NotPermitted(text)
    return User.objects.select_for_update(of=("self",)).select_related("department").get(pk=user_id)


def _need_reason(reason: str) -> str:
    if not reason.strip():
        raise MissingFacts({"reason": _("사유를 적어 주십시오.")})
    return reason.strip()[:200]


@transaction.atomic
def grant_role(
    user_id: int,
    role: str,
    *,
    by: User | None,
    scope: Organisation | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    reason: str = "",
) -> RoleGrant:
    """Give a role for a period (default: from today, open).

    Raises ``MissingFacts`` (wrong period, closed account, an auditor's role beside another one)
    and ``Conflict`` when the person holds this role already.
    """
    user = _locked(user_id, by)
    start = starts_on or timezone.localdate()
    _check_grant(user, role, start, ends_on)
    _close_expired(user)
    if RoleGrant.objects.filter(user=user, role=role, scope=scope, ended_at=None).exists():
        raise Conflict(_("이미 가지고 있는 역할입니다."))
    grant = RoleGrant.objects.create(
        user=user, role=role, scope=scope, starts_on=start, ends_on=ends_on, granted_by=by,
        reason=reason[:200],
    )  # fmt: skip
    events.role_granted(grant, by)
    _open_administration(user)
    _tell_about_roles(user)
    return grant


def _check_grant(user: User, role: str, start: date, end: date | None) -> None:
    if role not in Role.values:
        raise MissingFacts({"role": _("없는 역할입니다.")})
    if not user.is_active:
        raise MissingFacts({"role": _("닫힌 계정에는 역할을 줄 수 없습니다.")})
    if end is not None and (end < start or end < timezone.localdate()):
        raise MissingFacts({"ends_on": _("종료일이 시작일이나 오늘보다 앞섭니다.")})
    if role == Role.OFFICER and user.department is None:
        raise MissingFacts({"role": _("소속 부서가 있어야 부서 담당자가 될 수 있습니다.")})
    others = set(user.role_grants.in_force().values_list("role", flat=True)) - {role}
    if others and (role == Role.AUDITOR or Role.AUDITOR in others):
        raise MissingFacts({"role": _("감사자는 다른 역할을 함께 가질 수 없습니다.")})


def _close_expired(user: User) -> None:
    """Periods that are over make room for a new grant of the same role."""
    over = user.role_grants.filter(ended_at=None, ends_on__lt=timezone.localdate())
    over.update(ended_at=timezone.now())


@transaction.atomic
def revoke_role(grant_id: int, *, by: User, reason: str) -> RoleGrant:
    """Take a role back at once. Raises ``Conflict`` when it has ended already."""
    user = _locked(RoleGrant.objects.get(pk=grant_id).user_id, by)
    grant = RoleGrant.objects.select_related("user").get(pk=grant_id)
    if grant.ended_at is not None:
        raise Conflict(_("이미 거둔 역할입니다."))
    _end(grant, by, _need_reason(reason))
    _open_administration(user)
    _tell_about_roles(user)
    return grant


def _end(grant: RoleGrant, by: User | None, reason: str) -> None:
    grant.ended_at, grant.ended_by, grant.end_reason = timezone.now(), by, reason
    grant.save(update_fields=["ended_at", "ended_by", "end_reason"])
    events.role_ended(grant, by)


def _end_grants(user: User, by: User, reason: str, which: Q) -> None:
    for grant in user.role_grants.filter(which, ended_at=None).select_related("user"):
        _end(grant, by, reason)


def _open_administration(user: User) -> None:
    """Django's administration opens for the roles that edit something there."""
    held = user.role_grants.in_force().filter(role__in=APPS_OF_ROLE)
    user.is_staff = user.is_superuser or held.exists()
    user.save(update_fields=["is_staff"])


def _tell_about_roles(user: User) -> None:
    notify(
        user,
        "accounts.roles",
        lambda: _("역할이 바뀌었습니다."),
        lambda: _("내 계정에서 지금 가진 역할을 볼 수 있습니다."),
        lambda: reverse("accounts:home"),
    )


@transaction.atomic
def change_department(
    user_id: int, department: Organisation | None, *, by: User, reason: str
) -> User:
    """Move a person: roles bound to the old department end with the move.

    Raises ``MissingFacts`` (no reason, the same or an unused department).
    """
    user = _locked(user_id, by)
    if department is None or not department.is_active:
        raise MissingFacts({"department": _("사용 중인 기관·부서를 골라 주십시오.")})
    if department.pk == user.department_id:
        raise MissingFacts({"department": _("지금 소속과 같습니다.")})
    move_to(user, department, by, _need_reason(reason))
    notify(
        user,
        "accounts.department",
        lambda: _("소속이 %(department)s(으)로 바뀌었습니다.") % {"department": department},
        lambda: _("이전 부서에서 맡았던 역할은 끝났습니다. 필요하면 새로 부여받아 주십시오."),
        lambda: reverse("accounts:home"),
    )
    return user


def move_to(user: User, department: Organisation, by: User, reason: str) -> None:
    """Put a locked person into another department; what was bound to the old one ends."""
    old_id, user.department = user.department_id, department
    user.save(update_fields=["department"])
    events.department_changed(user, old_id, by, reason)
    _end_grants(user, by, reason, Q(role__in=OF_DEPARTMENT) | Q(scope__isnull=False))
    _open_administration(user)


@transaction.atomic
def deactivate(user_id: int, *, by: User, reason: str) -> User:
    """Close an account: sessions and API token end at once, so do all roles.

    Raises ``Conflict`` when it is closed already.
    """
    return close(_locked(user_id, by), by, _need_reason(reason))


def close(user: User, by: User, reason: str) -> User:
    """Close a locked account; ``by`` may be the person."""
    if not user.is_active:
        raise Conflict(_("이미 닫힌 계정입니다."))
    user.is_active, user.deactivated_at = False, timezone.now()
    user.session_version += 1
    user.save(update_fields=["is_active", "deactivated_at", "session_version"])
    Token.objects.filter(user=user).delete()
    events.account_state("deactivated", user, by, reason)
    _end_grants(user, by, reason, Q())
    _open_administration(user)
    _announce(user)
    return user


@transaction.atomic
def reactivate(user_id: int, *, by: User, reason: str) -> User:
    """Open a closed account again, without roles. Raises ``Conflict`` when it is open."""
    user = _locked(user_id, by)
    if user.is_active:
        raise Conflict(_("사용 중인 계정입니다."))
    reason = _need_reason(reason)
    user.is_active, user.deactivated_at = True, None
    user.save(update_fields=["is_active", "deactivated_at"])
    events.account_state("reactivated", user, by, reason)
    _announce(user)
    return user


def _announce(user: User) -> None:
    send = partial(account_changed.send_robust, sender=User, user_id=user.pk, active=user.is_active)
    transaction.on_commit(send, robust=True)
