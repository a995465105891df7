"""Search engines: each proposes candidates per signal; exact scoring happens elsewhere."""

from matching.engines.base import Engine, EngineStatus, Filters, Proposal
from matching.engines.registry import active_engine

__all__ = ["Engine", "EngineStatus", "Filters", "Proposal", "active_engine"]
