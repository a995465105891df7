"""Small preparations for fragments: error links, overdue dates, rows of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.forms import BaseForm, BaseFormSet
from django.utils import timezone


def read(thing: Any, key: str) -> Any:
    """A value by name from a dict or from an object; None when it is not there."""
    return thing.get(key) if isinstance(thing, dict) else getattr(thing, key, None)


def is_past(value: date | datetime | None) -> bool:
    """Whether a deadline lies behind us; a day counts as past from the next day on."""
    if value is None:
        return False
    if isinstance(value, datetime):
        return value < timezone.now()
    return value < timezone.localdate()


def errors(form: BaseForm | BaseFormSet[Any]) -> Iterator[dict[str, str]]:
    """``{"text", "label", "target"}`` for every error of a bound form or formset."""
    if isinstance(form, BaseFormSet):
        yield from _formset_errors(form)
    elif form.is_bound:
        yield from _form_errors(form)


def _formset_errors(formset: BaseFormSet[Any]) -> Iterator[dict[str, str]]:
    if not formset.is_bound:
        return
    for text in formset.non_form_errors():
        yield {"text": str(text), "label": "", "target": ""}
    for form in formset.forms:
        yield from _form_errors(form)


def _form_errors(form: BaseForm) -> Iterator[dict[str, str]]:
    for name, messages in form.errors.items():
        bound = form[name] if name in form.fields else None
        for text in messages:
            yield {
                "text": str(text),
                "label": str(bound.label) if bound else "",
                "target": first_input_id(bound) if bound else "",
            }


def first_input_id(bound: Any) -> str:
    """Id of the element a link to the field should focus; choice lists use their first box."""
    if bound.id_for_label:
        return str(bound.id_for_label)
    return f"{bound.auto_id}_0" if bound.auto_id else ""


def comparison_row(row: Any, columns: Sequence[Any]) -> dict[str, Any]:
    """A row whose cells know the title of their column (shown when the table becomes cards)."""
    cells = zip(columns, read(row, "cells"), strict=True)
    return {
        "label": read(row, "label"),
        "differs": bool(read(row, "differs")),
        "cells": [{"column": read(column, "title"), "value": cell} for column, cell in cells],
    }


def field_groups(form: Any) -> list[tuple[str, list[Any]]]:
    """(legend, visible bound fields) per entry of ``form.fieldsets``, then the remaining fields."""
    visible = {bound.name: bound for bound in form.visible_fields()}
    groups = [
        (legend or "", [visible.pop(name) for name in names if name in visible])
        for legend, names in form.fieldsets
    ]
    rest = list(visible.values())
    return [(legend, members) for legend, members in [*groups, ("", rest)] if members]
