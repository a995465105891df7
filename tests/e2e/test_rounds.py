"""A round from its making to the applied plan, in a real browser, wide and narrow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from consulting.models import Round
from consulting.rounds import quotas
from matching.models import AllocationRun, MatchCandidate
from matching.services import allocation, allocation_work
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.matching import ConflictFactory
from tests.factories.rounds import RoundFactory, computed, people

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_manager_makes_a_round(
    page: Any, phone: Any, as_user: Any, axe: Any, fits: Any, shot: Any
) -> None:
    manager = UserFactory(manager=True)
    requests = [RequestFactory(accepted=True) for _ in range(3)]
    as_user(page, manager)
    page.goto(reverse("consulting:rounds"))
    axe(page)
    page.get_by_role("link", name="회차 만들기").click()
    axe(page)
    page.get_by_label("이름").fill("2026년 하반기 수요조사")
    page.get_by_label("시작일").fill("2026-11-01")
    page.get_by_label("종료일").fill("2027-01-31")
    page.get_by_role("button", name="저장").click()
    page.get_by_text("이제 요청을 넣어 주십시오.").wait_for()
    axe(page)
    for request in requests[:2]:
        page.get_by_role("checkbox", name=request.number).check(force=True)
    page.get_by_role("button", name="고른 요청 넣기").click()
    page.get_by_text("요청 2건을 넣었습니다.").wait_for()
    row = Round.objects.get()
    page.get_by_role("link", name="회차로").click()
    page.get_by_role("link", name="회차 시작").click()
    page.get_by_role("button", name="회차 시작").click()
    page.get_by_text("회차의 상태를 바꾸었습니다.").wait_for()
    axe(page)
    shot(page, "round")
    as_user(phone, manager)
    for name in ("round", "round_requests", "round_limits", "round_quotas", "edit_round"):
        phone.goto(reverse(f"consulting:{name}", args=[row.pk]))
        axe(phone)
        fits(phone)


def test_a_table_of_seats_is_saved_at_once(
    page: Any, phone: Any, as_user: Any, axe: Any, fits: Any, shot: Any, trouble: Any
) -> None:
    trouble.expected.append("status of 400")
    row = RoundFactory(entries=3)
    first, second, third = row.entries.order_by("pk")
    as_user(page, row.created_by)
    page.goto(reverse("consulting:round", args=[row.pk]))
    page.get_by_label(f"{first.request.ref} 자리").fill("0")
    page.get_by_label(f"{second.request.ref} 자리").fill("5")
    page.get_by_label(f"{second.request.ref} 자리").press("Enter")
    page.get_by_text("고칠 곳이 1개 있습니다.").wait_for()
    axe(page)
    shot(page, "round-seats-error")
    assert page.get_by_label(f"{second.request.ref} 자리").input_value() == "5"
    page.get_by_label(f"{first.request.ref} 자리").fill("4")
    page.get_by_label(f"{third.request.ref} 빼기").check(force=True)
    page.get_by_role("button", name="자리와 빼기 저장").click()
    page.get_by_text("요청 2건의 자리를 고쳤습니다. 요청 1건을 뺐습니다.").wait_for()
    assert list(row.entries.order_by("pk").values_list("seats", flat=True)) == [4, 5]
    menu = page.get_by_role("navigation", name="주 메뉴")
    assert menu.locator("[aria-current]").all_inner_texts() == ["회차"]
    as_user(phone, row.created_by)
    phone.goto(reverse("consulting:round", args=[row.pk]))
    axe(phone)
    fits(phone)


def test_a_manager_compares_pins_solves_again_and_applies(
    page: Any, phone: Any, as_user: Any, axe: Any, fits: Any, shot: Any
) -> None:
    row = RoundFactory(entries=4, capacity=1)
    plan = computed(row, people(7)).plans.get(objective="fair")
    first = row.entries.first().request
    ConflictFactory(expert=people(1)[0], request=first)
    as_user(page, row.created_by)
    page.goto(reverse("matching:allocation", args=[row.pk, plan.pk]))
    axe(page)
    shot(page, "allocation-board")
    page.get_by_text("표로 보기").click()
    page.get_by_role("button", name=re.compile(rf"^고정\s*: {first.ref}")).first.press("Enter")
    page.get_by_text("다음 계산에 반영합니다").wait_for()
    page.get_by_role("button", name="고정과 제외를 반영해 다시 계산").click()
    page.get_by_text("차례를 기다리고 있습니다.").wait_for()
    axe(page)
    run = AllocationRun.objects.latest("number")
    allocation_work.execute(run.pk)
    page.get_by_role("link", name="총점 우선 3번").wait_for()
    for found in run.plans.all():
        page.locator(f"#plan-{found.pk}").check(force=True)
    page.get_by_role("button", name="고른 두 안 비교").click()
    page.get_by_role("heading", name="배정안 비교").wait_for()
    axe(page)
    shot(page, "allocation-compare")
    as_user(phone, row.created_by)
    newer = run.plans.get(objective="total")
    pages = [reverse("matching:allocations", args=[row.pk])]
    pages += [reverse(f"matching:{n}", args=[row.pk, newer.pk])
              for n in ("allocation", "apply_allocation")]  # fmt: skip
    pages += [reverse("matching:round_conflicts", args=[row.pk])]
    both = "&".join(f"plan={p.pk}" for p in run.plans.all())
    pages += [f"{reverse('matching:compare_allocations', args=[row.pk])}?{both}"]
    for address in pages:
        phone.goto(address)
        axe(phone)
        fits(phone)
    page.goto(reverse("matching:allocation", args=[row.pk, newer.pk]))
    page.get_by_role("link", name="이 배정안 적용").click()
    axe(page)
    page.get_by_label("사유").fill("배정 회의에서 정했습니다.")
    page.get_by_role("button", name="배정안 적용").click()
    page.get_by_text("배정안을 적용했습니다.").first.wait_for()
    assert MatchCandidate.objects.filter(mark="chosen").exists()


def test_a_partial_plan_says_what_gave_way_and_is_applied_when_seen(
    page: Any, phone: Any, as_user: Any, axe: Any, fits: Any, shot: Any, trouble: Any
) -> None:
    row = RoundFactory(entries=2, entries__seats=1)
    first, second = people(2)
    request = row.entries.first().request
    quotas.set_quota(row.pk, row.created_by, by="origin", value="overseas", least=1)
    row.refresh_from_db()
    for expert in (first, second):
        allocation.pin(row.pk, request.pk, expert.pk, "force", row.created_by)
    pins = [{"request": p.request_id, "expert": p.expert_id, "kind": p.kind}
            for p in row.pins.all()]  # fmt: skip
    plan = computed(row, [first, second], pins=pins).plans.get(objective="total")
    board = reverse("matching:allocation", args=[row.pk, plan.pk])
    as_user(phone, row.created_by)
    for address in (board, reverse("matching:apply_allocation", args=[row.pk, plan.pk])):
        phone.goto(address)
        axe(phone)
        fits(phone)
    as_user(page, row.created_by)
    page.goto(board)
    page.get_by_text("고정하지 못함").wait_for()
    axe(page)
    shot(page, "allocation-partial")
    page.get_by_role("link", name="이 배정안 적용").click()
    page.get_by_label("사유").fill("배정 회의에서 정했습니다.")
    trouble.expected.append("status of 400")  # without the tick
    page.get_by_role("button", name="배정안 적용").click()
    page.get_by_label("지키지 못한 고정과").check(force=True)
    page.get_by_role("button", name="배정안 적용").click()
    page.get_by_text("배정안을 적용했습니다.").first.wait_for()
    chosen = MatchCandidate.objects.filter(mark="chosen")
    assert chosen.filter(run__request=request).count() == 1  # of the two who were pinned to it


def test_the_board_works_without_scripts(open_page: Any, as_user: Any) -> None:
    row = RoundFactory(entries=1)
    plan = computed(row, people(2)).plans.get(objective="total")
    page = open_page(1280, scripts=False)
    as_user(page, row.created_by)
    page.goto(reverse("matching:allocation", args=[row.pk, plan.pk]))
    page.get_by_role("button", name=re.compile(r"^제외\s*:")).first.click()
    page.get_by_text("다음 계산에 반영합니다").wait_for()
    assert row.pins.get().kind == "forbid"
