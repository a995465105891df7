"""Search engines: each proposes candidates; exact scoring happens elsewhere."""

from matching.engines.base import Comparison, Engine, EngineStatus, Filters, Proposal
from matching.engines.registry import active_engine

__all__ = ["Comparison", "Engine", "EngineStatus", "Filters", "Proposal", "active_engine"]
