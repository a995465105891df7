"""Who may work on shortlists. Rows are hidden by the querysets; these are the moves."""

from __future__ import annotations

from typing import Any

from accounts.models import Role
from accounts.permissions import has_role

#: roles that run the matcher and work on a shortlist
DESK = (Role.MANAGER,)
#: roles that may answer a waiver that somebody else asked for
APPROVERS = (*DESK, Role.ADMINISTRATOR)
#: roles that may read runs and shortlists
READERS = (*APPROVERS, Role.AUDITOR)


def may_match(user: Any) -> bool:
    """Start, cancel, add, mark, decide, enter conflicts, ask for waivers."""
    return has_role(user, *DESK)


def may_see_runs(user: Any) -> bool:
    """Read runs, shortlists and their explanations."""
    return has_role(user, *READERS)


def may_set_weights(user: Any) -> bool:
    """Put fitted weights into use, or go back to the built-in ones."""
    return has_role(user, Role.ADMINISTRATOR)


def desk(user: Any, obj: Any) -> bool:
    """Moves of the Foundation's staff on a run."""
    return may_match(user)


def may_answer_waiver(user: Any, waiver: Any) -> bool:
    """A second person answers; never the one who asked."""
    return has_role(user, *APPROVERS) and user.pk != waiver.asked_by_id
