"""Runs and their results (``runs``) and the search index in PostgreSQL (``index``)."""

from matching.models.allocation import (
    AllocationPin,
    AllocationPlan,
    AllocationRun,
    AllocationScores,
    AllocationSeat,
)
from matching.models.encoder_sets import EncoderSet
from matching.models.index import (
    Embedding,
    ExpertIndex,
    ExpertIndexPosting,
    ExpertIndexVectors,
    StoredBackground,
)
from matching.models.learning import Evaluation, WeightSet
from matching.models.panels import DeskField, Lot, LotEntry, Panel, PanelMember
from matching.models.runs import Conflict, IndexJob, MatchCandidate, MatchRun, Waiver

__all__ = [
    "AllocationPin",
    "AllocationPlan",
    "AllocationRun",
    "AllocationScores",
    "AllocationSeat",
    "Conflict",
    "DeskField",
    "Embedding",
    "EncoderSet",
    "Evaluation",
    "ExpertIndex",
    "ExpertIndexPosting",
    "ExpertIndexVectors",
    "IndexJob",
    "Lot",
    "LotEntry",
    "MatchCandidate",
    "MatchRun",
    "Panel",
    "PanelMember",
    "StoredBackground",
    "Waiver",
    "WeightSet",
]
