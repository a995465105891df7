"""Evaluation and weights: staff read, administrators put weights into use."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.factories.learning import WeightSetFactory
from tests.rights.table import Row, only

readers = only("manager", "administrator", "auditor")
desk = only("manager", "administrator")
administrators = only("administrator")


def weights(**facts: Any) -> Callable[[Any], Mapping[str, Any]]:
    def args(user: Any) -> Mapping[str, Any]:
        row: Any = WeightSetFactory(**facts)
        return {"number": row.number}

    return args


def in_use(user: Any) -> Mapping[str, Any]:
    WeightSetFactory(active=True)
    return {}


ROWS = [
    Row("matching:evaluation", get=readers),
    Row("matching:evaluate", post=desk),
    Row("matching:decided", get=readers),
    Row("matching:weights", args=weights(), get=readers),
    Row("matching:activate_weights", args=weights(), get=administrators, post=administrators),
    Row("matching:use_defaults", args=in_use, get=administrators, post=administrators),
]
