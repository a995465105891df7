"""Minimums and maximums for groups of experts: set, replaced, refused, shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Round
from consulting.rounds import quotas, services
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


def test_conditions_of_numbers_are_set_replaced_and_removed(desk: Client) -> None:
    row = RoundFactory(entries=2)
    page = reverse("consulting:round_quotas", args=[row.pk])
    facts = {"group": "origin:overseas", "institution": "", "entry": "", "least": "1", "most": ""}
    assert desk.post(page, facts).status_code == 302
    assert desk.post(page, {**facts, "most": "2"}).status_code == 302
    quota = row.quotas.get()
    assert (quota.by, quota.value, quota.least, quota.most) == ("origin", "overseas", 1, 2)
    entry = row.entries.first()
    one = {**facts, "group": "institution:", "institution": " 한빛  대학교 ", "entry": entry.pk}
    desk.post(page, one)
    assert row.quotas.get(entry=entry).value == "한빛 대학교"
    version = Round.objects.get(pk=row.pk).version
    assert version == row.version + 3  # its plans are old now
    for name in ("round", "round_quotas"):
        text = desk.get(reverse(f"consulting:{name}", args=[row.pk])).content.decode()
        assert "해외 전문가" in text and "1명 이상 2명 이하" in text and "한빛 대학교" in text
    desk.post(reverse("consulting:remove_quota", args=[row.pk, quota.pk]))
    assert not row.quotas.filter(pk=quota.pk).exists()
    types = Event.objects.filter(type__startswith="round.quota").values_list("type", flat=True)
    assert sorted(types) == ["round.quota_removed"] + 3 * ["round.quota_set"]
    entry.delete()
    assert not row.quotas.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"least": "", "most": ""}, "least"),
        ({"least": "3", "most": "2"}, "most"),
        ({"least": "40"}, "least"),
        ({"least": "-1"}, "least"),
        ({"group": "origin:moon"}, "group"),
        ({"group": "institution:"}, "institution"),
        ({"entry": "999999"}, "entry"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told_at_its_field(
    desk: Client, changed: dict[str, Any], field: str
) -> None:
    row = RoundFactory(entries=1)
    facts = {"group": "sector:academia", "institution": "", "entry": "", "least": "1", "most": ""}
    answer = desk.post(reverse("consulting:round_quotas", args=[row.pk]), {**facts, **changed})
    assert answer.status_code == 400 and field in answer.context["form"].errors
    assert not row.quotas.exists()


def test_the_service_refuses_unknown_groups_and_requests(manager: Any) -> None:
    row = RoundFactory(entries=1)
    other = RoundFactory(entries=1).entries.get()
    facts = {"by": "pool", "value": "nowhere", "least": 1}
    with pytest.raises(MissingFacts):
        quotas.set_quota(row.pk, manager, **facts)
    with pytest.raises(MissingFacts):
        quotas.set_quota(row.pk, manager, by="origin", value="domestic", least=1,
                         entry_id=other.pk)  # fmt: skip
    with pytest.raises(NotPermitted):
        quotas.set_quota(row.pk, UserFactory(officer=True), by="origin", value="domestic", least=1)
    services.move(row.pk, "close", manager)
    with pytest.raises(Conflict):
        quotas.set_quota(row.pk, manager, by="origin", value="domestic", least=1)
