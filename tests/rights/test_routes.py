"""Every route, method and role against the table of rights."""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories.accounts import UserFactory, sign_in
from tests.rights.table import (
    ANONYMOUS,
    FORBIDDEN,
    HIDDEN,
    METHODS,
    NOBODY,
    NOT_OFFERED,
    OK,
    SIGN_IN,
    VISITORS,
    Row,
    rows,
)

TABLE = rows()
#: Django's own administration has rights of its own
LEFT_OUT = ("admin:",)
#: what a row does not name is tried by these
SAMPLE = (ANONYMOUS, "officer", "administrator")


def routes(resolver=None, space: str = "") -> Iterator[str]:
    """The full names of all routes; one without a name appears as its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from routes(entry, inner)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name or entry.pattern}"


def test_every_route_has_a_row():
    known = {row.route for row in TABLE}
    found = {name for name in routes() if not name.startswith(LEFT_OUT)}
    assert sorted(found - known) == [], "add rows to tests/rights/rows_<app>.py"
    assert sorted(known - found) == [], "rows of routes that do not exist"


def test_rows_differ():
    twice = [name for name, count in Counter(str(row) for row in TABLE).items() if count > 1]
    assert twice == [], "give the second row of a route a note"


def person(visitor: str):
    """Somebody of this kind; None for anonymous visitors."""
    if visitor == ANONYMOUS:
        return None
    return UserFactory() if visitor == NOBODY else UserFactory(**{visitor: True})


def send(row: Row, method: str, user) -> str:
    """One request whose effects are undone; what came of it."""
    client = Client(raise_request_exception=False)
    with transaction.atomic():
        address = reverse(row.route, kwargs=dict(row.args(user)))
        if user is not None:
            sign_in(client, user)
        options = {} if method == "get" else {"data": dict(row.data(user))}
        if row.is_api and method != "get":
            options["content_type"] = "application/json"
        answer = getattr(client, method)(address, **options)
        if answer.streaming:
            b"".join(answer.streaming_content)  # the test client closes it well only at its end
        transaction.set_rollback(True)
    return outcome(answer)


def outcome(answer) -> str:
    """What an answer means to the visitor."""
    if answer.status_code == 401:
        return SIGN_IN
    if answer.status_code in (301, 302) and answer.url.startswith(
        (resolve_url("accounts:login"), "/en/accounts/login")
    ):
        return SIGN_IN
    known = {403: FORBIDDEN, 404: HIDDEN, 405: NOT_OFFERED}
    if answer.status_code >= 500:
        return f"error {answer.status_code}"
    return known.get(answer.status_code, OK)


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_row(row):
    wrong = []
    for visitor in VISITORS:
        user = person(visitor)
        for method in METHODS:
            access = getattr(row, method)
            if access is None and visitor not in SAMPLE:
                continue
            got = send(row, method, user)
            wanted = access.expected(visitor) if access else "a refusal"
            if got != wanted and (access or got == OK or got.startswith("error")):
                wrong.append(f"{method.upper()} by {visitor}: {got} instead of {wanted}")
    assert wrong == []
