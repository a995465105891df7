"""What committees are chosen by: coverage of a request's needs, and where people work now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone

from experts.models import Claim, ClaimKind
from matching import pipeline
from matching.coverage import Matrix, coverage
from matching.engines import active_engine
from matching.needs import Need


def matrix_of(needs: Sequence[Need], expert_ids: Sequence[int], *, quotes: bool = True) -> Matrix:
    """Coverage of the needs by these experts, as they are indexed now."""
    if not needs or not expert_ids:
        return Matrix(tuple(needs), {})
    context = pipeline.current_context()
    documents = active_engine().load(sorted(expert_ids))
    return coverage(needs, documents, context.encoders[0], context.background, quotes=quotes)


def current_employers(claims: Iterable[Claim]) -> list[str]:
    """Names of where the person works now, the main one first."""
    today = timezone.localdate()
    current = [
        c
        for c in claims
        if c.kind == ClaimKind.AFFILIATION
        and c.verification != "rejected"
        and (c.ends_on is None or c.ends_on >= today)
        and c.title.strip()
    ]
    ordered = sorted(current, key=lambda c: (not c.is_main, c.pk))
    return list(dict.fromkeys(c.title.strip() for c in ordered))
