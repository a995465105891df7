"""Announcements: who sees them, who writes them, and that each change is on record."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.models import Event
from common.errors import NotPermitted
from content import services
from content.models import Announcement
from tests.factories.accounts import UserFactory, sign_in
from tests.factories.content import AnnouncementFactory

pytestmark = pytest.mark.django_db

DATA = {"title_ko": "새 소식", "body_ko": "내용", "published_at": "2026-11-20T09:00"}
OTHERS = ["officer", "expert", "reviewer", "manager", "auditor"]


def test_factory() -> None:
    assert AnnouncementFactory().is_published
    assert not AnnouncementFactory(planned=True).is_published
    assert AnnouncementFactory(korean_only=True).text_language == "ko"


def test_planned_news_is_hidden_from_all_but_editors(client: Client) -> None:
    planned = AnnouncementFactory(planned=True)
    addresses = [f"/news/{planned.pk}/", f"/api/v1/announcements/{planned.pk}/"]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    assert planned.title_ko not in client.get("/").content.decode()
    sign_in(client, UserFactory(editor=True))
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    assert planned.title_ko in client.get("/news/").content.decode()


def test_api_gives_published_news_to_everyone(client: Client) -> None:
    shown = AnnouncementFactory()
    answer = client.get("/api/v1/announcements/").json()
    assert [row["id"] for row in answer["results"]] == [shown.pk]


@pytest.mark.parametrize("role", ["editor", "administrator"])
def test_editors_write_change_and_remove(client: Client, role: str) -> None:
    sign_in(client, UserFactory(**{role: True}))
    client.post("/news/new/", DATA)
    row = Announcement.objects.get()
    assert row.title_ko == "새 소식"
    client.post(f"/news/{row.pk}/edit/", {**DATA, "title_ko": "고친 소식"})
    row.refresh_from_db()
    assert row.title_ko == "고친 소식"
    assert client.get(f"/news/{row.pk}/remove/").status_code == 200
    client.post(f"/news/{row.pk}/remove/")
    assert not Announcement.objects.exists()
    kinds = Event.objects.filter(type__startswith="content.").order_by("pk")
    assert [event.type.rpartition("_")[2] for event in kinds] == ["written", "changed", "removed"]
    assert "소식 ‘고친 소식’ 지움" in kinds.last().sentence


@pytest.mark.parametrize("role", OTHERS)
def test_others_cannot_write(client: Client, role: str) -> None:
    row = AnnouncementFactory()
    user = UserFactory(**{role: True})
    sign_in(client, user)
    for address in ("/news/new/", f"/news/{row.pk}/edit/", f"/news/{row.pk}/remove/"):
        assert client.get(address).status_code == 403
        assert client.post(address, DATA).status_code == 403
    with pytest.raises(NotPermitted):
        services.save_announcement(row, user)
    with pytest.raises(NotPermitted):
        services.remove_announcement(row, user)
    assert Announcement.objects.filter(pk=row.pk).exists()


def test_strangers_are_led_to_the_sign_in_page(client: Client) -> None:
    answer = client.get("/news/new/")
    assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize(
    "change",
    [
        {"title_ko": ""},
        {"body_ko": "  "},
        {"published_at": "2026-13-40"},
        {"published_at": "0001-01-01"},
        {"published_at": "9999-12-31"},
        {"title_ko": "가" * 201},
    ],
)
def test_mistakes_are_told_and_nothing_is_lost(client: Client, change: dict[str, str]) -> None:
    sign_in(client, UserFactory(editor=True))
    answer = client.post("/news/new/", {**DATA, "body_en": "kept text", **change})
    html = answer.content.decode()
    assert answer.status_code == 200 and "data-error-summary" in html and "kept text" in html
    assert not Announcement.objects.exists()


def test_a_failing_record_leaves_nothing_behind(monkeypatch: Any) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("content.events.announcement", fail)
    with pytest.raises(RuntimeError):
        services.save_announcement(AnnouncementFactory.build(), UserFactory(editor=True))
    assert not Announcement.objects.exists()
