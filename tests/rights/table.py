"""Route × method × role: who may do what, for every route of the site.

Each app has a file ``tests/rights/rows_<app>.py`` with a list ``ROWS``; it is found by itself. A
route without a row fails ``test_every_route_has_a_row``, a row without a route fails too.

    from tests.rights.table import Row, everyone, hidden_from_others, only, signed_in

    ROWS = [
        Row("content:home", get=everyone),
        Row("accounts:people", get=only("administrator", "auditor")),
        Row(
            "accounts:person",
            args=lambda user: {"pk": UserFactory().pk},     # somebody else's object
            get=only("administrator", "auditor"),           # others get 403: the page exists
        ),
        Row(
            "attachments:download",
            args=lambda user: {"public_id": somebodys_file()},
            get=hidden_from_others("auditor"),              # others get 404: the object is hidden
        ),
    ]

``args(user)`` makes the objects for one request; ``user`` is the person who will send it (None
for anonymous visitors), so a second row of the same route can be about the own object. ``data``
gives what is sent with an unsafe method (default: nothing; 400 and 409 count as let in).

Methods that a row does not name must be refused to everybody, somehow. Anonymous visitors who may
not must be led to the sign-in page (API: 401); ``anonymous="404"`` says otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

ANONYMOUS = "anonymous"
#: somebody who is signed in and holds no role
NOBODY = "nobody"
ROLES = (
    "officer", "expert", "reviewer", "manager", "editor", "administrator", "auditor",
)  # fmt: skip
VISITORS = (ANONYMOUS, NOBODY, *ROLES)
METHODS = ("get", "post", "put", "patch", "delete")

OK, SIGN_IN, FORBIDDEN, HIDDEN, NOT_OFFERED = "ok", "sign-in", "403", "404", "405"


@dataclass(frozen=True)
class Access:
    """Who is let in, and what everybody else gets."""

    allowed: frozenset[str]
    refused: str = FORBIDDEN
    anonymous: str = SIGN_IN

    def expected(self, visitor: str) -> str:
        """What this visitor must get."""
        if visitor in self.allowed:
            return OK
        return self.anonymous if visitor == ANONYMOUS else self.refused


def only(*roles: str, anonymous: str = SIGN_IN) -> Access:
    """These roles; other signed-in people get 403."""
    return Access(frozenset(roles), anonymous=anonymous)


def hidden_from_others(*roles: str, anonymous: str = SIGN_IN) -> Access:
    """These roles; other signed-in people get 404, as if there were nothing."""
    return Access(frozenset(roles), HIDDEN, anonymous)


everyone = Access(frozenset(VISITORS))
signed_in = Access(frozenset({NOBODY, *ROLES}))
#: signed-in people who may change something: everybody but auditors
may_change = Access(frozenset({NOBODY, *ROLES}) - {"auditor"})


@dataclass(frozen=True)
class Row:
    """One route with one kind of object."""

    route: str
    get: Access | None = None
    post: Access | None = None
    put: Access | None = None
    patch: Access | None = None
    delete: Access | None = None
    args: Callable[[Any], Mapping[str, Any]] = lambda user: {}
    data: Callable[[Any], Mapping[str, Any]] = lambda user: {}
    note: str = ""

    def __str__(self) -> str:
        return f"{self.route} {self.note}".strip()

    @property
    def is_api(self) -> bool:
        """Whether the route belongs to the API."""
        return self.route.startswith("api:")


def rows() -> list[Row]:
    """The rows of all apps."""
    files = sorted(Path(__file__).parent.glob("rows_*.py"))
    return [row for file in files for row in import_module(f"tests.rights.{file.stem}").ROWS]
