"""Fixtures of the tests that wound what runs."""

from tests.workers import broker, workers

__all__ = ["broker", "workers"]
