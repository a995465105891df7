"""Pages of evaluation and weights: empty, full, in both languages; activation by a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from audit.models import AccessLog
from matching import weights
from matching.learning.use import METRICS
from matching.models import Evaluation, WeightSet
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.learning import EvaluationFactory, WeightSetFactory, decided_lists

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    weights.forget()
    yield
    weights.forget()


@pytest.fixture
def administrator(client: Client) -> Client:
    person: Any = UserFactory(administrator=True)
    sign_in(client, person)
    return client


def page(client: Client, name: str, *args: Any, language: str = "ko") -> str:
    with translation.override(language):
        response = client.get(reverse(f"matching:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def test_the_empty_page_says_what_to_do(administrator: Client) -> None:
    text = page(administrator, "evaluation")
    assert "아직 평가가 없습니다." in text and "지금 평가하기" in text
    assert "learn_weights" in text and "쓰지 않고 있습니다." in text
    assert "선정된 요청이 없습니다." in page(administrator, "decided")


def test_the_full_page_in_both_languages(administrator: Client) -> None:
    for week in range(3):
        EvaluationFactory(ends_on=timezone.localdate() - timedelta(weeks=week))
    EvaluationFactory(judged=True)
    row: Any = WeightSetFactory(active=True)
    for language in ("ko", "en"):
        text = page(administrator, "evaluation", language=language)
        assert text.count('<svg class="b-chart"') == 3
        assert f"v{row.version}" in text and "judged_small" in text
        assert "style=" not in text.split("<main", 1)[1]
    assert "65건이 모였습니다" in page(administrator, "evaluation")


def estimate(value: float, count: int) -> dict[str, Any]:
    """As stored when every request drawn anew gives the same."""
    return {"value": value, "low": value, "high": value, "count": count}


def used(count: int, value: float = 1.0, **facts: Any) -> Any:
    """Figures of so many requests, all of one kind and language."""
    figures = {**dict.fromkeys(METRICS, estimate(value, count)), "position": estimate(2.0, count)}
    groups = {"all": figures, "kind": {}, "language": {"ko": figures}}
    return EvaluationFactory(requests=count, figures=groups, **facts)


def test_a_share_of_few_requests_has_an_interval_and_a_warning(administrator: Client) -> None:
    used(4)
    text = page(administrator, "evaluation")
    # Wilson's interval of 4 of 4 begins at 4 / (4 + 1.96²)
    assert "51 % ~ 100 %" in text
    assert "선정된 요청이 4건뿐이며" in text and "기간이 둘은 있어야" in text
    assert "2.0 ~ 2.0" not in text
    assert "참고만 하십시오" not in page(administrator, "evaluation", language="en")


def test_few_and_many_requests_are_told_apart(administrator: Client) -> None:
    today = timezone.localdate()
    for week, count in enumerate((40, 35, 9)):
        used(count, 0.5, ends_on=today - timedelta(weeks=week))
    text = page(administrator, "evaluation")
    assert "건뿐이며" not in text and "기간이 둘은 있어야" not in text
    assert text.count("표본이 적어 참고만 하십시오.") == 1
    over_time = text.split('id="time"')[1].split("</svg>")[0]
    assert over_time.count("is-few") == 2  # one point of each line
    assert all(line.count(",") == 2 for line in re.findall(r'points="([^"]+)"', over_time))


def test_calibration_tells_how_sure_it_is(administrator: Client) -> None:
    EvaluationFactory(curve=[{"told": 0.3, "found": 0.5, "count": 8},
                             {"told": 0.8, "found": 0.8, "count": 60}])  # fmt: skip
    part = page(administrator, "evaluation").split('id="calibration"')[1].split("</section>")[0]
    assert "22 % ~ 78 %" in part and "68 % ~ 88 %" in part
    assert part.count("참고만 하십시오") == 1


def test_the_page_takes_as_many_queries_with_many_rows(
    administrator: Client, django_assert_max_num_queries: Any
) -> None:
    for week in range(12):
        EvaluationFactory(ends_on=timezone.localdate() - timedelta(weeks=week))
        WeightSetFactory(retired=True)
    with django_assert_max_num_queries(25):
        page(administrator, "evaluation")


def test_evaluating_now(client: Client) -> None:
    decided_lists(2, people=3)
    person: Any = UserFactory(manager=True)
    sign_in(client, person)
    answer = client.post(reverse("matching:evaluate"), follow=True)
    assert "평가했습니다." in answer.content.decode()
    assert Evaluation.objects.get().requests == 2
    listed = page(client, "decided")
    assert listed.count("위</td>") == 2
    assert AccessLog.objects.filter(rows=2).exists()


def test_evaluating_without_decisions_says_so(administrator: Client) -> None:
    answer = administrator.post(reverse("matching:evaluate"), follow=True)
    assert "평가할 것이 없습니다." in answer.content.decode()


def test_the_report(administrator: Client) -> None:
    row: Any = WeightSetFactory(recommended=True)
    text = page(administrator, "weights", row.number)
    assert "쓰던 가중치보다 나았습니다" in text and "이 가중치 쓰기" in text
    assert "나아짐" in text and "0.020" in text and "의미" in text
    old: Any = WeightSetFactory(base="0")
    assert "더는 쓸 수 없습니다" in page(administrator, "weights", old.number)
    assert administrator.get(reverse("matching:weights", args=[999_999])).status_code == 404


def test_an_administrator_puts_a_set_into_use_and_takes_it_back(administrator: Client) -> None:
    row: Any = WeightSetFactory()
    url = reverse("matching:activate_weights", args=[row.number])
    assert "사유를 적어 주십시오" in administrator.get(url).content.decode()
    assert administrator.post(url, {"reason": " "}).status_code == 400
    answer = administrator.post(url, {"reason": "작년보다 낫습니다."}, follow=True)
    assert "쓰기 시작했습니다" in answer.content.decode()
    assert WeightSet.objects.active().get() == row
    assert administrator.post(url, {"reason": "한 번 더"}).status_code == 400
    back = reverse("matching:use_defaults")
    answer = administrator.post(back, {"reason": "이상합니다."}, follow=True)
    assert "되돌렸습니다" in answer.content.decode()
    assert not WeightSet.objects.active().exists()


def test_a_set_of_other_built_in_numbers_is_announced(administrator: Client) -> None:
    WeightSetFactory(active=True, base="0")
    assert "계산 방식이 바뀌기 전에" in page(administrator, "evaluation")


def test_staff_without_that_right_see_no_buttons(client: Client) -> None:
    row: Any = WeightSetFactory(active=True)
    person: Any = UserFactory(auditor=True)
    sign_in(client, person)
    text = page(client, "evaluation")
    for name in ("evaluate", "use_defaults"):
        assert reverse(f"matching:{name}") not in text
    assert "이 가중치 쓰기" not in page(client, "weights", row.number)
