"""What people may do, as small questions about a person. Anonymous visitors may do nothing.

Rights to single objects live in querysets; this module says which roles exist and what an
officer's scope covers. An administrator's role does not include the others.
"""

from typing import Any, cast

from accounts.models import Organisation, Role, User

#: roles of the Foundation's own staff
STAFF = frozenset({Role.REVIEWER, Role.MANAGER, Role.EDITOR, Role.ADMINISTRATOR, Role.AUDITOR})


def roles_of(user: Any) -> frozenset[str]:
    """Roles in force today; a superuser counts as administrator."""
    return user.roles() if getattr(user, "is_authenticated", False) else frozenset()


def has_role(user: Any, *roles: str) -> bool:
    """Whether any of ``roles`` is in force."""
    return not roles_of(user).isdisjoint(roles)


def is_officer(user: Any) -> bool:
    """A department's officer: files and follows requests."""
    return has_role(user, Role.OFFICER)


def is_expert(user: Any) -> bool:
    """A registered expert."""
    return has_role(user, Role.EXPERT)


def is_reviewer(user: Any) -> bool:
    """Checks experts' credentials."""
    return has_role(user, Role.REVIEWER)


def is_manager(user: Any) -> bool:
    """Handles requests and chooses experts."""
    return has_role(user, Role.MANAGER)


def is_editor(user: Any) -> bool:
    """Edits the site's own content."""
    return has_role(user, Role.EDITOR)


def is_administrator(user: Any) -> bool:
    """Keeps people, roles and organisations."""
    return has_role(user, Role.ADMINISTRATOR)


def is_auditor(user: Any) -> bool:
    """Reads everything, changes nothing."""
    return has_role(user, Role.AUDITOR)


def is_staff_member(user: Any) -> bool:
    """Works for the Foundation in any role, auditors included."""
    return has_role(user, *STAFF)


def may_read_records(user: Any) -> bool:
    """May read the event log and the log of access to personal data."""
    return has_role(user, Role.AUDITOR, Role.ADMINISTRATOR)


def may_change_anything(user: Any) -> bool:
    """False for people whose only role is auditor: they change nothing but their own account."""
    return roles_of(user) != {Role.AUDITOR}


def officer_scope(user: Any) -> frozenset[int]:
    """Ids of the organisations whose requests an officer may see and file.

    The own department always; with a grant that names an organisation, that one and everything
    below it, so a grant for the 기관 covers all its departments. Empty for everyone else.
    """
    if not is_officer(user):
        return frozenset()
    if not hasattr(user, "_officer_scope"):
        grants = [grant for grant in user.active_grants() if grant.role == Role.OFFICER]
        scopes = {grant.scope_id for grant in grants if grant.scope_id}
        own = {user.department_id} if user.department_id else set()
        user._officer_scope = frozenset(own | Organisation.objects.below(scopes))
    return frozenset(user._officer_scope)


def acting(request: Any) -> User:
    """The signed-in person of a guarded page or API call."""
    return cast(User, request.user)
