"""Who may do what with a profile; which rows a person sees at all stands in ``querysets``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from accounts import permissions as accounts

if TYPE_CHECKING:
    from experts.models import Expert


class Level(StrEnum):
    """How much of a profile a person may see."""

    FULL = "full"
    #: name, affiliation, fields and the sections that the person chose to show
    OPEN = "open"
    #: the minimal card for departments
    CARD = "card"
    NOTHING = ""


def reads_all(user: Any) -> bool:
    """Foundation staff who work with profiles, and auditors."""
    return accounts.is_auditor(user) or works_with_profiles(user)


def works_with_profiles(user: Any) -> bool:
    """Reviewers, case managers and administrators."""
    checks = (accounts.is_reviewer, accounts.is_manager, accounts.is_administrator)
    return any(check(user) for check in checks)


def is_own(user: Any, expert: Expert) -> bool:
    """Whether the profile is the person's own."""
    return bool(getattr(user, "is_authenticated", False) and expert.user_id == user.pk)


def may_review(user: Any, expert: Expert) -> bool:
    """A reviewer, but never of himself."""
    return accounts.is_reviewer(user) and not is_own(user, expert)


def may_suspend(user: Any, expert: Expert) -> bool:
    """Reviewers and administrators, but never of themselves."""
    allowed = accounts.is_reviewer(user) or accounts.is_administrator(user)
    return allowed and not is_own(user, expert)


def may_withdraw(user: Any, expert: Expert) -> bool:
    """The person, or an administrator to whom the person has written."""
    return is_own(user, expert) or accounts.is_administrator(user)


def may_register(user: Any) -> bool:
    """Anyone with the role of an expert; staff with it become in-house experts."""
    return accounts.is_expert(user)


def level_of(user: Any, expert: Expert) -> Level:
    """How much of this profile the person sees; pages and API cut the record to it."""
    if is_own(user, expert) or reads_all(user):
        return Level.FULL
    if expert.state != "approved":
        return Level.NOTHING
    if expert.is_public:
        return Level.OPEN
    if expert.shares_with_departments and accounts.is_officer(user):
        return Level.CARD
    return Level.NOTHING
