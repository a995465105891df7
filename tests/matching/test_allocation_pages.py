"""Pages of a round's allocation: they answer, in both languages, without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape
from django.utils.translation import gettext

from audit.models import AccessLog
from consulting.rounds import quotas
from experts.models import Expert
from matching.models import AllocationPin, AllocationPlan, AllocationRun, Conflict, MatchCandidate
from matching.selectors.allocation import board
from matching.services import allocation, allocation_work
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.matching import ConflictFactory
from tests.factories.rounds import RoundFactory, computed, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> Any:
    return RoundFactory(entries=3, capacity=1)


@pytest.fixture
def plan(row: Any) -> AllocationPlan:
    found: AllocationPlan = computed(row, people(5)).plans.get(objective="fair")
    return found


@pytest.fixture
def desk(client: Client) -> Client:
    sign_in(client, UserFactory(manager=True))
    return client


def url(name: str, row: Any, *more: Any) -> str:
    return reverse(f"matching:{name}", args=[row.pk, *more])


@pytest.mark.parametrize("language", ["ko", "en"])
def test_pages_answer(desk: Client, row: Any, plan: AllocationPlan, language: str) -> None:
    seat = plan.people.first()
    ConflictFactory(expert=seat.expert, request=row.entries.last().request)
    both = "&".join(f"plan={p.pk}" for p in plan.run.plans.all())
    with translation.override(language):
        pages = [url("allocations", row), url("round_conflicts", row)]
        pages += [url("allocation", row, plan.pk), url("apply_allocation", row, plan.pk)]
        pages += [url("compare_allocations", row), f"{url('compare_allocations', row)}?{both}"]
        pages += [reverse("consulting:round", args=[row.pk])]
        for page in pages:
            answer = desk.get(page)
            assert answer.status_code == 200, page
            assert row.name in answer.content.decode(), page


def test_the_board_shows_everything_and_queries_do_not_grow(
    desk: Client, row: Any, plan: AllocationPlan, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(25):
        text = desk.get(url("allocation", row, plan.pk)).content.decode()
    for seat in plan.people.select_related("expert"):
        assert seat.expert.name_ko in text
    assert "AI 추천" in text and "빈 자리 1개" in text and "<svg" in text
    assert AccessLog.objects.latest("pk").rows == 5


def test_pinning_solving_again_and_applying(desk: Client, row: Any, plan: AllocationPlan) -> None:
    seat = plan.people.filter(role="assigned").first()
    facts = {"plan": plan.pk, "request": seat.request_id, "expert": seat.expert.public_id}
    answer = desk.post(url("pin", row), {**facts, "kind": "forbid"})
    assert answer["Location"].endswith(f"#r-{seat.request_id}")
    assert AllocationPin.objects.get().kind == "forbid"
    assert "다시 계산하면" in desk.get(url("allocation", row, plan.pk)).content.decode()
    desk.post(url("allocate", row), {"again": plan.run.pk})
    run = AllocationRun.objects.latest("number")
    assert "차례를 기다리고" in desk.get(url("allocations", row)).content.decode()
    progress = desk.get(url("allocation_progress", row), headers={"HX-Request": "true"})
    assert "hx-trigger" in progress.content.decode()
    allocation_work.execute(run.pk)
    progress = desk.get(url("allocation_progress", row), headers={"HX-Request": "true"})
    assert progress["HX-Redirect"] == url("allocations", row)
    newer = run.plans.get(objective="total")
    people = newer.people.filter(role="assigned")
    assert not people.filter(request=seat.request, expert=seat.expert).exists()
    page = url("apply_allocation", row, newer.pk)
    assert desk.post(page, {"reason": " "}).status_code == 400
    answer = desk.post(page, {"reason": "회의에서 정했습니다."})
    assert answer.status_code == 302
    assert MatchCandidate.objects.filter(mark="chosen").count() == people.count()
    assert desk.post(page, {"reason": "다시"}).status_code == 400
    assert "적용했습니다" in desk.get(url("allocation", row, newer.pk)).content.decode()


@pytest.fixture
def partial(row: Any) -> AllocationPlan:
    """Two people are fixed where one seat is, and nobody comes from overseas."""
    entry = row.entries.first()
    entry.seats = 1
    entry.save()
    experts = people(4)
    quotas.set_quota(row.pk, row.created_by, by="origin", value="overseas", least=1)
    row.refresh_from_db()
    for expert in experts[:2]:
        allocation.pin(row.pk, entry.request_id, expert.pk, "force", row.created_by)
    pins = [{"request": p.request_id, "expert": p.expert_id, "kind": p.kind}
            for p in row.pins.all()]  # fmt: skip
    found: AllocationPlan = computed(row, experts, pins=pins).plans.get(objective="total")
    return found


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_partial_plan_is_marked_everywhere(
    desk: Client, row: Any, partial: AllocationPlan, language: str
) -> None:
    with translation.override(language):
        (pin,) = [pin for line in board(partial).lines for pin in line.dropped]
        (text, *_more) = [text for line in board(partial).lines for text in line.open]
        page = desk.get(url("allocation", row, partial.pk)).content.decode()
        assert pin.expert.name in page and escape(pin.text) in page and escape(text) in page
        overview = desk.get(url("allocations", row)).content.decode()
        assert overview.count(gettext("부분 배정")) == 2  # both plans
        listed = desk.get(url("apply_allocation", row, partial.pk)).content.decode()
        assert escape(pin.text) in listed and 'name="partial"' in listed
    rows = desk.get(url("export_allocation", row, partial.pk)).content.decode("utf-8-sig")
    assert "모자랍니다" in rows and "다른 고정이" in rows


def test_a_partial_plan_is_applied_only_when_that_was_seen(
    desk: Client, row: Any, partial: AllocationPlan
) -> None:
    page = url("apply_allocation", row, partial.pk)
    answer = desk.post(page, {"reason": "회의에서 정했습니다."})
    assert answer.status_code == 400 and not MatchCandidate.objects.exists()
    assert list(answer.context["form"].errors) == ["partial"]
    seen = {"reason": "회의에서 정했습니다.", "partial": "on"}
    assert desk.post(page, seen).status_code == 302
    assert MatchCandidate.objects.filter(mark="chosen").exists()


def test_a_dropped_pin_is_taken_away_from_the_board(
    desk: Client, row: Any, partial: AllocationPlan
) -> None:
    (pin,) = [pin for line in board(partial).lines for pin in line.dropped]
    request = row.entries.first().request
    page = url("allocation", row, partial.pk)
    button = f": {request.ref} {pin.expert.name}</span></button></form></li>"
    assert button in desk.get(page).content.decode()
    facts = {"plan": partial.pk, "request": request.pk, "expert": pin.expert.public_id, "kind": ""}
    desk.post(url("pin", row), facts)
    assert not row.pins.filter(expert=pin.expert).exists()
    assert button not in desk.get(page).content.decode()


def test_starting_and_cancelling(desk: Client, row: Any) -> None:
    assert desk.post(url("allocate", row)).status_code == 302
    assert desk.get(url("cancel_allocation", row)).status_code == 200
    desk.post(url("cancel_allocation", row))
    assert AllocationRun.objects.get().state == "cancelled"
    assert desk.get(url("cancel_allocation", row)).status_code == 302
    empty = RoundFactory()
    desk.post(url("allocate", empty))
    assert not empty.allocation_runs.exists()


def test_the_file_of_a_plan_is_logged_and_defused(
    desk: Client, row: Any, plan: AllocationPlan
) -> None:
    seat = plan.people.first()
    Expert.objects.filter(pk=seat.expert_id).update(name_ko="=HYPERLINK(1)")
    answer = desk.get(url("export_allocation", row, plan.pk))
    text = answer.content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text and len(text.splitlines()) == 1 + plan.people.count()
    assert AccessLog.objects.latest("pk").action == "download"


def test_a_file_of_conflicts_is_taken_whole_or_not_at_all(desk: Client, row: Any) -> None:
    (expert,) = people(1)
    ref = row.entries.first().request.ref
    lines = f"request,expert,evidence,reason\n{ref},{expert.public_id},협약서,공동 연구\n"
    bad = SimpleUploadedFile("a.csv", (lines + "x,y,z,w\n").encode())
    answer = desk.post(url("round_conflicts", row), {"file": bad})
    assert answer.status_code == 400 and "3번째 줄" in answer.content.decode()
    assert not Conflict.objects.exists()
    good = SimpleUploadedFile("a.csv", lines.encode())
    assert desk.post(url("round_conflicts", row), {"file": good}).status_code == 302
    assert Conflict.objects.get().expert == expert
    assert expert.name_ko in desk.get(url("round_conflicts", row)).content.decode()


def test_plans_of_another_round_are_hidden(desk: Client, plan: AllocationPlan) -> None:
    other = RoundFactory()
    assert desk.get(url("allocation", other, plan.pk)).status_code == 404
    wanted = {"request": plan.people.first().request_id, "expert": "x", "kind": "force"}
    assert desk.post(url("pin", other), wanted).status_code == 404


def test_the_error_of_a_failed_computation_is_told(desk: Client, row: Any) -> None:
    run = allocation.start_allocation(row.pk, UserFactory(manager=True))
    allocation.fail(run.pk, "time_limit")
    assert "요청을 나누어" in desk.get(url("allocations", row)).content.decode()


def test_a_second_plan_of_a_round_is_not_offered(
    desk: Client, row: Any, plan: AllocationPlan
) -> None:
    address = reverse("matching:allocation", args=[row.pk, plan.pk])
    offer = reverse("matching:apply_allocation", args=[row.pk, plan.pk])
    assert offer in desk.get(address).content.decode()
    other = plan.run.plans.exclude(pk=plan.pk).get()
    other.applied_at, other.applied_by = timezone.now(), row.created_by
    other.save()
    page = desk.get(address).content.decode()
    assert offer not in page and "이미 적용한 배정안이 있습니다" in page
