"""Roles with scope and period, moves between departments, closing accounts."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import handover, permissions, services
from accounts.models import Organisation, RoleGrant, User
from accounts.selectors import people, staff_with_role
from accounts.signals import account_changed
from audit.models import AccessLog, Event
from common.errors import Conflict, MissingFacts, NotPermitted
from notifications.models import Notice
from tests.factories.accounts import (
    DepartmentFactory,
    OrganisationFactory,
    RoleGrantFactory,
    UserFactory,
    sign_in,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def boss():
    return UserFactory(administrator=True)


def again(user):
    return User.objects.get(pk=user.pk)


class TestScope:
    def test_an_officer_sees_the_own_department(self):
        officer = UserFactory(officer=True)
        DepartmentFactory(parent=officer.department.root)
        assert permissions.officer_scope(officer) == {officer.department_id}

    def test_a_grant_for_the_institution_covers_everything_below_it(self):
        officer = UserFactory()
        top = officer.department.root
        RoleGrantFactory(user=officer, role="officer", scope=top)
        sister = DepartmentFactory(parent=top)
        team = DepartmentFactory(parent=sister)
        DepartmentFactory()  # of somebody else
        everything = {top.pk, officer.department_id, sister.pk, team.pk}
        assert permissions.officer_scope(officer) == everything

    def test_nobody_else_has_a_scope(self):
        for person in (UserFactory(), UserFactory(manager=True), UserFactory(closed=True)):
            assert permissions.officer_scope(person) == frozenset()

    def test_the_tree_is_read_level_by_level(self, django_assert_num_queries):
        officer = UserFactory()
        top = officer.department.root
        for _number in range(10):
            DepartmentFactory(parent=top)
        RoleGrantFactory(user=officer, role="officer", scope=top)
        officer = again(officer)
        with django_assert_num_queries(3):
            permissions.officer_scope(officer)
            permissions.officer_scope(officer)


class TestPeriods:
    @pytest.mark.parametrize(
        ("start", "end", "holds"),
        [(0, None, True), (-5, 0, True), (-5, -1, False), (1, None, False), (1, 5, False)],
    )
    def test_a_role_holds_in_its_period(self, start, end, holds):
        ends_on = None if end is None else TODAY() + timedelta(days=end)
        starts_on = TODAY() + timedelta(days=start)
        grant = RoleGrantFactory(role="manager", starts_on=starts_on, ends_on=ends_on)
        assert again(grant.user).has_role("manager") is holds
        assert grant.is_in_force is holds
        assert (grant.user in staff_with_role("manager")) is holds

    def test_an_expired_role_can_be_given_again(self, boss):
        old = RoleGrantFactory(
            role="manager",
            starts_on=TODAY() - timedelta(days=9),
            ends_on=TODAY() - timedelta(days=1),
        )
        services.grant_role(old.user_id, "manager", by=boss, reason="연장")
        assert again(old.user).has_role("manager")
        assert old.user.role_grants.count() == 2


class TestGrants:
    def test_a_role_is_given_recorded_and_told(self, boss):
        person = UserFactory()
        services.grant_role(person.pk, "manager", by=boss, reason="인사 발령")
        assert again(person).has_role("manager")
        sentence = Event.objects.get(type="accounts.role_granted").sentence
        assert person.name_ko in sentence and "인사 발령" in sentence and "사례 관리자" in sentence
        assert Notice.objects.filter(person=person).exists()

    def test_a_second_click_is_a_conflict(self, boss):
        person = UserFactory()
        services.grant_role(person.pk, "manager", by=boss, reason="x")
        with pytest.raises(Conflict):
            services.grant_role(person.pk, "manager", by=boss, reason="x")

    def test_a_role_is_taken_back_at_once_and_kept_in_the_history(self, boss):
        grant = RoleGrantFactory(role="manager")
        services.revoke_role(grant.pk, by=boss, reason="전보")
        assert not again(grant.user).has_role("manager")
        assert RoleGrant.objects.get(pk=grant.pk).end_reason == "전보"
        with pytest.raises(Conflict):
            services.revoke_role(grant.pk, by=boss, reason="전보")

    def test_taking_back_needs_a_reason(self, boss):
        with pytest.raises(MissingFacts):
            services.revoke_role(RoleGrantFactory().pk, by=boss, reason="  ")

    def test_nobody_changes_the_own_rights(self, boss):
        with pytest.raises(NotPermitted):
            services.grant_role(boss.pk, "manager", by=boss, reason="x")
        with pytest.raises(NotPermitted):
            services.deactivate(boss.pk, by=boss, reason="x")

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"role": "king"}, "role"),
            ({"role": "manager", "ends_on": timezone.localdate() - timedelta(days=1)}, "ends_on"),
        ],
    )
    def test_wrong_facts_are_named(self, boss, facts, field):
        with pytest.raises(MissingFacts) as error:
            services.grant_role(UserFactory().pk, by=boss, reason="x", **facts)
        assert field in error.value.message_dict

    def test_people_without_a_department_are_no_officers(self, boss):
        with pytest.raises(MissingFacts):
            services.grant_role(UserFactory(department=None).pk, "officer", by=boss, reason="x")

    def test_closed_accounts_get_no_role(self, boss):
        with pytest.raises(MissingFacts):
            services.grant_role(UserFactory(closed=True).pk, "officer", by=boss, reason="x")

    def test_auditors_hold_no_other_role(self, boss):
        with pytest.raises(MissingFacts):
            services.grant_role(UserFactory(auditor=True).pk, "manager", by=boss, reason="x")
        with pytest.raises(MissingFacts):
            services.grant_role(UserFactory(manager=True).pk, "auditor", by=boss, reason="x")

    def test_staff_can_be_experts_too(self, boss):
        person = UserFactory(manager=True)
        services.grant_role(person.pk, "expert", by=boss, reason="내부 전문가")
        assert again(person).roles() == {"manager", "expert"}


class TestMoves:
    def test_roles_of_the_old_department_end_with_it(self, boss):
        person = UserFactory(officer=True, expert=True)
        new = DepartmentFactory()
        services.change_department(person.pk, new, by=boss, reason="전보")
        person = again(person)
        assert person.department == new and person.roles() == {"expert"}
        sentence = Event.objects.get(type="accounts.department_changed").sentence
        assert str(new) in sentence and "전보" in sentence

    @pytest.mark.parametrize("place", [None, "same", "unused"])
    def test_a_move_leads_somewhere_else(self, boss, place):
        person = UserFactory()
        chosen = {
            None: None, "same": person.department, "unused": DepartmentFactory(is_active=False),
        }  # fmt: skip
        with pytest.raises(MissingFacts):
            services.change_department(person.pk, chosen[place], by=boss, reason="x")


class TestClosing:
    def test_sessions_tokens_and_roles_end_at_once(self, boss, client):
        person = UserFactory(manager=True)
        token = Token.objects.create(user=person).key
        sign_in(client, person)
        assert client.get(reverse("accounts:home")).status_code == 200
        services.deactivate(person.pk, by=boss, reason="퇴직")
        assert client.get(reverse("accounts:home")).status_code == 302
        headers = {"Authorization": f"Token {token}"}
        assert client.get("/api/v1/me/", headers=headers).status_code == 401
        assert not RoleGrant.objects.in_force().filter(user=person).exists()

    def test_old_sessions_stay_dead_after_opening_again(self, boss, client):
        person = UserFactory()
        sign_in(client, person)
        services.deactivate(person.pk, by=boss, reason="휴직")
        services.reactivate(person.pk, by=boss, reason="복직")
        assert client.get(reverse("accounts:home")).status_code == 302
        assert again(person).is_active and not again(person).roles()

    def test_twice_is_a_conflict(self, boss):
        person = UserFactory()
        with pytest.raises(Conflict):
            services.reactivate(person.pk, by=boss, reason="x")
        services.deactivate(person.pk, by=boss, reason="x")
        with pytest.raises(Conflict):
            services.deactivate(person.pk, by=boss, reason="x")

    def test_the_signal_comes_after_commit(self, boss, django_capture_on_commit_callbacks):
        heard = []

        def listen(user_id, active, **facts):
            heard.append((user_id, active))

        account_changed.connect(listen)
        person = UserFactory()
        with django_capture_on_commit_callbacks(execute=True):
            services.deactivate(person.pk, by=boss, reason="x")
            assert heard == []
        account_changed.disconnect(listen)
        assert heard == [(person.pk, False)]

    def test_open_work_is_named_before_it_is_too_late(self, boss, client, monkeypatch):
        monkeypatch.setattr(
            handover, "_sources", [lambda person: [("담당 요청 3건", "/requests/")]]
        )
        sign_in(client, boss)
        page = client.get(reverse("accounts:deactivate", args=[UserFactory().pk]))
        assert "담당 요청 3건" in page.content.decode()

    def test_people_close_their_own_account(self, client):
        person = UserFactory(expert=True)
        sign_in(client, person)
        client.post(reverse("accounts:leave"))
        assert not again(person).is_active

    def test_the_last_administrator_stays(self, boss):
        with pytest.raises(Conflict):
            services.leave(boss.pk)
        UserFactory(administrator=True)
        services.leave(boss.pk)


class TestOrganisations:
    rows = [
        {"code": "team", "name_ko": "데이터팀", "parent": "office"},
        {"code": "office", "name_ko": "디지털정책과", "parent": "city"},
        {
            "code": "city",
            "name_ko": "디지털도시국",
            "name_en": "Digital City",
            "kind": "headquarters",
        },
    ]

    def test_rows_load_in_any_order_and_again(self):
        first = services.load_organisations(self.rows)
        assert services.load_organisations(self.rows) == first
        team = Organisation.objects.get(code="team")
        assert team.root.code == "city" and team.kind == "headquarters"
        assert str(team) == "디지털도시국 > 데이터팀"

    @pytest.mark.parametrize(
        "parents", [("b", "a"), ("nowhere", "a")], ids=["circle", "unknown parent"]
    )
    def test_broken_trees_are_refused(self, parents):
        rows = [
            {"code": code, "name_ko": code, "kind": "office", "parent": parent}
            for code, parent in zip("ab", parents, strict=True)
        ]
        with pytest.raises(ValueError, match="parent"):
            services.load_organisations(rows)

    def test_moving_a_branch_moves_what_is_below(self):
        services.load_organisations(self.rows)
        other = OrganisationFactory(district=True)
        office = Organisation.objects.get(code="office")
        office.parent = other
        office.save()
        assert Organisation.objects.get(code="team").root == other

    def test_the_tree_has_no_circle(self, boss):
        services.load_organisations(self.rows)
        office = Organisation.objects.get(code="office")
        office.parent = Organisation.objects.get(code="team")
        with pytest.raises(MissingFacts):
            services.save_organisation(office, by=boss)

    def test_places_with_people_stay_in_use(self, boss):
        place = UserFactory().department
        place.is_active = False
        with pytest.raises(MissingFacts):
            services.save_organisation(place, by=boss)


class TestPages:
    def test_search_finds_by_name_address_role_and_institution(self):
        wanted = UserFactory(name_ko="홍길동", manager=True)
        UserFactory()
        assert list(people("길동")) == list(people(wanted.email)) == [wanted]
        assert wanted in people(role="manager") and people(role="manager").count() == 1
        assert list(people("홍", organisation_id=wanted.department.root_id)) == [wanted]

    def test_queries_do_not_grow_with_people(self, boss, client, django_assert_max_num_queries):
        sign_in(client, boss)
        for _number in range(3):
            UserFactory(manager=True, expert=True)
        client.get(reverse("accounts:people"))
        for _number in range(15):
            UserFactory(manager=True, expert=True)
        with django_assert_max_num_queries(20):
            client.get(reverse("accounts:people"))

    def test_looking_at_a_person_is_logged(self, boss, client):
        person = UserFactory()
        sign_in(client, boss)
        client.get(reverse("accounts:person", args=[person.pk]))
        row = AccessLog.objects.get(subject_id=str(person.pk))
        assert row.viewer == boss and row.action == "view"

    @pytest.mark.parametrize(
        "query", ["?page=999", "?page=x", "?q=%00", "?organisation=9e9", "?role=x"]
    )
    def test_wrong_queries_get_an_answer(self, boss, client, query):
        sign_in(client, boss)
        assert client.get(reverse("accounts:people") + query).status_code == 200

    def test_unknown_people_are_404(self, boss, client):
        sign_in(client, boss)
        for pk in (0, 10**30):
            assert client.get(f"/accounts/people/{pk}/").status_code == 404
            assert client.get(f"/api/v1/people/{pk}/").status_code == 404

    def test_errors_of_services_stand_at_the_form(self, boss, client):
        person = UserFactory(manager=True)
        sign_in(client, boss)
        answer = client.post(
            reverse("accounts:grant", args=[person.pk]), {"role": "manager", "reason": "두 번"}
        )
        assert answer.status_code == 400
        text = answer.content.decode()
        assert "이미 가지고 있는 역할입니다." in text and "두 번" in text

    def test_forms_carry_out_what_they_say(self, boss, client):
        person, place = UserFactory(officer=True), DepartmentFactory()
        sign_in(client, boss)
        client.post(
            reverse("accounts:move", args=[person.pk]), {"department": place.pk, "reason": "전보"}
        )
        client.post(
            reverse("accounts:grant", args=[person.pk]), {"role": "officer", "reason": "전보"}
        )
        person = again(person)
        assert person.department == place and person.roles() == {"officer"}
        grant = person.role_grants.in_force().get()
        client.post(reverse("accounts:revoke", args=[grant.pk]), {"reason": "끝"})
        client.post(reverse("accounts:deactivate", args=[person.pk]), {"reason": "퇴직"})
        assert not again(person).is_active and not again(person).role_grants.in_force().exists()
        client.post(reverse("accounts:reactivate", args=[person.pk]), {"reason": "복직"})
        assert again(person).is_active

    @pytest.mark.parametrize("prefix", ["", "/en"])
    def test_pages_exist_in_both_languages(self, boss, client, prefix):
        sign_in(client, boss)
        pages = ("", "people/", "invitations/", "invitations/new/", "organisations/")
        for path in pages:
            assert client.get(f"{prefix}/accounts/{path}").status_code == 200


class TestApi:
    def test_people_are_administered_through_the_same_services(self, boss, client):
        person, place = UserFactory(), DepartmentFactory()
        sign_in(client, boss)

        def post(action, **facts):
            path = f"/api/v1/people/{person.pk}/{action}/"
            return client.post(path, facts, content_type="application/json")

        assert post("grant", role="officer", reason="x").status_code == 200
        assert post("grant", role="officer", reason="x").status_code == 409
        assert post("grant", role="king", reason="x").status_code == 400
        assert post("move", department=place.pk, reason="x").json()["department"]["id"] == place.pk
        assert post("deactivate", reason="").status_code == 400
        assert post("deactivate", reason="x").json()["is_active"] is False
        assert post("reactivate", reason="x").json()["is_active"] is True

    def test_invitations(self, boss, client):
        sign_in(client, boss)
        facts = {"email": "n@example.org", "role": "officer", "department": DepartmentFactory().pk}
        answer = client.post("/api/v1/invitations/", facts, content_type="application/json")
        assert answer.status_code == 201 and answer.json()["state"] == "open"
        again = client.post("/api/v1/invitations/", facts, content_type="application/json")
        assert again.status_code == 400 and "email" in again.json()["errors"]
        pk = answer.json()["id"]
        assert client.post(f"/api/v1/invitations/{pk}/revoke/").json()["state"] == "revoked"
        assert client.post(f"/api/v1/invitations/{pk}/resend/").status_code == 409
        assert client.get("/api/v1/invitations/?state=revoked").json()["count"] == 1

    def test_people_change_their_own_details_only(self, client):
        person = UserFactory()
        sign_in(client, person)
        facts = {"name_ko": " 김\u200b새 ", "email": "other@example.org", "mail_notices": False}
        answer = client.patch("/api/v1/me/", facts, content_type="application/json").json()
        assert answer["name_ko"] == "김새" and answer["email"] == person.email
        assert Event.objects.filter(type="accounts.details_changed").exists()
