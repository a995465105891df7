"""The demo round: open, with requests that wait, made once."""

import pytest

from consulting.models import Round
from demo.rounds import make_round
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory

pytestmark = pytest.mark.django_db


def test_the_round_is_made_once_from_demo_requests_that_wait() -> None:
    manager = UserFactory(manager=True)
    for number in range(3):
        RequestFactory(accepted=True, creation_key=f"demo/{number}", track="survey")
    RequestFactory(accepted=True)
    RequestFactory(decided=True, creation_key="demo/decided")
    assert make_round(manager) == 3
    assert make_round(manager) == 0
    row = Round.objects.get()
    assert "시연" in row.name and row.state == "open" and row.entries.count() == 3
    assert all(entry.seats >= 2 for entry in row.entries.all())
