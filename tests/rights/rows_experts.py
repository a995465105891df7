"""Experts: everyone sees what is public, people write their own, reviewers decide."""

from dataclasses import dataclass

from tests.factories.experts import ClaimFactory, ExpertFactory, RelationFactory
from tests.rights.table import (
    FORBIDDEN,
    HIDDEN,
    Access,
    Row,
    everyone,
    hidden_from_others,
    only,
    signed_in,
)


@dataclass(frozen=True)
class Writing(Access):
    """Hidden from others, except that auditors are stopped before anything is looked up."""

    def expected(self, visitor: str) -> str:
        found = super().expected(visitor)
        return FORBIDDEN if visitor == "auditor" and found == HIDDEN else found


STAFF = ("reviewer", "manager", "administrator", "auditor")
MOVERS = ("reviewer", "administrator")
own_only = only("expert")
reviewer_only = only("reviewer")


def mine(state: str = "draft", line: bool = False, relation: bool = False, **more: object):
    """The visitor's own profile where the visitor is an expert; nothing otherwise."""

    def args(user):
        if user is None or not user.has_role("expert"):
            return {**more, **({"pk": 1} if line or relation else {})}
        expert = ExpertFactory(user=user, **{state: True})
        if line:
            return {**more, "pk": ClaimFactory(expert=expert).pk}
        return {**more, "pk": RelationFactory(expert=expert).pk} if relation else dict(more)

    return args


def someones(state: str = "approved", line: bool = False, **more: object):
    """Somebody else's profile."""

    def args(user):
        expert = ExpertFactory(**{state: True})
        found = {"public_id": expert.public_id, **more}
        return {**found, "pk": ClaimFactory(expert=expert).pk} if line else found

    return args


def reviewed_line(user):
    """Somebody's line under review, as the API names it."""
    claim = ClaimFactory(expert=ExpertFactory(in_review=True))
    return {"public_id": str(claim.expert.public_id), "claim_id": claim.pk}


def own_line_of_another(user):
    """A line of somebody else, for the routes of the own profile."""
    mine()(user)
    return {"pk": ClaimFactory().pk}


def text(name: str):
    return lambda user: {name: "까닭"}


def claim(user):
    return {"kind": "project", "title": "과제", "starts_on": "2024-01-02"}


sees_all = hidden_from_others(*STAFF, anonymous="404")
nobody = hidden_from_others()
own_writes = Writing(frozenset({"expert"}), HIDDEN)
nobody_writes = Writing(frozenset(), HIDDEN)

