"""Rights to files follow their owner: here a file of a person's own account, shown to nobody else.

Apps whose objects have files add rows of the same routes with a note.
"""

import uuid
from dataclasses import dataclass

from tests.rights.table import FORBIDDEN, HIDDEN, Access, Row, may_change

nobody = Access(frozenset(), HIDDEN)


@dataclass(frozen=True)
class NobodyChanges(Access):
    """Hidden from everybody; auditors are stopped before anything is looked up."""

    def expected(self, visitor):
        found = super().expected(visitor)
        return FORBIDDEN if visitor == "auditor" else found


nobody_changes = NobodyChanges(frozenset(), HIDDEN)


def unknown(user):
    """An id that nobody has."""
    return {"public_id": uuid.uuid4()}


def unknown_id(user):
    """The same for the API."""
    return {"id": str(uuid.uuid4())}


ROWS = [
    Row("attachments:download", args=unknown, get=nobody, note="unknown"),
    Row("api:attachment-download", args=unknown_id, get=nobody, note="unknown"),
    Row("attachments:remove", args=unknown, post=nobody_changes, note="unknown"),
    Row(
        "api:attachment-detail",
        args=unknown_id,
        get=nobody,
        delete=nobody_changes,
        note="unknown",
    ),
    Row("api:attachment-list", post=may_change),
]
