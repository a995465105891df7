"""The one mechanism behind every state move.

A *move* has a name, the states it may start from and the state it ends in. A table of moves
serves the transition functions, the buttons of the page and ``available_actions`` of the API,
so none of them can disagree. ``moving`` locks the row first and checks afterwards: of two
simultaneous clicks the second one finds the new state and gets a ``Conflict``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.errors import Conflict, NotPermitted

Allowed = Callable[[Any, Any], bool]


def anyone(user: Any, obj: Any) -> bool:
    """Permission of moves that the system itself makes."""
    return True


@dataclass(frozen=True)
class Move:
    """One legal move of a state machine."""

    name: str
    label: str | Promise
    sources: frozenset[str]
    target: str
    allowed: Allowed = anyone
    #: moves that only the system makes never show as a button
    offered: bool = True
    dangerous: bool = False


class MoveTable:
    """The legal moves of one kind of object, by name."""

    def __init__(self, moves: list[Move]) -> None:
        self.moves = {move.name: move for move in moves}

    def __getitem__(self, name: str) -> Move:
        return self.moves[name]

    def __iter__(self) -> Iterator[Move]:
        return iter(self.moves.values())

    def available(self, obj: Any, user: Any) -> list[Move]:
        """Moves that ``user`` may make now, in the order of the table."""
        return [m for m in self if m.offered and obj.state in m.sources and m.allowed(user, obj)]

    def check(self, name: str, obj: Any, user: Any) -> Move:
        """Return the move, or raise ``Conflict`` (wrong state) or ``NotPermitted``."""
        move = self.moves[name]
        if obj.state not in move.sources:
            text = _("지금 상태(%(state)s)에서는 할 수 없는 작업입니다. 화면을 새로 고쳐 주십시오.")
            raise Conflict(text % {"state": obj.get_state_display()}, state=obj.state)
        if not move.allowed(user, obj):
            raise NotPermitted(_("이 작업을 할 권한이 없습니다."))
        return move


@contextmanager
def moving(
    model: type[models.Model], pk: Any, table: MoveTable, name: str, by: Any, locked: Any = None
) -> Iterator[Any]:
    """Lock one row, check the move, let the caller set facts, then store the new state.

    ``by`` is the person who moves (``None`` for the system, allowed only by ``anyone``).
    Raises ``model.DoesNotExist``, ``Conflict`` or ``NotPermitted``. Everything that the body
    writes stands in the same transaction as the move. ``locked`` is the row, where the caller has
    locked and read it in his transaction, which then ends as a whole.
    """
    with transaction.atomic(savepoint=locked is None):
        manager: Any = model._default_manager
        obj = locked or manager.select_for_update(of=("self",)).get(pk=pk)
        move = table.check(name, obj, by)
        yield obj
        obj.state = move.target
        obj.state_since = timezone.now()
        obj.save()
