"""Errors of the API: what is sent is bounded, every answer is a problem with a sentence."""

import json

import pytest
from django.test import Client

from accounts.services.own import create_token
from consulting import services
from consulting.models import Request
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.consulting import scene

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/requests/"


@pytest.fixture
def officer(client):
    sign_in(client, UserFactory(officer=True))
    return client


def problem(answer, status: int) -> dict:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status and body["title"]
    return body


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"[" * 100_000, "application/json", 400),
        (b'{"kind": {"a": ' * 5_000, "application/json", 400),
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b"null", "application/json", 400),
        (b'{"budget": NaN}', "application/json", 400),
        (b"1" * 5_000, "application/json", 400),
        (b"{}", "application/json; charset=bogus", 400),
        (rb'{"kind": "\ud800"}', "application/json", 400),
        (rb'{"kind": "poc", "title": "\uDC00", "\ud83d": 1}', "application/json", 400),
        (rb'{"kind": "poc", "stage": "\ud83d"}', "application/json", 400),
        (b"xx", "multipart/form-data", 400),
        (b"xx", "multipart/form-data; boundary=zz", 400),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"xx", "text/plain", 415),
    ],
    ids=lambda value: str(value)[:24],
)
def test_bodies_that_cannot_be_read(officer, body, kind, status) -> None:
    problem(officer.generic("POST", ROOT, body, content_type=kind), status)
    assert not Request.objects.exists()


def test_whole_characters_are_kept_however_they_are_written(officer) -> None:
    body = rb'{"kind": "poc", "title": "\ud83d\ude92 \uac00"}'
    answer = officer.generic("POST", ROOT, body, content_type="application/json")
    assert answer.status_code == 201 and answer.json()["title"] == "🚒 가"


def test_a_body_that_is_too_long_is_not_read(officer, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    facts = json.dumps({"kind": "poc", "title": "가" * 100})
    problem(officer.post(ROOT, facts, content_type="application/json"), 413)
    token = {"Authorization": f"Token {create_token(UserFactory(officer=True).pk)}"}
    answer = Client().post(ROOT, facts, content_type="application/json", headers=token)
    problem(answer, 413)
    assert not Request.objects.exists()


def test_a_row_that_is_gone_between_the_look_and_the_lock(as_gone) -> None:
    """The second of two clicks on "delete": the row was there when the page looked."""
    client, path, ref = as_gone
    problem(client.delete(f"{ROOT}{ref}/"), 404)
    assert client.post(path).status_code == 404


@pytest.fixture
def as_gone(client, monkeypatch):
    people = scene()
    record = people.request
    ref, pk = record.ref, record.pk
    sign_in(client, people.officer)
    services.discard_draft(pk, people.officer)
    monkeypatch.setattr("consulting.pages.drafting.find", lambda request, ref: record)
    monkeypatch.setattr(
        "consulting.api.views.RequestViewSet._find", lambda view, ref: Request(pk=pk)
    )
    return client, f"/requests/{ref}/discard/", ref
