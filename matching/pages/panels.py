"""Sections that matching adds to pages of the apps below it."""

from __future__ import annotations


def register() -> None:
    """Called once when the site starts."""
