"""Runs and their results (``runs``) and the search index in PostgreSQL (``index``)."""

from matching.models.encoder_sets import EncoderSet
from matching.models.index import (
    Embedding,
    ExpertIndex,
    ExpertIndexPosting,
    ExpertIndexVectors,
    StoredBackground,
)
from matching.models.runs import Conflict, IndexJob, MatchCandidate, MatchRun, Waiver

__all__ = [
    "Conflict",
    "Embedding",
    "EncoderSet",
    "ExpertIndex",
    "ExpertIndexPosting",
    "ExpertIndexVectors",
    "IndexJob",
    "MatchCandidate",
    "MatchRun",
    "StoredBackground",
    "Waiver",
]
