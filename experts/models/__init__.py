"""Expert records: the person, the claims with their verification, and the taxonomy."""

from experts.models.claims import Claim, ClaimKind, Verification
from experts.models.expert import Expert, ExpertField, ExpertPool, Relation
from experts.models.search import SearchDocument
from experts.models.taxonomy import Axis, TaxonomyNode

__all__ = [
    "Axis",
    "Claim",
    "ClaimKind",
    "Expert",
    "ExpertField",
    "ExpertPool",
    "Relation",
    "SearchDocument",
    "TaxonomyNode",
    "Verification",
]
