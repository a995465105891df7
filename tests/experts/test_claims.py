"""Lines of a profile: the table of kinds, edits, decisions of reviewers."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from experts import services
from experts.claims import KINDS, clean_claim
from experts.models import Claim, ClaimKind, Expert, Verification
from notifications.models import Notice
from tests.factories.accounts import UserFactory
from tests.factories.experts import ClaimFactory, ExpertFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
FULL = {
    "title": "한빛대학교",
    "organisation": "산업공학과",
    "role": "doctor",
    "text": "설명",
    "identifier": "A-1",
    "starts_on": date(2020, 3, 2),
    "ends_on": date(2024, 2, 28),
}


@pytest.mark.parametrize("kind", ClaimKind.values)
def test_every_kind_has_its_row_and_takes_its_facts(kind):
    values = clean_claim(kind, FULL, TODAY)
    used = set(KINDS[kind].columns)
    assert values["title"] == "한빛대학교"
    assert all(bool(values[name]) == (name in used) for name in FULL)


@pytest.mark.parametrize("kind", ClaimKind.values)
def test_empty_lines_name_what_is_needed(kind):
    with pytest.raises(MissingFacts) as caught:
        clean_claim(kind, {"title": " \u200b"}, TODAY)
    assert set(caught.value.message_dict) == set(KINDS[kind].required)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"ends_on": date(2019, 1, 1)}, "ends_on"),
        ({"starts_on": date(2031, 1, 1)}, "starts_on"),
        ({"starts_on": date(1910, 1, 1)}, "starts_on"),
        ({"ends_on": date(2090, 1, 1)}, "ends_on"),
        ({"title": "가" * 100_000}, "title"),
        ({"text": "가" * 100_000}, "text"),
        ({"details": {"amount": "1" * 500}}, "amount"),
    ],
)
def test_impossible_facts(facts, field):
    with pytest.raises(MissingFacts) as caught:
        clean_claim("project", {**FULL, **facts}, TODAY)
    assert field in caught.value.message_dict


def test_limits_are_named():
    with pytest.raises(MissingFacts) as caught:
        clean_claim("project", {**FULL, "text": "가" * 100_000}, TODAY)
    assert "5,000" in caught.value.messages[0] and "100,000" in caught.value.messages[0]


@pytest.mark.parametrize(
    "text", ["가", "🚒 소방", "AI와 데이터の統合", "\ue000 한글\x00문서\r\n둘째"]
)
def test_odd_texts_are_kept_clean(text):
    title = clean_claim("project", {**FULL, "title": text}, TODAY)["title"]
    assert title and "\x00" not in title and "\ue000" not in title


@pytest.fixture
def expert():
    return ExpertFactory()


@pytest.fixture
def reviewer():
    return UserFactory(reviewer=True)


def project(**facts):
    return {"title": "침수 예측", "starts_on": date(2024, 1, 1), **facts}


def test_add_bumps_the_version_and_is_recorded(expert):
    claim = services.add_claim(expert.pk, expert.user, "project", project())
    assert claim.verification == Verification.DECLARED
    assert Expert.objects.get(pk=expert.pk).version == expert.version + 1
    event = Event.objects.get(type="claim.added")
    assert event.data == {"claim": claim.pk, "kind": "project"}
    assert "과제" in event.sentence


def test_two_clicks_add_one_line(expert):
    first = services.add_claim(expert.pk, expert.user, "project", project())
    assert services.add_claim(expert.pk, expert.user, "project", project()).pk == first.pk
    Claim.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    with pytest.raises(MissingFacts, match="이미 있습니다"):
        services.add_claim(expert.pk, expert.user, "project", project())


@pytest.mark.parametrize("state", ["suspended", "withdrawn"])
def test_resting_profiles_are_not_edited(state):
    expert = ExpertFactory(**{state: True})
    with pytest.raises(Conflict):
        services.add_claim(expert.pk, expert.user, "project", project())


def test_strangers_do_not_edit(expert, reviewer):
    for person in (reviewer, UserFactory(expert=True)):
        with pytest.raises(NotPermitted):
            services.add_claim(expert.pk, person, "project", project())


@pytest.mark.parametrize("decided", ["verified", "rejected"])
def test_a_changed_line_is_self_declared_again(expert, decided):
    claim = ClaimFactory(expert=expert, **{decided: True})
    facts = {"title": "다른 제목", "starts_on": claim.starts_on}
    services.change_claim(claim.pk, expert.user, facts)
    claim.refresh_from_db()
    assert claim.verification == Verification.DECLARED
    assert claim.verified_by is None and claim.rejection_reason == ""
    assert Event.objects.get(type="claim.changed").data["dropped"] is True


def test_leaving_the_direction_keeps_the_verification(expert):
    claim = ClaimFactory(expert=expert, verified=True, organisation="", text="")
    facts = {"title": claim.title, "starts_on": claim.starts_on, "is_retired": True}
    services.change_claim(claim.pk, expert.user, facts)
    claim.refresh_from_db()
    assert claim.is_retired and claim.is_verified


def test_only_one_main_affiliation(expert):
    services.add_claim(expert.pk, expert.user, "affiliation", {"title": "다온연구원", "is_main": 1})
    assert expert.claims.get(kind="affiliation", is_main=True).title == "다온연구원"


def test_remove(expert):
    claim = ClaimFactory(expert=expert)
    services.remove_claim(claim.pk, expert.user)
    assert not Claim.objects.filter(pk=claim.pk).exists()
    with pytest.raises(Claim.DoesNotExist):
        services.remove_claim(claim.pk, expert.user)


def test_verify_and_take_back(expert, reviewer):
    claim = ClaimFactory(expert=expert)
    services.verify_claim(claim.pk, reviewer, seen=claim.updated_at)
    claim.refresh_from_db()
    assert claim.is_verified and claim.verified_by == reviewer and claim.verified_until is None
    services.reset_claim(claim.pk, reviewer)
    claim.refresh_from_db()
    assert claim.verification == Verification.DECLARED
    with pytest.raises(Conflict):
        services.reset_claim(claim.pk, reviewer)


def test_affiliations_are_verified_for_a_year(expert, reviewer):
    claim = ClaimFactory(expert=expert, affiliation=True)
    services.verify_claim(claim.pk, reviewer)
    claim.refresh_from_db()
    assert claim.verified_until == timezone.localdate() + timedelta(days=365)


def test_reject_needs_a_reason_and_tells_the_person(expert, reviewer):
    claim = ClaimFactory(expert=expert)
    with pytest.raises(MissingFacts):
        services.reject_claim(claim.pk, reviewer, " ")
    services.reject_claim(claim.pk, reviewer, "과제 기간이 협약서와 다릅니다.")
    assert "협약서" in Notice.objects.get(person=expert.user).body
    event = Event.objects.get(type="claim.rejected")
    assert "reason" not in event.data and "협약서" in event.sentence


def test_nobody_verifies_his_own_line(reviewer):
    claim = ClaimFactory(expert=ExpertFactory(user=reviewer))
    with pytest.raises(NotPermitted):
        services.verify_claim(claim.pk, reviewer)


def test_a_line_that_changed_meanwhile_is_read_again(expert, reviewer):
    claim = ClaimFactory(expert=expert)
    seen = claim.updated_at
    services.change_claim(claim.pk, expert.user, project())
    with pytest.raises(Conflict):
        services.verify_claim(claim.pk, reviewer, seen=seen)


@pytest.mark.parametrize("state", ["draft", "submitted", "changes_asked", "withdrawn"])
def test_lines_are_decided_in_review_only(state, reviewer):
    claim = ClaimFactory(expert=ExpertFactory(**{state: True}))
    with pytest.raises(Conflict):
        services.verify_claim(claim.pk, reviewer)
