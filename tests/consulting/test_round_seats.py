"""The table of a round's requests: all seats saved at once, nothing lost, nothing overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from common.errors import Conflict
from consulting.models import Round
from consulting.rounds import services
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.rounds import RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> Any:
    return UserFactory(manager=True)


@pytest.fixture
def desk(client: Client, manager: Any) -> Client:
    sign_in(client, manager)
    return client


def seats_of(row: Round) -> list[int]:
    return list(row.entries.order_by("pk").values_list("seats", flat=True))


def sent(row: Round, *numbers: object) -> dict[str, str]:
    """The table of the page with these numbers typed, and what the page had shown."""
    entries = list(row.entries.order_by("pk"))
    typed = {f"seats-{e.pk}": str(n) for e, n in zip(entries, numbers, strict=True)}
    return {**typed, "seen": " ".join(f"{e.pk}:{e.seats}" for e in entries)}


def test_all_seats_are_saved_at_once(desk: Client, manager: Any) -> None:
    row = RoundFactory(entries=3)
    page = reverse("consulting:round", args=[row.pk])
    answer = desk.post(page, sent(row, 4, 2, 1), follow=True)
    assert "요청 2건의 자리를 고쳤습니다." in answer.content.decode()
    assert seats_of(row) == [4, 2, 1]
    assert Event.objects.filter(type="round.seats_changed").count() == 2
    version = Round.objects.get(pk=row.pk).version
    answer = desk.post(page, sent(row, 4, 2, 1), follow=True)
    assert "바꾼 것이 없습니다." in answer.content.decode()
    assert Round.objects.get(pk=row.pk).version == version  # plans do not grow old of nothing


@pytest.mark.parametrize("typed", ["0", "21", "-3", "", "셋", "2.5", "9" * 40, "\x00"])
def test_a_wrong_number_keeps_the_whole_table_and_stands_beside_its_row(
    desk: Client, typed: str
) -> None:
    row = RoundFactory(entries=2)
    first, second = row.entries.order_by("pk")
    answer = desk.post(reverse("consulting:round", args=[row.pk]), sent(row, typed, 7))
    text = answer.content.decode()
    assert answer.status_code == 400 and seats_of(row) == [2, 2]
    assert 'value="7"' in text
    rows = {pk: text.split(f'id="entry-{pk}"')[1].split("</tr>")[0] for pk in (first.pk, second.pk)}
    assert "errorlist" in rows[first.pk] and "errorlist" not in rows[second.pk]
    assert f'href="#id_seats-{first.pk}"' in text
    assert not Event.objects.filter(type="round.seats_changed").exists()


def test_what_somebody_else_saved_is_not_overwritten(desk: Client, manager: Any) -> None:
    row = RoundFactory(entries=3)
    first, second, _third = row.entries.order_by("pk")
    typed = sent(row, 5, 2, 4)
    services.change_entries(row.pk, {first.pk: (2, 9), second.pk: (2, 8)}, (), manager)
    page = reverse("consulting:round", args=[row.pk])
    answer = desk.post(page, typed)
    text = answer.content.decode()
    assert answer.status_code == 400 and "그사이 9자리로 바뀌었습니다." in text
    assert seats_of(row) == [9, 8, 2]
    form = answer.context["form"]
    shown = {name: form[name].value() for name in form.fields if name.startswith("seats-")}
    assert list(shown.values()) == ["5", "8", "4"]  # typed, as it is now, typed
    assert desk.post(page, {**shown, "seen": form.now}).status_code == 302
    assert seats_of(row) == [5, 8, 4]


def test_a_request_that_left_in_between_loses_nothing_else(desk: Client, manager: Any) -> None:
    row = RoundFactory(entries=2)
    first, second = row.entries.order_by("pk")
    typed = sent(row, 6, 7)
    services.change_entries(row.pk, {}, [first.pk], manager)
    answer = desk.post(reverse("consulting:round", args=[row.pk]), typed)
    assert answer.status_code == 302 and seats_of(row) == [7]
    with pytest.raises(Conflict):
        services.change_entries(row.pk, {first.pk: (2, 3), second.pk: (7, 1)}, (), manager)
    assert seats_of(row) == [7]


def test_readers_and_closed_rounds_have_no_form(desk: Client, client: Client) -> None:
    row = RoundFactory(entries=1, closed=True)
    page = reverse("consulting:round", args=[row.pk])
    assert "자리와 빼기 저장" not in desk.get(page).content.decode()
    answer = desk.post(page, sent(row, 5))
    assert answer.status_code == 400 and "끝난 회차는" in answer.content.decode()
    sign_in(client, UserFactory(auditor=True))
    assert client.post(page, sent(row, 5)).status_code == 403
    assert seats_of(row) == [2]
