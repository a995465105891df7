"""Who may do what with one request. Which requests somebody sees stands in ``querysets``."""

from typing import Any

from accounts.models import Role
from accounts.permissions import has_role, is_administrator, is_manager, is_officer, officer_scope

#: texts may be changed by the department in these states …
EDITABLE = frozenset({"draft", "returned"})
#: … and corrected by staff in these
REVISABLE = frozenset({"submitted", "accepted", "shortlisted"})
#: a case manager may be named in these
ASSIGNABLE = frozenset({"submitted", "returned", "accepted", "matching", "shortlisted"})
#: nobody writes on a draft, nor on what was turned down or taken back
TALKABLE = ASSIGNABLE | {"decided"}


def reads_all(user: Any) -> bool:
    """Case managers, administrators and auditors see every request."""
    return has_role(user, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR)


def may_file(user: Any) -> bool:
    """Whether the person may file requests: an officer who belongs to a department."""
    return is_officer(user) and bool(user.department_id)


def department(user: Any, request: Any) -> bool:
    """Whether the person speaks for the department of the request."""
    return request.department_id in officer_scope(user)


def desk(user: Any, request: Any) -> bool:
    """Whether the person works on the request for the Foundation."""
    return is_manager(user)


def may_read(user: Any, request: Any) -> bool:
    """Whether the person sees the request at all (the same rule as ``visible_to``)."""
    return reads_all(user) or department(user, request)


def may_edit(user: Any, request: Any) -> bool:
    """The department may change the text."""
    return request.state in EDITABLE and department(user, request)


def may_discard(user: Any, request: Any) -> bool:
    """A draft can be thrown away by the department, and only while it is one."""
    return request.state == "draft" and department(user, request)


def may_revise(user: Any, request: Any) -> bool:
    """Staff may correct the text, with a reason."""
    return request.state in REVISABLE and desk(user, request)


def may_assign(user: Any, request: Any) -> bool:
    """Staff may take the request on or hand it over."""
    return request.state in ASSIGNABLE and (is_manager(user) or is_administrator(user))


def may_write(user: Any, request: Any) -> bool:
    """Both sides may leave a message."""
    return request.state in TALKABLE and (desk(user, request) or department(user, request))
