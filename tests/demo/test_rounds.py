"""The demo round: open, with requests that wait, made once."""

import pytest

from consulting.models import Round
from demo.reading import document
from demo.rounds import REQUESTS, make_round
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory

pytestmark = pytest.mark.django_db


def test_the_round_is_made_once_from_demo_requests_that_wait() -> None:
    manager = UserFactory(manager=True)
    keys = REQUESTS[:4]
    for key in keys[:3]:
        RequestFactory(accepted=True, experts_wanted=2, creation_key=f"demo/{key}")
    RequestFactory(accepted=True)
    RequestFactory(decided=True, creation_key=f"demo/{keys[3]}")
    assert make_round(manager) == 3
    assert make_round(manager) == 0
    row = Round.objects.get()
    assert "시연" in row.name and row.state == "open" and row.entries.count() == 3
    assert [entry.seats for entry in row.entries.all()] == [4, 4, 4]


def test_every_request_of_the_round_is_one_of_the_demo_that_waits() -> None:
    states = {row["key"]: row["state"] for row in document("requests")}
    assert {states[key] for key in REQUESTS} <= {"accepted", "shortlisted"}
