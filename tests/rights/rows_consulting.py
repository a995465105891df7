"""Requests: the department writes, case managers handle, administrators and auditors read."""

import uuid
from dataclasses import dataclass

from tests.factories.consulting import RequestFactory
from tests.rights.table import (
    FORBIDDEN,
    HIDDEN,
    Access,
    Row,
    everyone,
    hidden_from_others,
    may_change,
    only,
    signed_in,
)

READERS = ("manager", "administrator", "auditor")


@dataclass(frozen=True)
class Seen(Access):
    """Who may, among those who see the request: other readers 403, everybody else 404."""

    seen_by: frozenset[str] = frozenset(READERS)

    def expected(self, visitor: str) -> str:
        found = super().expected(visitor)
        if found == HIDDEN and visitor in self.seen_by:
            return FORBIDDEN
        return found


def among_readers(*roles: str, own: bool = True) -> Seen:
    """These roles; ``own``: the request is the officer's own."""
    seen = frozenset((*READERS, "officer") if own else READERS)
    return Seen(frozenset(roles), HIDDEN, seen_by=seen)


def own(state: str = "", **more: object):
    """A request of the visitor, or of somebody else where the visitor is no officer."""

    def args(user):
        facts = {state: True} if state else {}
        if user is not None and user.has_role("officer"):
            facts["requester"] = user
        return {"ref": RequestFactory(**facts).ref, **more}

    return args


def others(state: str = "", **more: object):
    """A request of another department."""

    def args(user):
        return {"ref": RequestFactory(**({state: True} if state else {})).ref, **more}

    return args


def text(name: str):
    return lambda user: {name: "까닭"}


sees_own = hidden_from_others("officer", *READERS)
sees_others = hidden_from_others(*READERS)
department = among_readers("officer")
# what is not filed yet: of the Foundation only auditors see it
sees_own_draft = hidden_from_others("officer", "auditor")
sees_others_draft = hidden_from_others("auditor")
drafting = Seen(frozenset({"officer"}), HIDDEN, seen_by=frozenset({"officer", "auditor"}))
nobody_drafting = Seen(frozenset(), HIDDEN, seen_by=frozenset({"auditor"}))
desk = among_readers("manager")
lists = only("officer", *READERS)

ROWS = [
    Row("consulting:my_requests", get=lists),
    Row("consulting:export", get=lists),
    Row("consulting:answered", get=everyone),
    Row("consulting:desk", get=only(*READERS)),
    Row("consulting:start", get=everyone, post=only("officer"), data=lambda user: {"kind": "poc"}),
    Row("consulting:request", args=own("submitted"), get=sees_own),
    Row("consulting:request", args=others("submitted"), get=sees_others, note="others"),
    Row("consulting:edit", args=own(step="text"), get=sees_own_draft, post=drafting),
    Row("consulting:edit", args=own(step="files"), get=sees_own_draft, post=drafting, note="files"),
    Row(
        "consulting:edit",
        args=others(),
        get=sees_others_draft,
        post=nobody_drafting,
        note="others",
    ),
    Row("consulting:autosave", args=own(), post=drafting, data=lambda user: {"step": "text"}),
    Row("consulting:suggestions", args=own(), post=drafting, data=lambda user: {"step": "text"}),
    Row("consulting:remove_file", args=own(file_id=uuid.uuid4()), post=drafting),
    Row("consulting:check", args=own(), get=sees_own_draft),
    Row("consulting:submit", args=own(), post=drafting),
    Row("consulting:receipt", args=own("submitted"), get=sees_own),
    Row("consulting:discard", args=own(), get=sees_own_draft, post=drafting),
    Row("consulting:move", args=own("submitted", name="accept"), get=desk, post=desk),
    Row(
        "consulting:move",
        args=own("submitted", name="reject"),
        get=desk,
        post=desk,
        data=text("reason"),
        note="reject",
    ),
    Row(
        "consulting:move",
        args=own("accepted", name="withdraw"),
        get=department,
        post=department,
        data=text("reason"),
        note="withdraw",
    ),
    Row(
        "consulting:assign",
        args=own("submitted"),
        post=only("manager", "administrator"),
        data=lambda user: {"manager": "me"},
    ),
    Row("consulting:revise", args=own("accepted"), get=only("manager"), post=only("manager")),
    Row(
        "consulting:message",
        args=own("submitted"),
        post=among_readers("officer", "manager"),
        data=text("body"),
    ),
    Row("api:request-kind-list", get=signed_in),
    Row("api:request-kind-detail", args=lambda user: {"code": "poc"}, get=signed_in),
    Row("api:request-list", get=signed_in, post=only("officer"), data=lambda user: {"kind": "poc"}),
    Row("api:request-suggestions", post=may_change, data=text("text")),
    Row("api:request-detail", args=own(), get=sees_own_draft, patch=drafting, delete=drafting),
    Row(
        "api:request-detail",
        args=others(),
        get=sees_others_draft,
        patch=nobody_drafting,
        delete=nobody_drafting,
        note="others",
    ),
    Row("api:request-submit", args=own(), post=drafting),
    Row("api:request-resubmit", args=own("returned"), post=department, data=text("answer")),
    Row("api:request-accept", args=own("submitted"), post=desk),
    Row(
        "api:request-return-with-question", args=own("submitted"), post=desk, data=text("question")
    ),
    Row("api:request-reject", args=own("submitted"), post=desk, data=text("reason")),
    Row("api:request-withdraw", args=own("submitted"), post=department, data=text("reason")),
    Row(
        "api:request-assign",
        args=own("submitted"),
        post=among_readers("manager", "administrator"),
        data=lambda user: {"manager": getattr(user, "pk", 0) or 0},
    ),
    Row(
        "api:request-messages",
        args=own("submitted"),
        get=sees_own,
        post=among_readers("officer", "manager"),
        data=text("body"),
    ),
    Row("api:request-files", args=own(), get=sees_own_draft, post=drafting),
    Row(
        "api:request-remove-file",
        args=own(file_id=str(uuid.uuid4())),
        delete=nobody_drafting,
        note="unknown file",
    ),
]
