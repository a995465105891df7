"""What the roles open in Django's own administration; nothing else uses these permissions.

Only tables of data are registered there (kinds, texts, taxonomy); people, roles and requests have
pages of their own, whose services keep the rules and the record.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import Role, User

#: role → apps whose registered tables it may edit
APPS_OF_ROLE = {
    str(Role.ADMINISTRATOR): frozenset({"accounts", "content", "experts", "consulting", "axes"}),
    str(Role.EDITOR): frozenset({"content"}),
}


class RoleBackend(BaseBackend):
    """Permissions by role instead of by group; signs nobody in."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Any permission of an app that one of the roles may edit."""
        return self.has_module_perms(user_obj, perm.partition(".")[0])

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the administration shows this app."""
        if not isinstance(user_obj, User):
            return False
        return any(app_label in APPS_OF_ROLE.get(role, ()) for role in user_obj.roles())
