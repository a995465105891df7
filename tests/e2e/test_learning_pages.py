"""The evaluation page and the report of a weight set in a real browser, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import weights
from matching.learning.use import METRICS
from matching.models import WeightSet
from tests.factories.accounts import UserFactory
from tests.factories.learning import ESTIMATE, EvaluationFactory, WeightSetFactory, decided_lists

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    weights.forget()
    yield
    weights.forget()


def test_an_administrator_reads_the_figures_and_changes_the_weights(
    page: Any, phone: Any, as_user: Any, axe: Any, fits: Any, shot: Any
) -> None:
    for week in range(1, 9):
        EvaluationFactory(ends_on=timezone.localdate() - timedelta(weeks=week))
    few = {name: {**ESTIMATE, "count": 4} for name in METRICS}
    groups = {"all": few, "kind": {}, "language": {"ko": few}}
    EvaluationFactory(ends_on=timezone.localdate() - timedelta(weeks=9), requests=4, figures=groups)
    EvaluationFactory(judged=True)
    WeightSetFactory(retired=True)
    row: Any = WeightSetFactory(recommended=True)
    decided_lists(2, people=3)
    administrator = UserFactory(administrator=True)
    for browser in (page, phone):
        as_user(browser, administrator)
        browser.goto(reverse("matching:evaluation"))
        axe(browser)
        fits(browser)
    shot(phone, "evaluation-phone")
    page.get_by_role("button", name="지금 평가하기").click()
    page.get_by_text("오늘까지의 선정 결과로 평가했습니다.").wait_for()
    assert page.get_by_text("표본이 적어 참고만 하십시오.").first.is_visible()
    for table in page.locator("summary").filter(has_text="표로 보기").all():
        table.click()
    axe(page)
    shot(page, "evaluation")
    page.get_by_role("link", name=row.version).click()
    axe(page)
    shot(page, "weights-report")
    phone.goto(reverse("matching:weights", args=[row.number]))
    axe(phone)
    fits(phone)
    page.get_by_role("link", name="이 가중치 쓰기").click()
    page.get_by_label("사유").fill("남겨 둔 요청에서 나았습니다.")
    axe(page)
    page.get_by_role("button", name="이 가중치 쓰기").click()
    page.get_by_text("쓰기 시작했습니다").wait_for()
    assert WeightSet.objects.active().get() == row
    phone.goto(reverse("matching:decided"))
    axe(phone)
    fits(phone)
