"""What people do with their own account."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.authtoken.models import Token

from accounts import events
from accounts.models import ConsentDocument, Role, RoleGrant, User
from accounts.selectors import staff_with_role
from accounts.services.consents import withdraw
from accounts.services.people import close
from common.errors import Conflict

OWN_DETAILS = ("name_ko", "name_en", "language", "mail_notices")


@transaction.atomic
def update_own_details(user_id: int, **facts: Any) -> User:
    """Change name, language or mail notices. Raises ``TypeError`` for any other fact."""
    if unknown := set(facts) - set(OWN_DETAILS):
        raise TypeError(f"not a person's own detail: {sorted(unknown)}")
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    changed = [name for name, value in facts.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, facts[name])
    if changed:
        user.save(update_fields=changed)
        events.own("details_changed", user)
    return user


@transaction.atomic
def create_token(user_id: int) -> str:
    """A new API token; the old one stops working. It is shown once."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    Token.objects.filter(user=user).delete()
    token = Token.objects.create(user=user)
    events.own("token_created", user)
    return str(token.key)


@transaction.atomic
def token_of(user_id: int) -> str:
    """The person's API token, made where there is none."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    token = Token.objects.filter(user=user).first()
    return str(token.key) if token else create_token(user_id)


@transaction.atomic
def revoke_token(user_id: int) -> None:
    """The API token stops working; nothing happens where there is none."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if Token.objects.filter(user=user).delete()[0]:
        events.own("token_revoked", user)


@transaction.atomic
def password_changed(user: User) -> None:
    """Whoever knew the old password is out: the API token ends as other sessions do."""
    events.own("password_changed", user)
    revoke_token(user.pk)


@transaction.atomic
def leave(user_id: int) -> None:
    """Close the own account: every consent is withdrawn, every role ends.

    Raises ``Conflict`` for the last administrator.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    # then all grants of administrators, so that the last two cannot leave at once
    rows = RoleGrant.objects.in_force().filter(role=Role.ADMINISTRATOR).order_by("pk")
    list(rows.select_for_update())
    administrators = set(staff_with_role(Role.ADMINISTRATOR).values_list("pk", flat=True))
    if administrators == {user.pk}:
        text = _("마지막 관리자는 계정을 닫을 수 없습니다. 먼저 다른 관리자를 정해 주십시오.")
        raise Conflict(text)
    for kind in ConsentDocument.Kind.values:
        withdraw(user, kind)
    close(user, user, _("본인 요청"))
