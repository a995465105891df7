"""Committees and draws: the desk works, staff read, and anyone checks a certificate by its code."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories.committees import LotFactory, PanelFactory
from tests.factories.matching import shortlist_of
from tests.rights.table import Row, everyone, only

desk = only("manager")
readers = only("manager", "administrator", "auditor")
Args = Callable[[Any], Mapping[str, Any]]


def listed(user: Any) -> Mapping[str, Any]:
    """A shortlisted request."""
    return {"ref": shortlist_of(1).request.ref}


def panel(user: Any) -> Mapping[str, Any]:
    """A proposal."""
    made = PanelFactory()
    return {"ref": made.request.ref, "pk": made.pk}


def lot(**more: Any) -> Args:
    """A list to draw from, or a draw."""
    move = {"move": more.pop("move")} if "move" in more else {}

    def args(user: Any) -> Mapping[str, Any]:
        made = LotFactory(**more)
        return {"ref": made.request.ref, "pk": made.pk, **move}

    return args


def code(user: Any) -> Mapping[str, Any]:
    """A drawn lot by its public code."""
    return {"code": LotFactory(drawn=True).code}


ROWS = [
    Row("matching:field", args=listed, post=desk, data=lambda user: {"accept": "T1-01"}),
    Row("matching:committee", args=listed, get=readers, post=desk),
    Row("matching:adopt_panel", args=panel, get=desk, post=desk),
    Row("matching:lots", args=listed, get=readers, post=desk),
    Row("matching:lot", args=lot(), get=readers),
    Row("matching:lot_move", args=lot(move="seal"), get=desk, post=desk),
    Row(
        "matching:lot_move",
        args=lot(move="draw", sealed=True),
        get=desk,
        post=desk,
        data=lambda user: {"operator_seed": "5"},
        note="a sealed list",
    ),
    Row("matching:lot_check", get=everyone),
    Row("matching:certificate", args=code, get=everyone),
    Row("matching:certificate_file", args=code, get=everyone),
]
