"""The matching desk through the API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from consulting.models import Selection
from matching.models import Conflict, MatchRun, Waiver
from matching.results import RankedResult, ScoredExpert
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ExpertFactory
from tests.factories.matching import RunFactory, shortlist_of

pytestmark = pytest.mark.django_db
REASON = "비슷한 문제를 풀어 보았습니다."
BASE = "/api/v1"


@pytest.fixture(autouse=True)
def scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    def rank(query: Any, filters: Any, limit: int, must: Any) -> RankedResult:
        parts = {"base": 0.1, "dense": 0.2, "lexical": 0.0, "tags": 0.0}
        return RankedResult([ScoredExpert(pk, 1, 0.3, 1, parts, {}) for pk in must], {}, {})

    monkeypatch.setattr("matching.pipeline.rank", rank)


@pytest.fixture
def run() -> MatchRun:
    return shortlist_of(3)


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def desk(run: MatchRun) -> APIClient:
    return api(run.request.manager)


def test_starting_twice_gives_one_run() -> None:
    request = RequestFactory(accepted=True)
    client = api(request.manager)
    first = client.post(f"{BASE}/match-runs/", {"request": request.ref, "limit": 5})
    again = client.post(f"{BASE}/match-runs/", {"request": request.ref})
    assert first.status_code == again.status_code == 201
    assert first.data["id"] == again.data["id"] and first.data["state"] == "queued"
    answer = client.post(f"{BASE}/match-runs/{first.data['id']}/cancel/")
    assert answer.data["state"] == "cancelled" and answer.data["error"]
    assert client.post(f"{BASE}/match-runs/{first.data['id']}/cancel/").status_code == 409
    listed = client.get(f"{BASE}/match-runs/", {"request": request.ref}).data
    assert listed["count"] == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"request": "99-9999"}, {"request": "\x00"}, {"limit": "x"}, {"request": 5, "limit": -1}],
)
def test_bad_starts_are_named(desk: APIClient, body: dict[str, Any]) -> None:
    assert desk.post(f"{BASE}/match-runs/", body).status_code in (400, 404)


def test_a_mark_on_a_replaced_list_is_a_conflict(desk: APIClient, run: MatchRun) -> None:
    old = run.candidates.get(rank=1)
    RunFactory(request=run.request)
    answer = desk.post(
        f"{BASE}/match-candidates/{old.pk}/mark/", {"mark": "chosen", "reason": REASON}
    )
    assert answer.status_code == 409


def test_why_not_without_a_list_is_a_problem(desk: APIClient) -> None:
    request = RequestFactory(accepted=True)
    asked = {"request": request.ref, "expert": str(ExpertFactory().public_id)}
    answer = desk.get(f"{BASE}/why-not/", asked)
    assert answer.status_code == 404 and answer.data["title"]


def test_marking_and_deciding(desk: APIClient, run: MatchRun) -> None:
    rows = desk.get(f"{BASE}/match-candidates/", {"run": run.pk}).data["results"]
    assert [row["rank"] for row in rows] == [1, 2, 3] and rows[0]["explanation"]["evidence"]
    mark = f"{BASE}/match-candidates/{rows[1]['id']}/mark/"
    assert desk.post(mark, {"mark": "chosen"}).status_code == 400
    assert desk.post(mark, {"mark": "winner", "reason": "x"}).status_code == 400
    assert desk.post(mark, {"mark": "chosen", "reason": REASON}).data["mark"] == "chosen"
    decide = f"{BASE}/match-runs/{run.pk}/decide/"
    assert desk.post(decide, {"note": "곧 뵙겠습니다."}).status_code == 200
    assert desk.post(decide).status_code == 409
    assert Selection.objects.get().rank_shown == 2


def test_adding_and_eligibility(desk: APIClient, run: MatchRun) -> None:
    fine, barred = ExpertFactory(), ExpertFactory(paused=True)
    asked = {"request": run.request.ref, "expert": str(barred.public_id)}
    found = desk.get(f"{BASE}/eligibility/", asked).data
    assert not found["eligible"] and found["exclusions"][0]["rule"] == "availability"
    assert desk.get(f"{BASE}/why-not/", asked).data["kind"] == "excluded"
    answer = desk.post(f"{BASE}/match-candidates/", {**asked, "reason": REASON})
    assert answer.status_code == 409 and "쉬고" in answer.data["detail"]
    body = {"request": run.request.ref, "expert": str(fine.public_id), "reason": REASON}
    assert desk.post(f"{BASE}/match-candidates/", body).status_code == 201
    assert desk.post(f"{BASE}/match-candidates/", body).status_code == 409


def test_conflicts(desk: APIClient, run: MatchRun) -> None:
    expert = run.candidates.get(rank=1).expert
    body = {"expert": str(expert.public_id), "evidence": "협약서", "reason": "공동 연구"}
    assert desk.post(f"{BASE}/conflicts/", body).status_code == 400  # with whom?
    body["request"] = run.request.ref
    row = desk.post(f"{BASE}/conflicts/", body)
    assert row.status_code == 201
    assert desk.post(f"{BASE}/conflicts/", body).data["id"] == row.data["id"]  # a second click
    assert Conflict.objects.count() == 1
    end = f"{BASE}/conflicts/{row.data['id']}/end/"
    assert desk.post(end, {"reason": "끝남"}).status_code == 200
    assert desk.post(end, {"reason": "끝남"}).status_code == 409


def test_waivers(desk: APIClient, run: MatchRun) -> None:
    expert = ExpertFactory(monthly_cap=0)
    body = {"request": run.request.ref, "expert": str(expert.public_id), "rule": "cap"}
    body["reason"] = REASON
    row = desk.post(f"{BASE}/waivers/", body)
    assert row.status_code == 201 and row.data["state"] == "waiting"
    assert desk.post(f"{BASE}/waivers/", body).status_code == 409
    answer = f"{BASE}/waivers/{row.data['id']}/answer/"
    assert desk.post(answer, {"approve": True}).status_code == 403
    second = api(UserFactory(manager=True))
    assert second.get(f"{BASE}/waivers/", {"waiting": "true"}).data["count"] == 1
    assert second.post(answer, {"approve": True}).data["state"] == "approved"
    assert Waiver.objects.get().approved_at


@pytest.mark.parametrize("role", ["officer", "expert", "reviewer", "editor"])
@pytest.mark.parametrize(
    "path", ["match-runs", "match-candidates", "conflicts", "waivers", "eligibility", "why-not"]
)
def test_others_are_refused(role: str, path: str) -> None:
    assert api(UserFactory(**{role: True})).get(f"{BASE}/{path}/").status_code == 403


def test_auditors_read_and_write_nothing(run: MatchRun) -> None:
    client = api(UserFactory(auditor=True))
    assert client.get(f"{BASE}/match-runs/").data["count"] == 1
    assert client.get(f"{BASE}/match-candidates/").data["count"] == 3
    body = {"request": run.request.ref}
    assert client.post(f"{BASE}/match-runs/", body).status_code == 403


def test_strangers_are_told_to_sign_in() -> None:
    assert APIClient().get(f"{BASE}/match-runs/").status_code == 401


def test_unknown_ids(desk: APIClient) -> None:
    for path in ("match-runs/999999/", "match-candidates/999999/", "conflicts/x/", "waivers/0/"):
        assert desk.get(f"{BASE}/{path}").status_code == 404, path
