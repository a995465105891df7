"""Auditors read everything and change nothing but their own account: by session and by token."""

import pytest
from django.urls import reverse
from rest_framework.authtoken.models import Token

from accounts.conf import OPEN_TO_AUDITORS
from accounts.models import User
from tests.factories.accounts import UserFactory, sign_in
from tests.rights.test_routes import routes

pytestmark = pytest.mark.django_db


def test_an_auditor_is_refused_before_the_view_runs(client):
    sign_in(client, UserFactory(auditor=True))
    person = UserFactory()
    for path in ("/accounts/invitations/new/", f"/accounts/people/{person.pk}/deactivate/"):
        assert client.post(path, {"reason": "x"}).status_code == 403


def test_tokens_are_no_way_around(client):
    auditor = UserFactory(auditor=True)
    headers = {"Authorization": f"Token {Token.objects.create(user=auditor).key}"}
    answer = client.post("/api/v1/attachments/", headers=headers)
    assert answer.status_code == 403
    assert client.get("/api/v1/events/", headers=headers).status_code == 200
    answer = client.patch(
        "/api/v1/me/", {"name_en": "A"}, content_type="application/json", headers=headers
    )
    assert answer.status_code == 200


def test_the_own_account_stays_open(client):
    auditor = UserFactory(auditor=True)
    sign_in(client, auditor)
    facts = {"name_ko": "새 이름", "language": "en"}
    client.post(reverse("accounts:home"), facts)
    assert User.objects.get(pk=auditor.pk).name_ko == "새 이름"


def test_people_with_another_role_beside_are_not_meant():
    from accounts.permissions import may_change_anything

    assert not may_change_anything(UserFactory(auditor=True))
    assert may_change_anything(UserFactory(auditor=True, expert=True))
    assert may_change_anything(UserFactory())


def test_the_list_of_open_routes_names_routes_that_exist():
    assert set(routes()) >= OPEN_TO_AUDITORS
