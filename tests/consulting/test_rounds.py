"""Rounds: made, filled, opened, closed; their pages in both languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Round
from consulting.rounds import selectors, services
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Any:
    return UserFactory(manager=True)


@pytest.fixture
def desk(client: Client, manager: Any) -> Client:
    sign_in(client, manager)
    return client


def facts(**changed: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "name": "2026년 정기 수요조사",
        "kind": "survey",
        "starts_on": today,
        "ends_on": today + timedelta(days=60),
        "note": "",
        "capacity": None,
        "minimum": 0.3,
        "per_institution": 1,
        **changed,
    }


def test_a_round_is_made_filled_opened_and_closed(manager: Any) -> None:
    row = services.create(manager, facts())
    with pytest.raises(MissingFacts):
        services.move(row.pk, "open", manager)
    request = RequestFactory(accepted=True, experts_wanted=3)
    entry = services.add_request(row.pk, request.pk, manager)
    assert entry.seats == 3
    assert services.change_entries(row.pk, {entry.pk: (3, 2)}, (), manager) == (1, 0)
    assert services.move(row.pk, "open", manager).state == "open"
    assert services.move(row.pk, "allocate", manager).state == "allocating"
    assert services.move(row.pk, "close", manager).state == "closed"
    with pytest.raises(Conflict):
        services.change_entries(row.pk, {entry.pk: (2, 1)}, (), manager)
    row.refresh_from_db()
    assert row.version == 3
    assert Event.objects.filter(type__startswith="round.").count() == 6


@pytest.mark.parametrize(
    "changed",
    [
        {"ends_on": timezone.localdate() - timedelta(days=1)},
        {"name": ""},
        {"minimum": 2.0},
        {"per_institution": 0},
        {"capacity": 500},
    ],
)
def test_what_makes_no_sense_is_refused(manager: Any, changed: dict[str, Any]) -> None:
    with pytest.raises(MissingFacts) as raised:
        services.create(manager, facts(**changed))
    assert list(raised.value.message_dict) == list(changed)
    assert not Round.objects.exists()


def test_a_request_stands_in_one_round_at_a_time(manager: Any) -> None:
    row, other = RoundFactory(), RoundFactory()
    request = RequestFactory(accepted=True)
    assert request in selectors.addable(manager, other)
    services.add_request(row.pk, request.pk, manager)
    assert request not in selectors.addable(manager, other)
    with pytest.raises(Conflict, match="이미"):
        services.add_request(other.pk, request.pk, manager)
    services.move(row.pk, "close", manager)
    services.add_request(other.pk, request.pk, manager)
    with pytest.raises(Conflict, match="넣을 수 없습니다"):
        services.add_request(other.pk, RequestFactory().pk, manager)


def test_who_may(manager: Any) -> None:
    row = RoundFactory()
    for role in ("officer", "administrator", "auditor"):
        user = UserFactory(**{role: True})
        with pytest.raises(NotPermitted):
            services.create(user, facts())
        with pytest.raises(NotPermitted):
            services.revise(row.pk, user, {"name": "다른 이름"})
    assert Round.objects.visible_to(UserFactory(officer=True)).count() == 0


def test_months_of_what_is_left() -> None:
    today = timezone.localdate()
    row = RoundFactory(starts_on=today.replace(day=1), ends_on=today.replace(day=1))
    assert selectors.months(row) == 1
    row = RoundFactory.build(
        starts_on=today.replace(2026, 2, 10), ends_on=today.replace(2026, 4, 1)
    )
    assert selectors.months(row, today.replace(2026, 3, 5)) == 2


@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_answer(desk: Client, language: str) -> None:
    row = RoundFactory(entries=2)
    services.set_limit(row.pk, ExpertFactory().pk, 1, "연구년입니다.", row.created_by)
    RequestFactory(accepted=True)
    with translation.override(language):
        pages = [reverse("consulting:rounds"), reverse("consulting:new_round")]
        names = ["round", "edit_round", "round_requests", "round_limits"]
        pages += [reverse(f"consulting:{name}", args=[row.pk]) for name in names]
        pages += [reverse("consulting:move_round", args=[row.pk, "close"])]
        pages += [reverse("consulting:round_limits", args=[row.pk]) + "?name=이전문"]
        for page in pages:
            assert desk.get(page).status_code == 200, page


def test_a_manager_makes_a_round_by_the_pages(desk: Client) -> None:
    answer = desk.post(reverse("consulting:new_round"), facts(capacity="", name=" "))
    assert answer.status_code == 400
    answer = desk.post(reverse("consulting:new_round"), facts(capacity=""))
    row = Round.objects.get()
    add = reverse("consulting:round_requests", args=[row.pk])
    assert answer.status_code == 302 and answer["Location"] == add
    one, two = RequestFactory(accepted=True), RequestFactory(submitted=True)
    assert one.number in desk.get(add, {"q": one.number}).content.decode()
    desk.post(add, {"ref": [one.number, two.number]})
    entry = row.entries.get(request=one)
    other = row.entries.get(request=two)
    page = reverse("consulting:round", args=[row.pk])
    desk.post(page, {f"seats-{entry.pk}": "4", f"seats-{other.pk}": "5"})
    assert [e.seats for e in row.entries.order_by("pk")] == [4, 5]
    desk.post(page, {f"remove-{entry.pk}": "on", f"seats-{entry.pk}": "", f"seats-{other.pk}": "3"})
    assert [(e.request, e.seats) for e in row.entries.all()] == [(two, 3)]
    desk.post(reverse("consulting:move_round", args=[row.pk, "open"]))
    person = ExpertFactory()
    limits = reverse("consulting:round_limits", args=[row.pk])
    desk.post(limits, {"expert": person.public_id, "capacity": 1, "reason": "연구년"})
    assert row.limits.get().capacity == 1
    desk.post(reverse("consulting:remove_limit", args=[row.pk, row.limits.get().pk]))
    row.refresh_from_db()
    assert row.state == "open" and not row.limits.exists()
    edit = reverse("consulting:edit_round", args=[row.pk])
    desk.post(edit, facts(capacity="2", name="고친 이름"))
    row.refresh_from_db()
    assert (row.name, row.capacity) == ("고친 이름", 2)


def test_a_period_that_runs_backwards_is_told_at_its_field(desk: Client) -> None:
    today = timezone.localdate()
    posted = {"name": "회차", "kind": "survey", "starts_on": today,
              "ends_on": today - timedelta(days=1), "minimum": "0.2"}  # fmt: skip
    page = desk.post(reverse("consulting:new_round"), posted)
    assert page.status_code == 400
    assert page.context["form"].errors["ends_on"] == ["종료일은 시작일보다 빠를 수 없습니다."]
    assert "round_ends_after" not in page.content.decode()
