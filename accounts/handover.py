"""What a person would leave behind: other apps say so before an account is closed or moved.

``register(callable)`` in ``AppConfig.ready``; the callable takes a person and gives a list of
``(sentence, address of the page where it can be handed over)``.
"""

from collections.abc import Callable

from accounts.models import User

Open = Callable[[User], list[tuple[str, str]]]

_sources: list[Open] = []


def register(source: Open) -> None:
    """Make a source of open work known; a second registration changes nothing."""
    if source not in _sources:
        _sources.append(source)


def open_work(person: User) -> list[tuple[str, str]]:
    """Everything that waits for this person and needs somebody else afterwards."""
    return [line for source in _sources for line in source(person)]
