"""A random walk over all moves: the stored state always agrees with a plain model of the table."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from audit.models import Event
from common.errors import Conflict
from consulting import transitions
from consulting.models import Request, Selection
from consulting.transitions import MOVES, Choice
from tests.factories.consulting import scene
from tests.factories.experts import ExpertFactory

NAMES = [move.name for move in MOVES]
FACTS = {
    "resubmit": {"answer": "답"},
    "return_with_question": {"question": "질문"},
    "reject": {"reason": "사유"},
    "withdraw": {"reason": "사유"},
    "back_to_accepted": {"reason": "사유"},
}
MANAGERS = {"accept", "return_with_question", "reject", "start_matching", "decide"}


class Walk(RuleBasedStateMachine):
    """One request; every step tries one move, legal or not."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.people = scene()
        self.expert = ExpertFactory()
        self.state = "draft"
        self.moves = 0
        self.number: str | None = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def _call(self, name: str) -> None:
        people = self.people
        by = people.manager if name in MANAGERS else people.officer
        facts = dict(FACTS.get(name, {}))
        if name == "decide":
            facts = {"choices": [Choice(self.expert.pk, "chosen", "사유")]}
        getattr(transitions, name)(people.request.pk, by=by, **facts)

    @rule(name=st.sampled_from(NAMES))
    def any_move(self, name: str) -> None:
        legal = self.state in MOVES[name].sources
        try:
            with transaction.atomic():
                self._call(name)
        except Conflict:
            assert not legal
        else:
            assert legal
            self.state = MOVES[name].target
            self.moves += 1

    @precondition(lambda self: any(self.state in move.sources for move in MOVES))
    @rule(data=st.data())
    def legal_move(self, data: st.DataObject) -> None:
        names = [move.name for move in MOVES if self.state in move.sources]
        self.any_move(data.draw(st.sampled_from(names)))

    @invariant()
    def stored_state_is_the_models(self) -> None:
        row = Request.objects.get(pk=self.people.request.pk)
        assert row.state == self.state
        assert (row.number is None) == (self.state == "draft")
        self.number = self.number or row.number
        assert row.number == self.number
        assert (row.next_due is None) == (
            self.state in ("draft", "decided", "rejected", "withdrawn")
        )
        events = Event.objects.filter(object_type="consulting.request", object_id=str(row.pk))
        assert events.count() == self.moves
        assert Selection.objects.filter(request=row).exists() == (self.state == "decided")


@pytest.mark.django_db
def test_any_walk_stays_on_the_table() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    quiet = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Walk, settings=quiet)
