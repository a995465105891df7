"""Requests over the API."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from attachments.models import Attachment
from consulting.models import Request
from consulting.transitions import MOVES
from tests.factories.consulting import MessageFactory, RequestFactory, kind, scene

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/requests/"


def post(client, path: str, data: dict | None = None, **headers: str):
    return client.post(path, data or {}, content_type="application/json", headers=headers)


def patch(client, path: str, data: dict):
    return client.patch(path, data, content_type="application/json")


def test_kinds(as_) -> None:
    rows = as_(scene().officer).get("/api/v1/request-kinds/").json()["results"]
    assert rows[0]["code"] == "consulting-quick" and "problem" in rows[0]["fields_wanted"]


def test_create_fill_and_submit(as_) -> None:
    people = scene()
    client = as_(people.officer)
    made = post(
        client, ROOT, {"kind": "poc", "title": " 포트홀\u200b 탐지 "}, **{"Idempotency-Key": "a1"}
    )
    assert made.status_code == 201
    body = made.json()
    assert body["title"] == "포트홀 탐지" and body["state"] == "draft"
    assert [move["name"] for move in body["available_actions"]] == ["submit"]
    path = f"{ROOT}{body['ref']}/"
    refused = post(client, f"{path}submit/")
    assert refused.status_code == 400 and set(refused.json()["errors"]) == {
        "situation", "problem", "ask",
    }  # fmt: skip
    facts = {
        "situation": "현황",
        "problem": "문제",
        "ask": "요청",
        "field_codes": ["T2-01", "D2-01"],
    }
    assert patch(client, path, facts).status_code == 200
    done = post(client, f"{path}submit/").json()
    assert done["state"] == "submitted" and done["number"]
    assert [row["code"] for row in done["wanted_fields"]] == ["D2-01", "T2-01"]
    assert done["next_step"]["who"] == "desk"
    assert post(client, f"{path}submit/").status_code == 409


def test_the_same_key_gives_the_same_request(as_) -> None:
    client = as_(scene().officer)
    first = post(client, ROOT, {"kind": "poc"}, **{"Idempotency-Key": "k"})
    again = post(client, ROOT, {"kind": "poc"}, **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["ref"] == again.json()["ref"]
    long = post(client, ROOT, {"kind": "poc"}, **{"Idempotency-Key": "k" * 65})
    assert long.status_code == 400


def test_keys_of_different_people_are_apart(as_) -> None:
    people = scene()
    refs = {
        post(as_(person), ROOT, {"kind": "poc"}, **{"Idempotency-Key": "k"}).json()["ref"]
        for person in (people.officer, people.colleague)
    }
    assert len(refs) == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"budget": -1}, "budget"),
        ({"deadline": "2020-01-01"}, "deadline"),
        ({"deadline": "내년"}, "deadline"),
        ({"situation": "가" * 100_000}, "situation"),
        ({"field_codes": ["X1-01"]}, "field_codes"),
        ({"field_codes": ["T1-01", "T1-02", "T1-03", "T1-04"]}, "fields"),
        ({"field_codes": ["T1-01", "T1-01"]}, "fields"),
        ({"experts_wanted": 0}, "experts_wanted"),
        ({"stage": "dream"}, "stage"),
    ],
)
def test_bad_values_name_their_field(facts: dict, field: str, as_) -> None:
    people = scene()
    answer = patch(as_(people.officer), f"{ROOT}{people.request.ref}/", facts)
    assert answer.status_code == 400 and field in answer.json()["errors"]
    assert answer["Content-Type"] == "application/problem+json"


def test_a_change_made_meanwhile_is_a_conflict(as_) -> None:
    people = scene()
    client = as_(people.officer)
    path = f"{ROOT}{people.request.ref}/"
    revision = client.get(path).json()["revision"]
    assert patch(client, path, {"title": "하나", "revision": revision}).status_code == 200
    assert patch(client, path, {"title": "둘", "revision": revision}).status_code == 409
    assert client.get(path).json()["title"] == "하나"


@pytest.mark.parametrize(
    ("action", "facts", "state", "end"),
    [
        ("accept", {}, "submitted", "accepted"),
        ("return", {"question": "몇 년치입니까?"}, "submitted", "returned"),
        ("reject", {"reason": "중복"}, "accepted", "rejected"),
        ("withdraw", {"reason": "취소"}, "matching", "withdrawn"),
        ("resubmit", {"answer": "3년치"}, "returned", "submitted"),
    ],
)
def test_moves(action: str, facts: dict, state: str, end: str, as_) -> None:
    people = scene(**{state: True})
    mover = people.officer if action in ("withdraw", "resubmit") else people.manager
    other = people.manager if mover == people.officer else people.officer
    path = f"{ROOT}{people.request.ref}/{action}/"
    assert post(as_(other), path, facts).status_code == 403
    assert post(as_(people.stranger), path, facts).status_code == 404
    assert post(as_(people.auditor), path, facts).status_code == 403
    if facts:
        assert post(as_(mover), path, dict.fromkeys(facts, "")).status_code == 400
    answer = post(as_(mover), path, facts)
    assert answer.status_code == 200 and answer.json()["state"] == end
    assert post(as_(mover), path, facts).status_code == 409


def test_actions_offered_are_those_of_the_table(as_) -> None:
    people = scene(submitted=True)
    body = as_(people.manager).get(f"{ROOT}{people.request.ref}/").json()
    names = [move.name for move in MOVES.available(people.request, people.manager)]
    assert [move["name"] for move in body["available_actions"]] == names
    assert as_(people.auditor).get(f"{ROOT}{people.request.ref}/").json()["available_actions"] == []


def test_lists_show_what_one_sees_and_filter_it(as_) -> None:
    people = scene(submitted=True, title="소화기 배치")
    late = timezone.localdate() - timedelta(days=2)
    RequestFactory(accepted=True, title="남의 요청", next_due=late)

    def titles(person, **query: str) -> list[str]:
        return [row["title"] for row in as_(person).get(ROOT, query).json()["results"]]

    assert titles(people.officer) == ["소화기 배치"]
    assert len(titles(people.manager)) == 2
    assert titles(people.manager, overdue="true") == ["남의 요청"]
    assert titles(people.manager, q="소화기", state="submitted") == ["소화기 배치"]
    assert as_(people.manager).get(ROOT, {"state": "nonsense"}).status_code == 400
    assert as_(None).get(ROOT).status_code == 401


def test_messages(as_) -> None:
    people = scene(submitted=True)
    path = f"{ROOT}{people.request.ref}/messages/"
    MessageFactory(request=people.request, author=people.manager)
    client = as_(people.officer)
    assert post(client, path, {"body": "자료를 찾았습니다."}).status_code == 201
    assert post(client, path, {"body": "자료를 찾았습니다."}).status_code == 409
    assert post(client, path, {"body": ""}).status_code == 400
    assert [row["kind"] for row in client.get(path).json()] == ["question", "note"]
    assert as_(people.stranger).get(path).status_code == 404


def test_files(as_, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    people = scene()
    client = as_(people.officer)
    path = f"{ROOT}{people.request.ref}/files/"
    good = SimpleUploadedFile("현황.txt", "상담 기록 목록".encode())
    answer = client.post(path, {"file": good})
    assert answer.status_code == 201, answer.json()
    file_id = answer.json()[0]["id"]
    bad = SimpleUploadedFile("run.exe", b"MZ" + b"\x00" * 64)
    assert client.post(path, {"file": bad}).status_code == 400
    assert as_(people.stranger).get(path).status_code == 404
    assert as_(people.manager).get(path).status_code == 404  # not filed yet
    assert len(as_(people.auditor).get(path).json()) == 1
    assert as_(people.auditor).delete(f"{path}{file_id}/").status_code == 403
    assert client.delete(f"{path}{file_id}/").status_code == 204
    assert client.delete(f"{path}{file_id}/").status_code == 404
    assert not Attachment.objects.exists()


def test_a_draft_can_be_thrown_away_with_its_files(as_, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    people = scene()
    client = as_(people.officer)
    path = f"{ROOT}{people.request.ref}/"
    client.post(f"{path}files/", {"file": SimpleUploadedFile("a.txt", b"text")})
    assert client.delete(path).status_code == 204
    assert not Request.objects.exists() and not Attachment.objects.exists()


def test_assign(as_) -> None:
    people = scene(submitted=True)
    path = f"{ROOT}{people.request.ref}/assign/"
    assert post(as_(people.manager), path, {"manager": people.officer.pk}).status_code == 400
    answer = post(as_(people.administrator), path, {"manager": people.manager.pk})
    assert answer.json()["manager"]["id"] == people.manager.pk
    assert post(as_(people.manager), path, {"manager": people.manager.pk}).status_code == 409


def test_suggestions(as_) -> None:
    client = as_(scene().officer)
    rows = post(client, f"{ROOT}suggestions/", {"text": "LLM 챗봇으로 민원에 답합니다"}).json()
    assert {"T1-02", "T1-04", "D1-03"} <= {row["code"] for row in rows}
    assert post(client, f"{ROOT}suggestions/", {"text": ""}).json() == []


def test_people_who_file_nothing_are_told_so(as_) -> None:
    people = scene()
    for person in (people.manager, people.auditor, people.administrator):
        assert post(as_(person), ROOT, {"kind": "poc"}).status_code == 403
    assert post(as_(people.officer), ROOT, {"kind": "no-such"}).status_code == 400
    assert kind("poc").request_set.count() == 0


def test_queries_of_the_list_do_not_grow(as_, django_assert_max_num_queries) -> None:
    people = scene(submitted=True)
    client = as_(people.manager)
    client.get(ROOT)
    for _ in range(8):
        RequestFactory(accepted=True)
    with django_assert_max_num_queries(8):
        client.get(ROOT)
