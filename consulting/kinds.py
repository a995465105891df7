"""The kinds of requests that the product brings along; afterwards they are edited in the admin."""

import json
from pathlib import Path
from typing import Any

RESOURCE = Path(__file__).resolve().parent / "resources" / "kinds.json"

#: optional form fields that a kind may ask for (``RequestKind.fields_wanted``)
OPTIONAL_FIELDS = (
    "problem",
    "expected_effect",
    "data_held",
    "stage",
    "audience",
    "schedule",
    "budget",
    "is_statutory",
)


def read_kinds(path: Path = RESOURCE) -> list[dict[str, Any]]:
    """Rows for ``RequestKind``; raises ValueError naming a kind with an unknown field."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    for order, row in enumerate(rows):
        unknown = set(row["fields_wanted"]) - set(OPTIONAL_FIELDS)
        if unknown:
            raise ValueError(f"{row['code']}: unknown fields {sorted(unknown)}")
        row["order"] = order
    return rows


def load_kinds(model: Any, rows: list[dict[str, Any]] | None = None) -> int:
    """Add the kinds that are missing; what somebody edited stays. Returns how many were added.

    ``model`` is ``RequestKind``, or its historical version inside a migration.
    """
    added = 0
    for row in rows if rows is not None else read_kinds():
        facts = {name: value for name, value in row.items() if name != "code"}
        added += model.objects.get_or_create(code=row["code"], defaults=facts)[1]
    return added
