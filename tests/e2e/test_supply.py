"""The supply and demand map in a browser: numbers open lists, both sizes, no barriers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from consulting.models import RequestField
from experts.models import TaxonomyNode
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
WANTED = [("T1-01", "A6-01"), ("T1-01", "A6-01"), ("T3-01", "A2-01"), ("T2-01", "A1-01")]


@pytest.fixture
def some_demand() -> None:
    """A few requests and experts in fields that meet, and one field without anybody."""
    nodes = {n.code: n for n in TaxonomyNode.objects.all()}
    for place, codes in enumerate(WANTED):
        decided = {"decided": True, "decided_at": timezone.now()} if place else {"accepted": True}
        request = RequestFactory(submitted_at=timezone.now() - timedelta(9), **decided)
        RequestField.objects.filter(request=request).delete()
        for rank, code in enumerate(codes, 1):
            RequestField.objects.create(request=request, node=nodes[code], rank=rank)
    for codes in [("T1-01", "A6-01")] * 4 + [("T3-01", "A2-01")] * 2:
        ExpertFactory(fields=list(codes))


@pytest.fixture
def manager() -> Any:
    return UserFactory(manager=True)


def test_from_the_map_to_the_people(
    page: Any, as_user: Any, manager: Any, some_demand: None, axe: Any, fits: Any, shot: Any
) -> None:
    as_user(page, manager)
    page.goto("/")
    page.get_by_role("link", name="수요와 공급").first.click()
    page.get_by_role("heading", name="수요와 공급 지도").wait_for()
    axe(page)
    fits(page)
    shot(page, "supply-map")
    page.get_by_role("link", name="확인된 공급").click()
    cell = page.locator(".b-heat-cell a", has_text="4명").first
    cell.click()
    page.get_by_role("heading", name="전문가 4명").wait_for()
    axe(page)
    page.go_back()
    page.get_by_role("link", name="언어·음성 지능").click()
    page.get_by_role("rowheader", name="자연어처리").first.wait_for()
    axe(page)
    shot(page, "supply-map-branch")


def test_what_is_missing_can_be_taken_along(
    page: Any, as_user: Any, manager: Any, some_demand: None, axe: Any
) -> None:
    as_user(page, manager)
    page.goto(reverse("matching:supply"))
    page.get_by_role("link", name="부족한 분야").click()
    row = page.locator("#missing tbody tr").first
    assert "모자랍니다" in row.inner_text() or "없습니다" in row.inner_text()
    with page.expect_download() as file:
        page.get_by_role("link", name="내보내기").click()
    assert "T1-01" in file.value.path().read_text(encoding="utf-8-sig")
    row.get_by_role("link").first.click()
    page.get_by_role("heading", name="요청").wait_for()
    axe(page)


def test_the_map_fits_a_phone(
    phone: Any, as_user: Any, manager: Any, some_demand: None, axe: Any, fits: Any, shot: Any
) -> None:
    as_user(phone, manager)
    for name in ("supply", "supply_requests", "supply_people"):
        phone.goto(reverse(f"matching:{name}"))
        fits(phone)
        axe(phone)
    phone.goto(reverse("matching:supply"))
    shot(phone, "supply-map-phone")
