"""Writes: one function per use case. Moves of the state machine stand in ``transitions``."""

from experts.services.bulk import ClaimRecord, ExpertRecord, bulk_load
from experts.services.claims import (
    add_claim,
    change_claim,
    reject_claim,
    remove_claim,
    reset_claim,
    verify_claim,
)
from experts.services.profile import (
    change_availability,
    change_basic,
    change_fields,
    change_sections,
    declare_relation,
    end_relation,
    register,
)
from experts.services.taxonomy import load_taxonomy

__all__ = [
    "ClaimRecord",
    "ExpertRecord",
    "add_claim",
    "bulk_load",
    "change_availability",
    "change_basic",
    "change_claim",
    "change_fields",
    "change_sections",
    "declare_relation",
    "end_relation",
    "load_taxonomy",
    "register",
    "reject_claim",
    "remove_claim",
    "reset_claim",
    "verify_claim",
]
