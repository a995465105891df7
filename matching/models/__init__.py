"""Runs and their results (``runs``) and the search index in PostgreSQL (``index``)."""

from matching.models.runs import Conflict, MatchCandidate, MatchRun, Waiver

__all__ = ["Conflict", "MatchCandidate", "MatchRun", "Waiver"]
