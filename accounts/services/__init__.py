"""Writes of accounts, one function per use case."""

from accounts.services.consents import (
    give_consent,
    load_consent_documents,
    record_consents,
    withdraw_consent,
)
from accounts.services.entry import (
    accept_as_member,
    accept_invitation,
    confirm_signup,
    invite,
    purge_signups,
    resend_invitation,
    revoke_invitation,
    start_reset,
    start_signup,
)
from accounts.services.organisations import load_organisations, save_organisation
from accounts.services.own import (
    create_token,
    leave,
    password_changed,
    revoke_token,
    token_of,
    update_own_details,
)
from accounts.services.people import (
    change_department,
    deactivate,
    grant_role,
    reactivate,
    revoke_role,
)

__all__ = [
    "accept_as_member",
    "accept_invitation",
    "change_department",
    "confirm_signup",
    "create_token",
    "deactivate",
    "give_consent",
    "grant_role",
    "invite",
    "leave",
    "load_consent_documents",
    "load_organisations",
    "password_changed",
    "purge_signups",
    "reactivate",
    "record_consents",
    "resend_invitation",
    "revoke_invitation",
    "revoke_role",
    "revoke_token",
    "save_organisation",
    "start_reset",
    "start_signup",
    "token_of",
    "update_own_details",
    "withdraw_consent",
]
