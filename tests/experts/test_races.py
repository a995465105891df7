"""Two at once: the lock on the profile, and what happens without it."""

from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from django.db import connections, transaction

from experts import services
from experts.models import Claim, Expert
from experts.services import claims, editing
from tests.factories.experts import ExpertFactory

FACTS = {"title": "침수 예측", "starts_on": None}


def at_once(*calls) -> list[BaseException]:
    """Run the calls in threads of their own; what they raised."""
    raised: list[BaseException] = []

    def run(call):
        try:
            call()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


@pytest.fixture
def meeting(monkeypatch):
    """Both calls look for a twin before either of them writes, if the lock lets them."""
    barrier = Barrier(2)
    look = claims._twin

    def slow_look(*args):
        found = look(*args)
        with suppress(BrokenBarrierError):  # the other one waits at the lock
            barrier.wait(1)
        return found

    monkeypatch.setattr(claims, "_twin", slow_look)


def add_twice(expert) -> list[BaseException]:
    def call():
        services.add_claim(expert.pk, expert.user, "award", {"title": "데이터 분석 대상"})

    return at_once(call, call)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_add_one_line(meeting):
    expert = ExpertFactory(draft=True)
    assert add_twice(expert) == []
    assert Claim.objects.filter(kind="award").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_there_are_two(meeting, monkeypatch):
    """The negative control: the race is real."""
    expert = ExpertFactory(draft=True)

    @contextmanager
    def unlocked(expert_id, by):
        with transaction.atomic():
            yield Expert.objects.get(pk=expert_id)

    monkeypatch.setattr(claims, "editing", unlocked)
    assert editing.editing is not claims.editing
    assert add_twice(expert) == []
    assert Claim.objects.filter(kind="award").count() == 2


@pytest.mark.django_db(transaction=True)
def test_registering_twice_at_once_makes_one_profile():
    from tests.factories.accounts import UserFactory

    person = UserFactory(expert=True)
    assert at_once(*[lambda: services.register(person)] * 2) == []
    assert Expert.objects.filter(user=person).count() == 1
