"""Errors of services, shown at the form that was sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.core.exceptions import ValidationError

from common.errors import Conflict


@contextmanager
def errors_in(form: forms.BaseForm) -> Iterator[None]:
    """Turn ``MissingFacts``, ``ValidationError`` and ``Conflict`` of the body into form errors.

    Facts that are no fields of the form stand above it. Ask ``form.is_valid()`` again afterwards.
    """
    try:
        yield
    except Conflict as error:
        form.add_error(None, error.message)
    except ValidationError as error:
        _add(form, error)


def _add(form: forms.BaseForm, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
