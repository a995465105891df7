"""Coverage of needs: values that mean something, evidence behind them, no dependence on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experts.models import Expert
from matching import pipeline
from matching.coverage import coverage
from matching.engines import active_engine
from matching.models import MatchRun
from matching.selectors.committee import matrix_of
from matching.selectors.needs import needs_of
from tests.matching.committee import experts, run, written_once

__all__ = ["experts", "run", "written_once"]
pytestmark = [pytest.mark.django_db, pytest.mark.encoder]


def test_values_are_shares_and_follow_the_evidence(run: MatchRun, experts: list[Expert]) -> None:
    needs = needs_of(run.request)
    matrix = matrix_of(needs, [e.pk for e in experts])
    text = [n.code for n in needs].index("T1-01")
    values = {e.pk: matrix.values(e.pk) for e in experts}
    assert all(0 <= value <= 1 for row in values.values() for value in row)
    skilled = [values[e.pk][text] for e in experts if "자연어처리" in e.bio]
    others = [values[e.pk][text] for e in experts if "경로" in e.bio]
    assert min(skilled) > 0.5 > max(others)
    cell = matrix.rows[next(e for e in experts if "자연어처리" in e.bio).pk][text]
    assert (cell.relation, cell.level) == ("exact", "full")
    assert "자연어처리" in cell.quote["text"]


def test_a_cell_does_not_change_when_others_join(run: MatchRun, experts: list[Expert]) -> None:
    needs = needs_of(run.request)
    alone = matrix_of(needs, [experts[0].pk]).values(experts[0].pk)
    among = matrix_of(needs, [e.pk for e in experts]).values(experts[0].pk)
    assert alone == pytest.approx(among)


def test_verified_evidence_counts_more_and_nobody_unindexed_covers_anything(
    run: MatchRun, experts: list[Expert]
) -> None:
    needs, context = needs_of(run.request), pipeline.current_context()
    document = active_engine().load([experts[0].pk])[0]
    weak = replace(
        document,
        version="",
        pieces=replace(document.pieces, verification=np.ones_like(document.pieces.verification)),
    )
    measured = (context.encoders[0], context.background)
    full = coverage(needs, [document], *measured).values(document.expert_id)
    less = coverage(needs, [weak], *measured).values(document.expert_id)
    assert all(a >= b for a, b in zip(full, less, strict=True)) and sum(full) > sum(less)
    assert coverage(needs, [document], *measured).values(0) == (0.0,) * len(needs)
    assert matrix_of((), [experts[0].pk]).rows == {}
