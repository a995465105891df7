"""The ways in and out: sign-in and its lock, invitations, registration, forgotten passwords."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import services
from accounts.models import (
    ConsentDocument,
    ConsentRecord,
    Invitation,
    Organisation,
    PendingSignup,
    RoleGrant,
    User,
)
from accounts.tokens import digest
from audit.models import Event
from common.errors import Conflict, MissingFacts
from notifications.models import OutboxMessage
from tests.factories.accounts import (
    INVITATION_TOKEN,
    PASSWORD,
    DepartmentFactory,
    InvitationFactory,
    RoleGrantFactory,
    UserFactory,
    sign_in,
)

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
NEW = "another-long-password"


def try_sign_in(client, email, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": email, "password": password, **more})


def link_in_last_mail() -> str:
    """The path of the first link of the newest mail."""
    body = OutboxMessage.objects.order_by("-pk")[0].body
    return re.search(r"https?://[^/\s]+(/\S+)", body).group(1)


def kinds(*codes):
    return list(ConsentDocument.objects.filter(kind__in=codes).values_list("pk", flat=True))


def test_the_factories_make_valid_people():
    person = UserFactory(officer=True, expert=True)
    person.full_clean()
    assert person.roles() == {"officer", "expert"}
    assert person.check_password(PASSWORD)
    Organisation.objects.get(pk=person.department_id).full_clean()
    assert InvitationFactory(expired=True).state == "expired"


class TestSignIn:
    def test_people_return_to_the_page_they_came_from(self, client):
        person = UserFactory(auditor=True)
        answer = client.get(reverse("audit:events"), {"type": "accounts.signed_in"})
        assert answer.status_code == 302
        answer = client.post(answer.url, {"username": person.email.upper(), "password": PASSWORD})
        assert answer.url == "/audit/?type=accounts.signed_in"
        assert Event.objects.filter(type="accounts.signed_in", actor=person).exists()

    @pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:x"])
    def test_nobody_is_led_off_the_site(self, client, bad):
        answer = try_sign_in(client, UserFactory().email, next=bad)
        assert answer.url == "/"

    def test_a_form_sent_without_a_session_returns_to_its_page(self, client):
        answer = client.post(reverse("accounts:invite"), {"email": "x"}, follow=True)
        assert "next=%2Faccounts%2Finvitations%2Fnew%2F" in answer.redirect_chain[-1][0]
        assert "되살릴 수 있습니다" in answer.content.decode()

    def test_htmx_is_sent_to_the_sign_in_page(self, client):
        page = "http://testserver/accounts/people/?q=a"
        headers = {"HX-Request": "true", "HX-Current-URL": page}
        answer = client.get(reverse("accounts:people"), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"].endswith("next=%2Faccounts%2Fpeople%2F%3Fq%3Da")

    def test_unknown_closed_and_wrong_read_the_same(self, client):
        known, closed = UserFactory(), UserFactory(closed=True)
        answers = [
            try_sign_in(client, known.email, "wrong-password"),
            try_sign_in(client, "nobody@example.org"),
            try_sign_in(client, closed.email),
        ]
        texts = {re.sub(r'value="[^"]*"', "", a.content.decode()) for a in answers}
        assert {a.status_code for a in answers} == {200} and len(texts) == 1

    @pytest.mark.parametrize("known", [True, False])
    def test_repeated_failures_lock_the_sign_in_and_say_for_how_long(self, client, known):
        email = UserFactory().email if known else "nobody@example.org"
        for _attempt in range(5):
            answer = try_sign_in(client, email, "wrong-password")
        assert answer.status_code == 429 and "15분" in answer.content.decode()
        assert 0 < int(answer.headers["Retry-After"]) <= 900
        answer = try_sign_in(client, email)
        assert answer.status_code == 429
        assert Event.objects.filter(type="accounts.locked_out").count() == int(known)

    def test_the_lock_follows_the_address_whatever_its_case(self, client):
        email = UserFactory().email
        for attempt in range(5):
            written = email.upper() if attempt % 2 else email
            answer = try_sign_in(client, written, "wrong-password")
        assert answer.status_code == 429

    def test_a_new_password_ends_the_lock(self, client):
        person = UserFactory()
        for _attempt in range(5):
            try_sign_in(client, person.email, "wrong-password")
        services.start_reset(person.email)
        page = client.get(link_in_last_mail(), follow=True)
        address = page.redirect_chain[-1][0]
        client.post(address, {"new_password1": NEW, "new_password2": NEW})
        assert try_sign_in(client, person.email, NEW).status_code == 302

    def test_the_api_locks_too(self, client):
        person = UserFactory()
        for _attempt in range(5):
            facts = {"email": person.email, "password": "wrong-password"}
            answer = client.post("/api/v1/token/", facts, content_type="application/json")
        assert answer.status_code == 429
        assert answer.headers["Content-Type"] == "application/problem+json"
        facts = {"email": person.email, "password": PASSWORD}
        answer = client.post("/api/v1/token/", facts, content_type="application/json")
        assert answer.status_code == 429

    def test_a_token_signs_programs_in(self, client):
        person = UserFactory()
        facts = {"email": person.email, "password": PASSWORD}
        token = client.post("/api/v1/token/", facts, content_type="application/json").json()[
            "token"
        ]
        answer = client.get("/api/v1/me/", headers={"Authorization": f"Token {token}"})
        assert answer.json()["email"] == person.email

    def test_signing_out_ends_the_session(self, client):
        person = UserFactory()
        sign_in(client, person)
        assert client.post(reverse("accounts:logout")).status_code == 302
        assert client.get(reverse("accounts:home")).status_code == 302
        assert client.post(reverse("accounts:logout")).status_code == 302  # a second click


class TestReset:
    def test_known_and_unknown_addresses_get_the_same_answer(self, client):
        person = UserFactory()
        pages = [
            client.post(reverse("accounts:password_reset"), {"email": email})
            for email in (person.email, "nobody@example.org", UserFactory(closed=True).email)
        ]
        assert len({(page.status_code, page.url) for page in pages}) == 1
        assert OutboxMessage.objects.get().to == person.email

    def test_a_second_click_sends_no_second_mail(self):
        person = UserFactory()
        services.start_reset(person.email)
        services.start_reset(person.email)
        assert OutboxMessage.objects.count() == 1

    def test_the_link_works_once_and_ends_the_token(self, client):
        person = UserFactory()
        services.create_token(person.pk)
        services.start_reset(person.email)
        link = link_in_last_mail()
        address = client.get(link, follow=True).redirect_chain[-1][0]
        client.post(address, {"new_password1": NEW, "new_password2": NEW})
        person.refresh_from_db()
        assert person.check_password(NEW)
        assert not Token.objects.filter(user=person).exists()
        assert "기한이 지난" in client.get(link, follow=True).content.decode()


class TestInvitation:
    def test_the_whole_way_in(self, client):
        department = DepartmentFactory()
        boss = UserFactory(administrator=True)
        services.invite("New@Example.org", "officer", department, by=boss, name_ko="박초대")
        link = link_in_last_mail()
        page = client.get(link)
        assert "박초대" in page.content.decode()
        facts = {
            "name_ko": "박초대",
            "password1": NEW,
            "password2": NEW,
            "consent_collection": "on",
        }
        answer = client.post(link, facts, follow=True)
        assert answer.status_code == 200
        person = User.objects.get(email="new@example.org")
        assert person.department == department and person.roles() == {"officer"}
        assert ConsentRecord.objects.get(person=person).agreed
        assert client.get(link).status_code == 404
        assert "초대를 받아들임" in Event.objects.get(type="accounts.invitation_accepted").sentence

    def test_the_required_consent_is_needed_and_nothing_is_ticked(self, client):
        InvitationFactory()
        link = reverse("accounts:invitation", args=[INVITATION_TOKEN])
        assert "checked" not in client.get(link).content.decode()
        facts = {"name_ko": "박", "password1": NEW, "password2": NEW}
        assert client.post(link, facts).status_code == 200
        assert not User.objects.filter(name_ko="박").exists()

    @pytest.mark.parametrize(
        ("first", "second"), [(NEW, NEW + "x"), ("short", "short"), ("1234567890", "1234567890")]
    )
    def test_weak_and_different_passwords_are_refused(self, client, first, second):
        InvitationFactory()
        facts = {
            "name_ko": "박",
            "password1": first,
            "password2": second,
            "consent_collection": "on",
        }
        link = reverse("accounts:invitation", args=[INVITATION_TOKEN])
        assert client.post(link, facts).status_code == 200
        assert not User.objects.filter(name_ko="박").exists()

    @pytest.mark.parametrize("trait", ["expired", "revoked"])
    def test_dead_links_say_so(self, client, trait):
        InvitationFactory(**{trait: True})
        link = reverse("accounts:invitation", args=[INVITATION_TOKEN])
        assert client.get(link).status_code == 404
        with pytest.raises(Conflict):
            services.accept_invitation(
                INVITATION_TOKEN, name_ko="a", name_en="", password=NEW, agreed=[], ip=None
            )

    def test_sending_again_kills_the_old_link(self, client):
        row = InvitationFactory(expired=True)
        services.resend_invitation(row.pk, by=row.invited_by)
        old = reverse("accounts:invitation", args=[INVITATION_TOKEN])
        assert client.get(old).status_code == 404
        assert client.get(link_in_last_mail()).status_code == 200

    def test_one_open_invitation_per_address(self):
        row = InvitationFactory()
        with pytest.raises(MissingFacts):
            services.invite(row.email.upper(), "officer", row.department, by=row.invited_by)
        services.revoke_invitation(row.pk, by=row.invited_by)
        services.invite(row.email, "officer", row.department, by=row.invited_by)

    def test_an_address_with_an_account_is_not_invited(self):
        boss = UserFactory(administrator=True)
        with pytest.raises(MissingFacts):
            services.invite(boss.email, "officer", DepartmentFactory(), by=boss)

    def test_somebody_who_registered_meanwhile_accepts_after_signing_in(self, client):
        row = InvitationFactory()
        person = UserFactory(email=row.email, expert=True)
        link = reverse("accounts:invitation", args=[INVITATION_TOKEN])
        assert client.get(link).url.startswith(LOGIN)
        sign_in(client, person)
        client.post(link)
        person = User.objects.get(pk=person.pk)
        assert person.roles() == {"officer", "expert"} and person.department == row.department

    def test_accepting_ends_what_was_bound_to_the_old_department(self, client):
        old = UserFactory(officer=True)
        RoleGrantFactory(user=old, role="officer", scope=old.department.root)
        row = InvitationFactory(email=old.email, role="reviewer")
        sign_in(client, old)
        client.post(reverse("accounts:invitation", args=[INVITATION_TOKEN]))
        person = User.objects.get(pk=old.pk)
        assert person.department == row.department and person.roles() == {"reviewer"}
        assert Event.objects.filter(type="accounts.department_changed").count() == 1

    def test_nobody_accepts_for_somebody_else(self, client):
        row = InvitationFactory()
        UserFactory(email=row.email)
        sign_in(client, UserFactory())
        assert (
            client.post(reverse("accounts:invitation", args=[INVITATION_TOKEN])).status_code == 409
        )
        assert Invitation.objects.get(pk=row.pk).state == "open"


class TestSignup:
    facts = {"email": "Expert@Example.org", "name_ko": "이전문", "consent_collection": "on"}

    def test_the_whole_way_in(self, client):
        answer = client.post(reverse("accounts:signup"), self.facts, follow=True)
        assert "expert@example.org" in answer.content.decode()
        assert not User.objects.exists()
        link = link_in_last_mail()
        client.get(link)
        assert not User.objects.exists()  # opening alone does nothing
        answer = client.post(link, {"password1": NEW, "password2": NEW})
        assert answer.status_code == 302
        person = User.objects.get(email="expert@example.org")
        assert person.roles() == {"expert"}
        assert client.get(reverse("accounts:home")).status_code == 200
        assert client.get(link).status_code == 404
        agreed = dict(person.consents.values_list("document__kind", "agreed"))
        assert agreed == {"collection": True, "public_profile": False, "department_sharing": False}

    def test_optional_consents_are_ticked_separately(self, client):
        client.post(reverse("accounts:signup"), {**self.facts, "consent_public_profile": "on"})
        client.post(link_in_last_mail(), {"password1": NEW, "password2": NEW})
        agreed = dict(ConsentRecord.objects.values_list("document__kind", "agreed"))
        assert agreed["public_profile"] and not agreed["department_sharing"]

    def test_without_the_required_consent_nothing_is_kept(self, client):
        facts = {key: value for key, value in self.facts.items() if key != "consent_collection"}
        answer = client.post(reverse("accounts:signup"), facts)
        assert answer.status_code == 200 and "이전문" in answer.content.decode()
        assert not PendingSignup.objects.exists()

    def test_a_known_address_gets_the_same_answer_and_another_mail(self, client):
        person = UserFactory()
        known = client.post(reverse("accounts:signup"), {**self.facts, "email": person.email})
        other = client.post(reverse("accounts:signup"), self.facts)
        assert known.url == other.url and known.status_code == other.status_code
        assert "이미 계정" in OutboxMessage.objects.get(to=person.email).subject

    def test_two_clicks_send_one_mail(self, client):
        for _click in range(2):
            client.post(reverse("accounts:signup"), self.facts)
        assert OutboxMessage.objects.count() == 1

    def test_one_place_cannot_write_to_any_number_of_strangers(self, client, settings):
        settings.SIGNUPS_PER_HOUR = 2
        for number in range(3):
            facts = {**self.facts, "email": f"n{number}@example.org"}
            answer = client.post(reverse("accounts:signup"), facts)
        assert answer.status_code == 200 and OutboxMessage.objects.count() == 2

    def test_a_late_confirmation_is_refused_and_forgotten(self, client):
        client.post(reverse("accounts:signup"), self.facts)
        link = link_in_last_mail()
        PendingSignup.objects.update(expires_at=timezone.now())
        assert client.get(link).status_code == 404
        assert services.purge_signups() == 1

    def test_a_used_link_says_so(self):
        PendingSignup.objects.create(
            email=UserFactory().email,
            name_ko="a",
            token_hash=digest("t"),
            expires_at=timezone.now() + timedelta(hours=1),
        )
        with pytest.raises(Conflict):
            services.confirm_signup("t", password=NEW)

    def test_english_pages_write_english_addresses(self, client):
        client.post("/en/accounts/signup/", self.facts)
        assert link_in_last_mail().startswith("/en/accounts/signup/confirm/")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "가",
        "나" * 100_000,
        "👩‍🔬 Ana 金",
        "a\x00b",
        "\ue000\ue001",
        "<script>alert(1)</script>",
    ],
)
def test_strange_names_get_an_answer(client, name):
    facts = {"email": "a@example.org", "name_ko": name, "consent_collection": "on"}
    answer = client.post(reverse("accounts:signup"), facts)
    assert answer.status_code in (200, 302)
    answer = client.get(reverse("accounts:login"))
    assert b"<script>alert" not in answer.content


def test_grants_of_new_people_go_on_record(client):
    InvitationFactory()
    services.accept_invitation(
        INVITATION_TOKEN,
        name_ko="김",
        name_en="",
        password=NEW,
        agreed=kinds("collection"),
        ip=None,
    )
    grant = RoleGrant.objects.latest("pk")
    event = Event.objects.get(type="accounts.role_granted", data__grant=grant.pk)
    assert "부서 담당자" in event.sentence


def test_a_changed_password_ends_the_token(client):
    person = UserFactory()
    services.create_token(person.pk)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    facts = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post(reverse("accounts:password_change"), facts).status_code == 302
    assert not Token.objects.filter(user=person).exists()
