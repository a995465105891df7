"""The API gives what the pages give, with the same rights and the same errors."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from audit.models import AccessLog
from experts.models import Claim, Expert, Verification
from tests.factories.accounts import UserFactory
from tests.factories.experts import ClaimFactory, ExpertFactory

pytestmark = pytest.mark.django_db
API = "/api/v1"


def client_of(user=None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def expert():
    expert = ExpertFactory(name_ko="홍길동", fields=["T3-01", "A1-01"])
    ClaimFactory(expert=expert, title="침수 예측 과제", verified=True)
    ClaimFactory(expert=expert, education=True, title="나루대학교")
    return expert


class TestDirectory:
    def test_search(self, expert):
        ExpertFactory(hidden=True, fields=["T3-01"])
        body = client_of().get(f"{API}/experts/", {"q": "침수", "tech": "T3-01"}).json()
        assert body["count"] == 1
        card = body["results"][0]
        assert card["name"] == "홍길동" and card["hits"] == ["A1-01"]
        assert "침수" in card["snippet"]
        assert "나루대학교" not in str(body)

    def test_facets(self, expert):
        ExpertFactory(hidden=True, fields=["T4-01"])
        body = client_of().get(f"{API}/experts/facets/").json()
        assert [o["value"] for o in body[0]["options"]] == ["T3"]

    def test_one_person(self, expert):
        body = client_of().get(f"{API}/experts/{expert.public_id}/").json()
        assert body["level"] == "open"
        assert [c["title"] for c in body["claims"]] == ["한빛대학교", "침수 예측 과제"]
        assert not {"identifier", "details"} & body["claims"][0].keys()

    def test_staff_name_a_purpose_and_are_logged(self, expert):
        client = client_of(UserFactory(manager=True))
        url = f"{API}/experts/{expert.public_id}/"
        assert client.get(url).json()["level"] == "open" and not AccessLog.objects.exists()
        assert client.get(url, {"purpose": "추천 검토"}).json()["level"] == "full"
        assert AccessLog.objects.get().purpose == "추천 검토"

    def test_purpose_opens_nothing_for_others(self, expert):
        for user in (None, UserFactory(officer=True), UserFactory(expert=True)):
            url = f"{API}/experts/{expert.public_id}/"
            assert client_of(user).get(url, {"purpose": "x"}).json()["level"] == "open"

    @pytest.mark.parametrize("trait", ["hidden", "shared", "draft", "withdrawn"])
    def test_hidden_is_not_there(self, trait):
        other = ExpertFactory(**{trait: True})
        response = client_of().get(f"{API}/experts/{other.public_id}/")
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert client_of().get(f"{API}/experts/{other.public_id}/similar/").status_code == 404

    def test_similar(self, expert):
        ExpertFactory(name_ko="쌍둥이", fields=["T3-01"])
        body = client_of().get(f"{API}/experts/{expert.public_id}/similar/").json()
        assert [row["name"] for row in body] == ["쌍둥이"]

    def test_taxonomy(self):
        body = client_of().get(f"{API}/taxonomy/", {"axis": "data"}).json()
        assert len(body) > 20 and {row["axis"] for row in body} == {"data"}
        assert client_of().get(f"{API}/taxonomy/T1-01/").json()["parent"] == "T1"
        assert client_of().get(f"{API}/taxonomy/T9-99/").status_code == 404


class TestMine:
    def test_needs_an_account(self):
        assert client_of().get(f"{API}/experts/me/").status_code == 401

    def test_begin_change_submit(self):
        person = UserFactory(expert=True)
        client = client_of(person)
        assert client.get(f"{API}/experts/me/").status_code == 404
        for _ in range(2):
            assert client.post(f"{API}/experts/me/").status_code == 201
        facts = {
            "bio": "소개 " * 40,
            "field_codes": {"tech": ["T3-01", "T2-05"], "domain": ["A1-01"]},
            "keywords": ["침수"],
            "monthly_cap": 2,
            "public_sections": ["bio"],
        }
        body = client.patch(f"{API}/experts/me/", facts, format="json").json()
        assert [f["code"] for f in body["fields_of"]] == ["A1-01", "T3-01", "T2-05"]
        assert body["monthly_cap"] == 2 and body["actions"] == ["submit", "withdraw"]
        response = client.post(f"{API}/experts/me/submit/")
        assert response.status_code == 400
        assert {"affiliation", "collection"} <= response.json()["errors"].keys()

    def test_all_parts_or_none(self, expert):
        client = client_of(expert.user)
        facts = {"headline": "새 소개", "field_codes": {"tech": ["T9-99"]}}
        assert client.patch(f"{API}/experts/me/", facts, format="json").status_code == 400
        expert.refresh_from_db()
        assert expert.headline != "새 소개"

    def test_wrong_state_is_a_conflict(self, expert):
        response = client_of(expert.user).post(f"{API}/experts/me/submit/")
        assert response.status_code == 409 and response.json()["state"] == "approved"

    def test_lines(self, expert):
        client = client_of(expert.user)
        url = f"{API}/experts/me/claims/"
        facts = {"kind": "project", "title": "새 과제", "starts_on": "2024-01-02"}
        keyed = {"HTTP_IDEMPOTENCY_KEY": "k1"}
        first = client.post(url, facts, format="json", **keyed)
        assert first.status_code == 201
        assert client.post(url, facts, format="json", **keyed).json()["id"] == first.json()["id"]
        one = f"{url}{first.json()['id']}/"
        changed = client.put(one, {**facts, "title": "고친 과제"}, format="json")
        assert changed.json()["title"] == "고친 과제"
        assert client.get(url, {"kind": "project"}).json()["count"] == 2
        assert client.delete(one).status_code == 204
        assert client.delete(one).status_code == 404

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"title": "x"}, "kind"),
            ({"kind": "nonsense", "title": "x"}, "kind"),
            ({"kind": "project", "title": ""}, "title"),
            ({"kind": "project", "title": "x", "starts_on": "2024-13-01"}, "starts_on"),
            ({"kind": "paper", "title": "가" * 100_000, "starts_on": "2024-01-01"}, "title"),
        ],
    )
    def test_wrong_lines_name_the_field(self, expert, facts, field):
        response = client_of(expert.user).post(f"{API}/experts/me/claims/", facts, format="json")
        assert response.status_code == 400 and field in response.json()["errors"]

    def test_someone_elses_line_is_not_there(self, expert):
        other = ClaimFactory()
        url = f"{API}/experts/me/claims/{other.pk}/"
        client = client_of(expert.user)
        assert client.get(url).status_code == client.delete(url).status_code == 404

    def test_relations(self, expert):
        client = client_of(expert.user)
        url = f"{API}/experts/me/relations/"
        body = {"kind": "adviser", "organisation_name": "다온기술"}
        made = client.post(url, body, format="json")
        assert made.status_code == 201
        ended = client.post(f"{url}{made.json()['id']}/end/").json()
        assert ended["ends_on"]
        assert client.post(url, {"kind": "adviser"}, format="json").status_code == 400


class TestReview:
    def test_walk(self):
        expert = ExpertFactory(submitted=True)
        claim = expert.claims.get()
        Claim.objects.update(verification=Verification.DECLARED)
        claim.refresh_from_db()
        client = client_of(UserFactory(reviewer=True))
        url = f"{API}/expert-reviews/{expert.public_id}/"
        assert client.get(f"{API}/expert-reviews/").json()["count"] == 1
        assert client.post(f"{url}start-review/").json()["state"] == "in_review"
        assert client.post(f"{url}start-review/").status_code == 409
        facts = {"seen": claim.updated_at.isoformat()}
        line = f"{url}claims/{claim.pk}/"
        assert client.post(f"{line}reject/", {"reason": ""}, format="json").status_code == 400
        verified = client.post(f"{line}verify/", facts, format="json").json()
        assert verified["is_verified"]
        assert client.post(f"{line}verify/", facts, format="json").status_code == 409
        assert client.post(f"{line}reset/").json()["verification"] == "declared"
        assert client.post(f"{url}ask-changes/", {"note": " "}, format="json").status_code == 400
        assert client.post(f"{url}approve/").json()["state"] == "approved"
        assert client.post(f"{url}suspend/").status_code == 400
        assert client.post(f"{url}suspend/", {"reason": "확인"}).json()["state"] == "suspended"
        assert client.post(f"{url}resume/").json()["state"] == "approved"
        assert AccessLog.objects.filter(subject_id=str(expert.pk)).exists()

    def test_lines_of_another_profile_are_not_there(self):
        expert, other = ExpertFactory(in_review=True), ClaimFactory()
        url = f"{API}/expert-reviews/{expert.public_id}/claims/{other.pk}/verify/"
        assert client_of(UserFactory(reviewer=True)).post(url).status_code == 404

    @pytest.mark.parametrize("role", ["officer", "expert", "editor"])
    def test_others_may_not(self, role, expert):
        client = client_of(UserFactory(**{role: True}))
        assert client.get(f"{API}/expert-reviews/").status_code == 403
        assert client.get(f"{API}/expert-reviews/{expert.public_id}/").status_code == 403

    @pytest.mark.parametrize("role", ["manager", "administrator"])
    def test_only_reviewers_decide(self, role):
        expert = ExpertFactory(in_review=True)
        url = f"{API}/expert-reviews/{expert.public_id}/approve/"
        assert client_of(UserFactory(**{role: True})).post(url).status_code == 403
        assert Expert.objects.get().state == "in_review"


def test_names_of_routes():
    assert reverse("api:my-profile") == f"{API}/experts/me/"
