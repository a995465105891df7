"""Rights to the pages and API of accounts."""

from accounts.tokens import digest
from tests.factories.accounts import (
    INVITATION_TOKEN,
    DepartmentFactory,
    InvitationFactory,
    RoleGrantFactory,
    UserFactory,
)
from tests.rights.table import Access, Row, everyone, only, signed_in


def somebody(user):
    """Somebody else's id."""
    return {"pk": UserFactory().pk}


def closed(user):
    """Somebody else whose account is closed."""
    return {"pk": UserFactory(closed=True).pk}


def grant(user):
    """Somebody else's role."""
    return {"pk": RoleGrantFactory().pk}


def invitation(user):
    """An open invitation."""
    return {"pk": InvitationFactory().pk}


def link(user):
    """An open invitation's link."""
    InvitationFactory(token_hash=digest(INVITATION_TOKEN))
    return {"token": INVITATION_TOKEN}


def signup(user):
    """The link of a registration."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import PendingSignup

    until = timezone.now() + timedelta(hours=1)
    PendingSignup.objects.create(
        email="n@example.org", name_ko="나", token_hash=digest("t"), expires_at=until
    )
    return {"token": "t"}


def place(user):
    """A department."""
    return {"pk": DepartmentFactory().pk}


all_but_auditors = Access(everyone.allowed - {"auditor"})
readers, administrators = only("administrator", "auditor"), only("administrator")

ROWS = [
    Row("accounts:login", get=everyone, post=everyone),
    Row("accounts:logout", post=everyone),
    Row("accounts:signup", get=everyone, post=all_but_auditors),
    Row("accounts:signup_sent", get=everyone),
    Row(
        "accounts:signup_confirm",
        args=signup,
        get=everyone,
        post=all_but_auditors,
    ),
    Row("accounts:invitation", args=link, get=everyone, post=everyone),
    Row("accounts:password_reset", get=everyone, post=everyone),
    Row("accounts:password_reset_sent", get=everyone),
    Row(
        "accounts:password_reset_confirm",
        args=lambda user: {"uidb64": "MQ", "token": "x-y"},
        get=everyone,
        post=everyone,
    ),
    Row("accounts:home", get=signed_in, post=signed_in),
    Row(
        "accounts:consent",
        post=signed_in,
        data=lambda user: {"withdraw": "public_profile"},
    ),
    Row("accounts:token_create", post=signed_in),
    Row("accounts:token_revoke", post=signed_in),
    Row("accounts:leave", get=signed_in, post=signed_in),
    Row("accounts:password_change", get=signed_in, post=signed_in),
    Row("accounts:people", get=readers),
    Row("accounts:person", args=somebody, get=readers),
    Row("accounts:grant", args=somebody, get=administrators, post=administrators),
    Row("accounts:move", args=somebody, get=administrators, post=administrators),
    Row("accounts:deactivate", args=somebody, get=administrators, post=administrators),
    Row("accounts:reactivate", args=closed, get=administrators, post=administrators),
    Row("accounts:revoke", args=grant, get=administrators, post=administrators),
    Row("accounts:invitations", get=readers),
    Row("accounts:invite", get=administrators, post=administrators),
    Row("accounts:resend", args=invitation, post=administrators),
    Row("accounts:revoke_invitation", args=invitation, post=administrators),
    Row("accounts:organisations", get=readers),
    Row("accounts:organisation_new", get=administrators, post=administrators),
    Row("accounts:organisation", args=place, get=administrators, post=administrators),
    Row("set_language", post=everyone, get=everyone, put=everyone, patch=everyone, delete=everyone),
    Row("api:schema", get=everyone),
    Row("api:token", post=everyone),
    Row("api:me", get=signed_in, patch=signed_in),
    Row("api:organisation-list", get=signed_in),
    Row("api:organisation-detail", args=place, get=signed_in),
    Row("api:person-list", get=readers),
    Row("api:person-detail", args=somebody, get=readers),
    Row("api:person-grant", args=somebody, post=administrators),
    Row("api:person-move", args=somebody, post=administrators),
    Row("api:person-deactivate", args=somebody, post=administrators),
    Row("api:person-reactivate", args=closed, post=administrators),
    Row("api:grant-revoke", args=grant, post=administrators),
    Row("api:invitation-list", get=readers, post=administrators),
    Row("api:invitation-detail", args=invitation, get=readers),
    Row("api:invitation-resend", args=invitation, post=administrators),
    Row("api:invitation-revoke", args=invitation, post=administrators),
]