ROWS = [
    Row("experts:directory", get=everyone),
    Row("experts:taxonomy", get=everyone),
    Row("experts:taxonomy_csv", get=everyone),
    Row("experts:profile", args=someones(), get=everyone),
    Row(
        "experts:profile",
        args=someones("shared"),
        get=hidden_from_others("officer", *STAFF, anonymous="404"),
        note="shared",
    ),
    Row("experts:profile", args=someones("hidden"), get=sees_all, note="hidden"),
    Row("experts:profile", args=someones("draft"), get=sees_all, note="draft"),
    Row("experts:register", get=everyone, post=only("expert")),
    Row("experts:me", args=mine(), get=signed_in),
    Row("experts:me_basic", args=mine(), get=own_only, post=own_only),
    Row("experts:me_fields", args=mine(), get=own_only, post=own_only),
    Row("experts:me_claims", args=mine(), get=own_only),
    Row("experts:claim_add", args=mine(kind="project"), get=own_only, post=own_only),
    Row("experts:claim_edit", args=mine(line=True), get=own_only, post=own_only),
    Row("experts:claim_remove", args=mine(line=True), get=own_only, post=own_only),
    Row("experts:me_availability", args=mine(), get=own_only, post=own_only),
    Row("experts:me_visibility", args=mine(), get=own_only, post=own_only),
    Row(
        "experts:me_consent",
        args=mine(),
        post=own_only,
        data=lambda user: {"withdraw": "public_profile"},
    ),
    Row("experts:me_relations", args=mine(), get=own_only, post=own_only),
    Row("experts:relation_end", args=mine(relation=True), post=own_only),
    Row("experts:me_submit", args=mine(), get=own_only, post=own_only),
    Row("experts:me_withdraw", args=mine(), get=own_only, post=own_only),
    Row("experts:me_reopen", args=mine("withdrawn"), post=own_only),
    Row("experts:review_queue", get=only(*STAFF)),
    Row("experts:review", args=someones("in_review"), get=only(*STAFF)),
    Row(
        "experts:review_line",
        args=someones("in_review", line=True),
        post=reviewer_only,
        data=lambda user: {"decision": "verify"},
    ),
    Row(
        "experts:review_move",
        args=someones("submitted", name="start_review"),
        post=reviewer_only,
        note="start",
    ),
    Row(
        "experts:review_move",
        args=someones("in_review", name="approve"),
        get=reviewer_only,
        post=reviewer_only,
        note="approve",
    ),
    Row(
        "experts:review_move",
        args=someones(name="suspend"),
        get=only(*MOVERS),
        post=only(*MOVERS),
        data=text("reason"),
        note="suspend",
    ),
    Row("experts:record", args=someones(), get=only(*STAFF), post=only(*STAFF[:3])),
    Row("api:expert-list", get=everyone),
    Row("api:expert-facets", get=everyone),
    Row("api:expert-detail", args=someones(), get=everyone),
    Row("api:expert-detail", args=someones("hidden"), get=sees_all, note="hidden"),
    Row("api:expert-similar", args=someones("hidden"), get=sees_all),
    Row("api:taxonomy-list", get=everyone),
    Row("api:taxonomy-detail", args=lambda user: {"code": "T1"}, get=everyone),
    Row(
        "api:my-profile",
        args=mine(),
        get=hidden_from_others("expert"),
        post=only("expert"),
        patch=own_writes,
    ),
    Row("api:my-profile-submit", args=mine(), post=own_writes),
    Row("api:my-profile-withdraw", args=mine(), post=own_writes),
    Row("api:my-profile-reopen", args=mine("withdrawn"), post=own_writes),
    Row(
        "api:my-claim-list",
        args=mine(),
        get=signed_in,
        post=own_writes,
        data=claim,
    ),
    Row(
        "api:my-claim-detail",
        args=mine(line=True),
        get=hidden_from_others("expert"),
        put=own_writes,
        delete=own_writes,
        data=claim,
    ),
    Row(
        "api:my-claim-detail",
        args=own_line_of_another,
        get=nobody,
        put=nobody_writes,
        delete=nobody_writes,
        data=claim,
        note="others",
    ),
    Row(
        "api:my-relation-list",
        args=mine(),
        get=signed_in,
        post=own_writes,
        data=lambda user: {"kind": "adviser", "organisation_name": "다온기술"},
    ),
    Row("api:my-relation-end", args=mine(relation=True), post=own_writes),
    Row("api:expert-review-list", get=only(*STAFF)),
    Row("api:expert-review-detail", args=someones(), get=only(*STAFF)),
    Row("api:expert-review-start-review", args=someones("submitted"), post=reviewer_only),
    Row(
        "api:expert-review-ask-changes",
        args=someones("in_review"),
        post=reviewer_only,
        data=text("note"),
    ),
    Row("api:expert-review-approve", args=someones("in_review"), post=reviewer_only),
    Row("api:expert-review-suspend", args=someones(), post=only(*MOVERS), data=text("reason")),
    Row("api:expert-review-resume", args=someones("suspended"), post=only(*MOVERS)),
    Row(
        "api:expert-review-withdraw",
        args=someones(),
        post=only("administrator"),
        data=text("reason"),
    ),
    Row("api:expert-review-verify-claim", args=reviewed_line, post=reviewer_only),
    Row(
        "api:expert-review-reject-claim",
        args=reviewed_line,
        post=reviewer_only,
        data=text("reason"),
    ),
    Row("api:expert-review-reset-claim", args=reviewed_line, post=reviewer_only),
]
