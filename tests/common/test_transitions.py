"""The one mechanism of state moves: the table, the lock, and what happens without the lock."""

from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from django.db import connection, connections, models, transaction
from django.utils import timezone

from common import transitions
from common.errors import Conflict, NotPermitted
from common.transitions import Move, MoveTable, moving


class Door(models.Model):
    """Something with two states, in the tests' database alone."""

    state = models.CharField(max_length=8, choices=[("open", "열림"), ("shut", "닫힘")])
    state_since = models.DateTimeField(default=timezone.now)
    note = models.CharField(max_length=20, default="")

    class Meta:
        app_label = "common"

    def __str__(self):
        return self.state


MOVES = MoveTable(
    [
        Move("shut", "닫기", frozenset({"open"}), "shut"),
        Move(
            "unlock", "열기", frozenset({"shut"}), "open", allowed=lambda user, door: user == "key"
        ),
        Move("slam", "바람", frozenset({"open"}), "shut", offered=False),
    ]
)


@pytest.fixture
def doors(transactional_db):
    """The table of doors for one test."""
    with connection.schema_editor() as editor:
        editor.create_model(Door)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Door)


@pytest.fixture
def door(doors):
    return Door.objects.create(state="open")


def shut(pk, note="", meet=lambda: None):
    with moving(Door, pk, MOVES, "shut", None) as door:
        meet()
        door.note = note


def test_a_legal_move_stores_state_time_and_facts(door):
    shut(door.pk, "facts")
    after = Door.objects.get()
    assert (after.state, after.note) == ("shut", "facts") and after.state_since > door.state_since


def test_a_move_from_the_wrong_state_is_a_conflict(door):
    shut(door.pk)
    with pytest.raises(Conflict) as error:
        shut(door.pk)
    assert error.value.state == "shut" and "닫힘" in error.value.message


def test_people_without_the_right_do_not_move_it(door):
    shut(door.pk)
    with pytest.raises(NotPermitted), moving(Door, door.pk, MOVES, "unlock", "nobody"):
        pass
    with moving(Door, door.pk, MOVES, "unlock", "key"):
        pass
    assert Door.objects.get().state == "open"


def test_a_failure_half_way_leaves_everything_as_it_was(door):
    with pytest.raises(RuntimeError), moving(Door, door.pk, MOVES, "shut", None) as inside:
        inside.note = "half"
        inside.save()
        raise RuntimeError
    assert Door.objects.get().state == "open" and Door.objects.get().note == ""


def test_an_unknown_object_does_not_exist(doors):
    with pytest.raises(Door.DoesNotExist):
        shut(404)


def test_buttons_are_what_the_table_allows(door):
    assert [move.name for move in MOVES.available(door, "key")] == ["shut"]
    door.state = "shut"
    assert [move.name for move in MOVES.available(door, "key")] == ["unlock"]
    assert MOVES.available(door, "nobody") == []


def both_at_once(pk) -> list[str]:
    """Two people shut the same door in the same moment; what each of them was told."""
    start, answers = Barrier(2, timeout=30), []

    def person(name):
        try:
            start.wait()
            shut(pk, name)
            answers.append("done")
        except Conflict:
            answers.append("conflict")
        finally:
            connections.close_all()

    people = [Thread(target=person, args=(name,)) for name in "ab"]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return sorted(answers)


def test_of_two_at_once_one_moves_and_the_other_is_told(door):
    for _round in range(5):
        Door.objects.update(state="open")
        assert both_at_once(door.pk) == ["conflict", "done"]


def test_without_the_lock_both_pass(door, monkeypatch):
    """The negative control: the race is real, and it is the lock that ends it."""
    inside = Barrier(2, timeout=30)

    @contextmanager
    def moving_without_lock(model, pk, table, name, by):
        with transaction.atomic():
            found = model.objects.get(pk=pk)
            table.check(name, found, by)
            inside.wait()  # both have read the old state before either writes the new one
            yield found
            found.state = table[name].target
            found.save()

    monkeypatch.setitem(globals(), "moving", moving_without_lock)
    assert both_at_once(door.pk) == ["done", "done"]
    assert transitions.moving is not moving_without_lock
