"""The supply and demand map: its numbers, what is missing, the lists behind each number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consulting.models import RequestField
from experts.models import TaxonomyNode
from matching import supply
from matching.pages.supply import vocabulary
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory
from tests.factories.matching import shortlist_of

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def node(code: str) -> TaxonomyNode:
    found: TaxonomyNode = TaxonomyNode.objects.get(code=code)
    return found


def wanting(*codes: str, days_ago: int = 10, **facts: Any) -> Any:
    """A request filed some days ago that wants these fields and no others."""
    facts = facts or {"accepted": True}
    filed = timezone.now() - timedelta(days=days_ago)
    request = RequestFactory(submitted_at=filed, **facts)
    RequestField.objects.filter(request=request).delete()
    for rank, code in enumerate(codes, 1):
        RequestField.objects.create(request=request, node=node(code), rank=rank)
    return request


def the_map(rows: str = "tech", columns: str = "domain", days: int = 365) -> dict[Any, supply.Cell]:
    """(row code, column code) → numbers."""
    nodes = vocabulary()
    codes = {n.pk: n.code for n in nodes}
    sides = [supply.keys(nodes, supply.heading(nodes, code)) for code in (rows, columns)]
    found = supply.cells(sides[0], sides[1], supply.start_of(days, timezone.localdate()))
    return {(codes[r], codes[c]): cell for (r, c), cell in found.items()}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory(manager=True), backend=BACKEND)
    return client


def test_a_cell_counts_each_request_and_each_person_once() -> None:
    wanting("T1-01", "T1-02", "A1-01")
    wanting("T1-01")
    ExpertFactory(fields=["T1-01", "T1-03", "A1-01", "A1-02"])
    ExpertFactory(fields=["T1-01", "A1-01"], unverified=True)
    ExpertFactory(fields=["T1-01", "A1-01"], suspended=True)
    ExpertFactory(fields=["T1-01"])
    cell = the_map()["T1", "A1"]
    assert (cell.demand, cell.supply, cell.verified) == (1, 2, 1)
    assert the_map("T1", "A1")["T1-01", "A1-01"].demand == 1
    assert the_map("T1", "A1")["T1-03", "A1-02"].supply == 1


def test_wait_and_open_requests() -> None:
    now = timezone.now()
    for days in (4, 8, 30):
        wanting("T1-01", days_ago=40, decided=True,
                decided_at=now - timedelta(days=40 - days))  # fmt: skip
    wanting("T1-01")
    listed = shortlist_of(1).request
    listed.submitted_at = now
    listed.save()
    RequestField.objects.filter(request=listed).delete()
    RequestField.objects.create(request=listed, node=node("T1-01"), rank=1)
    cell = supply.by_leaf(vocabulary(), supply.start_of(0, timezone.localdate()))[node("T1-01").pk]
    assert (cell.demand, cell.open, cell.bare) == (5, 2, 1)
    assert cell.days == pytest.approx(8, abs=0.1)


def test_the_period_and_drafts() -> None:
    wanting("T1-01", "A1-01", days_ago=100)
    RequestFactory()  # a draft that wants the same
    assert ("T1", "A1") not in the_map(days=90)
    assert the_map(days=365)["T1", "A1"].demand == 1


def test_outdated_verification_is_no_supply() -> None:
    expert = ExpertFactory(fields=["T1-01", "A1-01"], unverified=True)
    ClaimFactory(expert=expert, outdated=True)
    assert the_map()["T1", "A1"].verified == 0


def test_missing_expertise_is_ranked_by_the_lack() -> None:
    for _ in range(3):
        wanting("T1-01", decided=True, decided_at=timezone.now())
    wanting("D1-01", decided=True, decided_at=timezone.now())
    ExpertFactory.create_batch(2, fields=["T1-01"])
    ExpertFactory.create_batch(3, fields=["D1-01"])
    nodes = vocabulary()
    found = supply.missing(nodes, supply.by_leaf(nodes, supply.start_of(0, timezone.localdate())))
    assert [(m.node.code, m.cell.short) for m in found] == [("T1-01", 7)]


def test_waiting_requests_alone_are_no_lack_of_people(staff: Client) -> None:
    wanting("T1-01")
    ExpertFactory.create_batch(3, fields=["T1-01"])
    page = staff.get(reverse("matching:supply"))
    (_, lacking), (_, waiting) = page.context["lacking"]
    assert not lacking and [row.node.code for row, *_ in waiting] == ["T1-01"]
    assert "부족한 분야 0개 보기" in page.content.decode()


@pytest.mark.parametrize("measure", ["gap", "demand", "supply", "verified", "wait", "nonsense"])
def test_the_page_shows_every_measure(staff: Client, measure: str) -> None:
    wanting("T1-01", "A1-01")
    ExpertFactory(fields=["T1-01", "A1-01"])
    page = staff.get(reverse("matching:supply"), {"measure": measure}).content.decode()
    assert "수요와 공급 지도" in page and "확인된 전문가" in page


@pytest.mark.parametrize(
    "query",
    [
        {"rows": "T1", "cols": "A1"},
        {"rows": "A1", "cols": "A1"},
        {"rows": "data", "cols": "data"},
        {"rows": "x", "cols": "\x00", "period": "-1"},
        {"node": ["zzz", "", "T1"], "page": "999", "only": "?", "verified": "yes"},
    ],
)
def test_odd_addresses_show_something(staff: Client, query: dict[str, Any]) -> None:
    for route in ("supply", "supply_export", "supply_requests", "supply_people"):
        assert staff.get(reverse(f"matching:{route}"), query).status_code == 200


def test_every_number_opens_the_list_behind_it(staff: Client) -> None:
    wanting("T1-01", "A1-01")
    wanting("T1-01", "A1-01", decided=True, decided_at=timezone.now())
    wanting("T1-01", "A2-01")
    ExpertFactory(fields=["T1-02", "A1-01"])
    ExpertFactory(fields=["T1-01", "A1-02"], unverified=True)
    ExpertFactory(fields=["T1-01"])
    cell = the_map()["T1", "A1"]
    query = {"node": ["T1", "A1"]}

    def number(route: str, **more: str) -> int:
        answer = staff.get(reverse(f"matching:{route}"), {**query, **more})
        return int(answer.context["page_obj"].paginator.count)

    assert number("supply_requests") == cell.demand == 2
    assert number("supply_requests", only="decided") == 1
    assert number("supply_requests", only="bare") == cell.bare == 1
    assert number("supply_people") == cell.supply == 2
    assert number("supply_people", verified="1") == cell.verified == 1


def test_the_file_lists_what_is_missing_with_reasons(staff: Client) -> None:
    wanting("T1-01")
    text = staff.get(reverse("matching:supply_export")).content.decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[1].startswith("1,T1-01,기술,자연어처리,1,0,0,3,1,")
    assert "확인된 전문가가 없습니다." in lines[1] and "후보 없이" in lines[1]


def test_queries_do_not_grow(staff: Client) -> None:
    def number() -> int:
        with CaptureQueriesContext(connection) as seen:
            staff.get(reverse("matching:supply"))
        return len(seen)

    wanting("T1-01", "A1-01")
    number()  # sessions, content types
    first = number()
    for code in ("T1-02", "T2-01", "T3-01"):
        wanting(code, "A1-01")
        ExpertFactory(fields=[code, "A2-01"])
    assert number() == first


def test_a_large_map_is_kept_and_says_when_it_was_counted(
    staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    monkeypatch.setattr(supply, "KEPT_FROM", 0)
    ExpertFactory(fields=["T1-01", "A1-01"])
    first = staff.get(reverse("matching:supply"), {"measure": "supply"})
    ExpertFactory(fields=["T1-01", "A1-01"])
    again = staff.get(reverse("matching:supply"), {"measure": "supply"})
    assert first.context["map"]["counted_at"] is None
    assert again.context["map"]["counted_at"] is not None and "에 센 수입니다." in again.text
    assert again.context["map"]["lines"][0][1][0][1].cell.supply == 1
