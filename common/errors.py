"""Errors that every layer may raise and that pages and the API turn into answers."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError

__all__ = ["Conflict", "MissingFacts", "NotPermitted"]


class Conflict(Exception):  # noqa: N818 - named for what the user meets
    """The object is no longer in a state that allows the move (HTTP 409).

    ``message`` is a sentence for the user; ``state`` is the state found under the lock.
    """

    def __init__(self, message: str, *, state: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.state = state


class MissingFacts(ValidationError):  # noqa: N818 - as above
    """A move lacks needed facts (HTTP 400): a mapping of field name to sentences."""

    def __init__(self, fields: Mapping[str, str | list[str]]) -> None:
        super().__init__(dict(fields))


class NotPermitted(PermissionDenied):
    """The person may see the object but not make this move (HTTP 403)."""
