"""Signed-in clients for the people around one request."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.factories.accounts import sign_in


@pytest.fixture
def as_() -> Callable[[object], Client]:
    """A client of its own for each person."""

    def enter(person: object) -> Client:
        client = Client()
        if person is not None:
            sign_in(client, person)
        return client

    return enter
