"""Moves of a profile: allowed, every forbidden state, who, facts, all or nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from experts import events, transitions
from experts.models import Expert
from experts.services import upkeep
from notifications.models import Notice
from tests.factories.accounts import UserFactory
from tests.factories.experts import ExpertFactory

pytestmark = pytest.mark.django_db
State = Expert.State


@pytest.fixture
def reviewer():
    return UserFactory(reviewer=True)


def make(move: str, expert: Expert, reviewer) -> Expert:
    """Make a move as the one who may, with the facts it needs."""
    own = expert.user
    calls = {
        "submit": lambda: transitions.submit(expert.pk, own),
        "start_review": lambda: transitions.start_review(expert.pk, reviewer),
        "ask_changes": lambda: transitions.ask_changes(expert.pk, reviewer, "재직증명서"),
        "approve": lambda: transitions.approve(expert.pk, reviewer),
        "suspend": lambda: transitions.suspend(expert.pk, reviewer, "확인이 필요합니다."),
        "resume": lambda: transitions.resume(expert.pk, reviewer),
        "expire": lambda: transitions.expire(expert.pk),
        "withdraw": lambda: transitions.withdraw(expert.pk, own),
        "reopen": lambda: transitions.reopen(expert.pk, own),
    }
    return calls[move]()


PAIRS = [(move.name, state) for move in transitions.MOVES for state in State.values]
ALLOWED = [(n, s) for n, s in PAIRS if s in transitions.MOVES[n].sources]
FORBIDDEN = [(n, s) for n, s in PAIRS if s not in transitions.MOVES[n].sources]


@pytest.mark.parametrize(("move", "state"), ALLOWED)
def test_allowed(move, state, reviewer):
    expert = ExpertFactory(**{state: True})
    before = Event.objects.filter(type__startswith="expert.").count()
    moved = make(move, expert, reviewer)
    stored = Expert.objects.get(pk=expert.pk)
    assert stored.state == moved.state == transitions.MOVES[move].target
    assert stored.state_since > expert.state_since
    assert stored.version == moved.version == expert.version + 1
    assert Event.objects.filter(type__startswith="expert.").count() == before + 1


@pytest.mark.parametrize(("move", "state"), FORBIDDEN)
def test_forbidden(move, state, reviewer):
    expert = ExpertFactory(**{state: True})
    with pytest.raises(Conflict) as caught:
        make(move, expert, reviewer)
    assert caught.value.state == state
    assert Expert.objects.get(pk=expert.pk).version == expert.version


@pytest.mark.parametrize(("move", "state"), ALLOWED)
def test_strangers_may_not(move, state):
    expert = ExpertFactory(**{state: True})
    stranger = UserFactory(officer=True)
    with pytest.raises(NotPermitted):
        if move in ("ask_changes", "suspend"):
            getattr(transitions, move)(expert.pk, stranger, "사유")
        else:
            getattr(transitions, move)(expert.pk, stranger)
    assert not transitions.available_actions(expert, stranger)


@pytest.mark.parametrize(
    ("move", "state"),
    [("start_review", "submitted"), ("approve", "in_review"), ("suspend", "approved")],
)
def test_nobody_reviews_himself(move, state, reviewer):
    expert = ExpertFactory(user=reviewer, **{state: True})
    with pytest.raises(NotPermitted):
        make(move, expert, reviewer)


@pytest.mark.parametrize(("move", "state"), ALLOWED)
def test_all_or_nothing(move, state, reviewer, monkeypatch):
    """The save fails half-way: neither state nor event nor notice stays."""
    expert = ExpertFactory(**{state: True})
    before = Event.objects.count(), Notice.objects.count()

    def broken(self, *args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Expert, "save", broken)
    with pytest.raises(RuntimeError, match="disk"):
        make(move, expert, reviewer)
    assert Expert.objects.values_list("state", flat=True).get(pk=expert.pk) == state
    assert (Event.objects.count(), Notice.objects.count()) == before


def test_submit_names_what_is_missing():
    expert = ExpertFactory(draft=True, bare=True, name_ko="", name_en="")
    with pytest.raises(MissingFacts) as caught:
        transitions.submit(expert.pk, expert.user)
    assert set(caught.value.message_dict) == {"name", "affiliation", "fields", "collection"}


@pytest.mark.parametrize(
    ("move", "state", "field"),
    [("ask_changes", "in_review", "note"), ("suspend", "approved", "reason")],
)
@pytest.mark.parametrize("text", ["", "  \n ", "가" * 100_000])
def test_reasons_are_needed(move, state, field, text, reviewer):
    expert = ExpertFactory(**{state: True})
    with pytest.raises(MissingFacts) as caught:
        getattr(transitions, move)(expert.pk, reviewer, text)
    assert field in caught.value.message_dict


def test_approval_sets_the_term(reviewer):
    expert = transitions.approve(ExpertFactory(in_review=True).pk, reviewer)
    assert expert.expires_on == timezone.localdate() + timedelta(days=730)
    with pytest.raises(MissingFacts):
        transitions.approve(
            ExpertFactory(in_review=True).pk, reviewer, expires_on=timezone.localdate()
        )


def test_who_has_the_ball_is_told(reviewer):
    expert = ExpertFactory(draft=True)
    transitions.submit(expert.pk, expert.user)
    assert Notice.objects.get(person=reviewer).kind == "expert.review_waits"
    transitions.start_review(expert.pk, reviewer)
    transitions.ask_changes(expert.pk, reviewer, "재직증명서가 필요합니다.")
    assert "재직증명서" in Notice.objects.get(person=expert.user).body


def test_withdrawal_hides_and_takes_consents_back(reviewer):
    expert = ExpertFactory()
    transitions.withdraw(expert.pk, expert.user)
    expert.refresh_from_db()
    assert not expert.is_public and not expert.shares_with_departments
    standing = expert.user.consents.filter(withdrawn_at=None)
    assert [record.document.kind for record in standing] == ["collection"]


def test_administrator_withdraws_only_with_a_reason():
    admin, expert = UserFactory(administrator=True), ExpertFactory()
    with pytest.raises(MissingFacts):
        transitions.withdraw(expert.pk, admin)
    transitions.withdraw(expert.pk, admin, "본인이 전화로 요청함")
    assert Notice.objects.filter(person=expert.user, kind="expert.withdrawn").exists()


def test_terms_end_by_the_calendar():
    over = ExpertFactory(expires_on=timezone.localdate() - timedelta(days=1))
    ExpertFactory(expires_on=timezone.localdate())
    assert upkeep.expire_due() == 1
    assert upkeep.expire_due() == 0
    assert Expert.objects.get(pk=over.pk).state == State.EXPIRED


def test_every_move_has_an_event():
    expert = ExpertFactory()
    words = "submitted review_started approved suspended resumed expired withdrawn reopened"
    for word in words.split():
        events.moved(word, expert, None)
    assert all(event.sentence for event in Event.objects.all())
