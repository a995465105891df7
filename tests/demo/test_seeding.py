"""Loading into a real database: once, completely, with a history that the product could have."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone

from accounts.models import Organisation, Role, User
from audit.models import Event
from consulting.models import Request, Selection
from demo import seeding
from demo.clock import at
from demo.composer import Composer
from demo.people import Registrar, load_places, with_accounts
from demo.requests import Filing
from demo.seeding import Seeder
from demo.signins import PASSWORD, listed
from experts.models import Claim, Expert, ExpertField, Verification
from experts.services import bulk_load
from matching.models import MatchRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> dict[str, User]:
    load_places()
    return Registrar().staff()


@pytest.fixture
def officers(staff: dict[str, User]) -> dict[str, User]:
    return Registrar().officers(Composer(timezone.localdate()).namer)


def test_the_tree_has_five_kinds_of_institutions(staff: dict[str, User]) -> None:
    kinds = Organisation.objects.filter(parent=None).values_list("kind", flat=True)
    assert set(kinds) == set(Organisation.Kind.values)


def test_everybody_listed_can_sign_in(officers: dict[str, User], rf) -> None:
    for row in listed():
        assert authenticate(rf.post("/"), username=row.email, password=PASSWORD), row.email


def test_staff_hold_their_roles_and_nobody_gets_mail(staff: dict[str, User]) -> None:
    assert staff["auditor"].has_role(Role.AUDITOR)
    assert staff["manager"].has_role(Role.MANAGER)
    assert not any(user.mail_notices for user in staff.values())


def test_everybody_agreed_on_joining() -> None:
    load_places()
    with at(timezone.now() - seeding.BEFORE):
        people = Registrar().staff().values()
    assert people and all(user.consents.filter(agreed=True).exists() for user in people)


def test_accounts_are_made_once(officers: dict[str, User]) -> None:
    before = User.objects.count()
    load_places()
    registrar = Registrar()
    registrar.staff()
    again = registrar.officers(Composer(timezone.localdate()).namer)
    assert User.objects.count() == before
    assert {user.pk for user in again.values()} == {user.pk for user in officers.values()}


def test_all_profiles_load_in_one_go(staff: dict[str, User]) -> None:
    colleagues, others = Composer(timezone.localdate()).compose()
    records = [*with_accounts(colleagues, staff), *others]
    bulk_load(records, staff["reviewer"], seeding.SOURCE)
    assert Expert.objects.filter(state="approved").count() >= 850
    assert Expert.objects.filter(is_in_house=True, user__department__root__code="saif").count() == 8
    assert set(Expert.objects.values_list("state", flat=True)) == set(Expert.State.values)
    assert not ExpertField.objects.filter(rank__gt=3).exists()
    verified = Claim.objects.filter(verification=Verification.VERIFIED)
    assert not verified.filter(verified_by=None).exists()
    assert not Expert.objects.filter(is_public=True, user=None).exists()


def test_requests_come_with_numbers_and_events(officers: dict[str, User], staff) -> None:
    managers = [staff["manager"], staff["manager2"]]
    assert Filing(officers, managers).file_all() >= 60
    assert Filing(officers, managers).file_all() == 0
    filed = Request.objects.exclude(state="draft")
    assert not filed.filter(number=None).exists()
    assert not Request.objects.filter(state_since__gt=timezone.now()).exists()
    assert not filed.filter(submitted_at__lt=F("created_at")).exists()
    told = Counter(Event.objects.values_list("type", flat=True))
    assert told["request.submitted"] >= filed.count()


def test_the_clock_is_set_back_and_runs_on() -> None:
    then = timezone.now() - timedelta(days=40)
    with at(then):
        first, second = timezone.now(), timezone.now()
    assert then <= first <= second < then + timedelta(minutes=1)
    assert timezone.now() > then + timedelta(days=39)


def test_the_clock_comes_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), at(timezone.now() - timedelta(days=400)):
        raise RuntimeError
    assert timezone.localdate() > timezone.localdate() - timedelta(days=1)


def test_signins_are_printed_with_the_password() -> None:
    out = StringIO()
    call_command("demo_signins", stdout=out)
    assert "officer@demo.example" in out.getvalue()
    assert PASSWORD in out.getvalue()
    assert len({row.role for row in listed()}) == 7


@pytest.mark.encoder
def test_the_whole_demo_loads_and_a_second_time_adds_nothing() -> None:
    lines: list[str] = []
    Seeder(lines.append).load()
    before = counts()
    Seeder(lines.append).load()
    assert counts() == before
    states = Counter(Request.objects.values_list("state", flat=True))
    assert set(states) == set(Request.State.values)
    decided = Request.objects.filter(state="decided")
    assert decided.count() >= 10
    for request in decided:
        chosen = request.selections.filter(role=Selection.Role.CHOSEN)
        assert 1 <= chosen.count() <= request.experts_wanted
        assert request.match_runs.filter(state=MatchRun.State.DONE).exists()
        assert request.decided_at and request.accepted_at
        assert request.accepted_at < request.decided_at <= timezone.now()


def counts() -> dict[str, int]:
    models = (User, Organisation, Expert, Claim, Request, Selection, MatchRun, Event)
    return {model.__name__: model.objects.count() for model in models}
