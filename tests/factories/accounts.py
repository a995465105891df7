"""Organisations and people for tests.

    UserFactory(manager=True)            a person with a role; traits: officer, expert, reviewer,
                                         manager, editor, administrator, auditor
    UserFactory(officer=True, department=DepartmentFactory())
    sign_in(client, user)

Every person's password is ``PASSWORD``.
"""

from datetime import timedelta

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Invitation, Organisation, Role, RoleGrant, User
from accounts.tokens import digest

PASSWORD = "one-long-password"
INVITATION_TOKEN = "invitation-token-for-tests"


class OrganisationFactory(DjangoModelFactory):
    """A 기관 of the headquarters; traits give the other kinds and a department below one."""

    class Meta:
        model = Organisation

    class Params:
        district = factory.Trait(kind=Organisation.Kind.DISTRICT)
        office = factory.Trait(kind=Organisation.Kind.OFFICE)
        funded = factory.Trait(kind=Organisation.Kind.FUNDED)
        foundation = factory.Trait(kind=Organisation.Kind.FOUNDATION)
        department = factory.Trait(
            parent=factory.SubFactory("tests.factories.accounts.OrganisationFactory"),
            name_ko=factory.Sequence(lambda n: f"시험{n}과"),
            name_en=factory.Sequence(lambda n: f"Division {n}"),
        )

    code = factory.Sequence(lambda n: f"org-{n}")
    kind = Organisation.Kind.HEADQUARTERS
    name_ko = factory.Sequence(lambda n: f"시험{n}국")
    name_en = factory.Sequence(lambda n: f"Bureau {n}")


class DepartmentFactory(OrganisationFactory):
    """A 부서 below a 기관."""

    department = True


def _role(role: str) -> factory.Trait:
    grants = factory.RelatedFactory("tests.factories.accounts.RoleGrantFactory", "user", role=role)
    return factory.Trait(**{f"grants_{role}": grants})


class UserFactory(DjangoModelFactory):
    """A person in a department, with a confirmed address and without a role."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        officer = _role(Role.OFFICER)
        expert = _role(Role.EXPERT)
        reviewer = _role(Role.REVIEWER)
        manager = _role(Role.MANAGER)
        editor = _role(Role.EDITOR)
        administrator = _role(Role.ADMINISTRATOR)
        auditor = _role(Role.AUDITOR)
        closed = factory.Trait(is_active=False, deactivated_at=factory.LazyFunction(timezone.now))

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name_ko = factory.Sequence(lambda n: f"김시험{n}")
    name_en = factory.Sequence(lambda n: f"Test Person {n}")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))
    department = factory.SubFactory(DepartmentFactory)
    email_confirmed_at = factory.LazyFunction(timezone.now)


class RoleGrantFactory(DjangoModelFactory):
    """A role in force from today on."""

    class Meta:
        model = RoleGrant

    user = factory.SubFactory(UserFactory)
    role = Role.OFFICER


class InvitationFactory(DjangoModelFactory):
    """An open invitation; its link carries ``INVITATION_TOKEN``."""

    class Meta:
        model = Invitation

    class Params:
        expired = factory.Trait(
            expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=1))
        )
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))

    email = factory.Sequence(lambda n: f"invited{n}@example.org")
    role = Role.OFFICER
    department = factory.SubFactory(DepartmentFactory)
    token_hash = digest(INVITATION_TOKEN)
    invited_by = factory.SubFactory(UserFactory, administrator=True)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


def sign_in(client: object, user: User) -> None:
    """Sign in without the form."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
