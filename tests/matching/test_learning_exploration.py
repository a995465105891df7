"""Positions given by lot in real runs: off by default, recorded, never somebody ineligible."""

from __future__ import annotations

from typing import Any

import pytest

from matching.models import MatchRun
from matching.results import RankedResult, ScoredExpert
from matching.selectors.why_not import why_not
from matching.services import execution, exploration
from tests.factories.experts import ExpertFactory
from tests.factories.matching import CandidateFactory, RunFactory, shortlist_of

pytestmark = pytest.mark.django_db
LIMIT = 8


def result(count: int = 30) -> RankedResult:
    scored = [
        ScoredExpert(100 + n, n, 1 - n / 100, 2.0, {"base": 0.1}, {}) for n in range(1, count)
    ]
    return RankedResult(scored, {}, {"engine": "postgres"})


def test_nothing_changes_while_it_is_off() -> None:
    before = result(LIMIT + 1)
    assert exploration.share() == 0 and exploration.ranks_needed(LIMIT) == LIMIT
    assert exploration.mixed(before, LIMIT, []) == (before, {})


def test_a_draw_is_recorded_and_can_be_repeated(settings: Any) -> None:
    settings.MATCHING_EXPLORATION_SHARE = 0.3
    shown, notes = exploration.mixed(result(), LIMIT, [])
    record = shown.versions["exploration"]
    assert record["share"] == 0.3 and record["below"] == LIMIT and record["positions"]
    assert exploration.mixed(result(), LIMIT, [], record["seed"]) == (shown, notes)
    assert [e.rank for e in shown.experts] == list(range(1, LIMIT + 1))
    for position in record["positions"]:
        drawn = shown.experts[position - 1]
        told = notes[drawn.expert_id]
        assert told["place"] == drawn.expert_id - 100 > LIMIT
        assert told["exploration"]["propensity"] == len(record["positions"]) / LIMIT
    for expert in shown.experts:
        assert (
            notes.get(expert.expert_id, {"place": expert.rank})["place"] == expert.expert_id - 100
        )


def test_people_whom_staff_had_listed_stay_and_are_never_drawn(settings: Any) -> None:
    settings.MATCHING_EXPLORATION_SHARE = 0.3
    carried = [100 + LIMIT, 100 + LIMIT + 1, 100 + LIMIT + 2]
    for seed in range(40):
        shown, notes = exploration.mixed(result(), LIMIT, carried, seed)
        ids = [e.expert_id for e in shown.experts]
        assert set(carried) <= set(ids) and len(set(ids)) == len(ids)
        assert not any("exploration" in notes.get(pk, {}) for pk in carried)
        assert all(e.rank > LIMIT for e in shown.experts[LIMIT:])


@pytest.mark.parametrize("value", [-0.1, 0.5, "0.1", True, None, float("nan")])
def test_a_share_that_cannot_be_meant_is_refused_at_the_start(settings: Any, value: Any) -> None:
    settings.MATCHING_EXPLORATION_SHARE = value
    assert [found.id for found in exploration.check_share(None)] == ["matching.E010"]
    assert exploration.share() == 0


def test_why_not_measures_by_those_who_stand_there_by_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run: Any = shortlist_of(2)
    note = {"exploration": {"propensity": 0.1}, "place": 31}
    drawn: Any = CandidateFactory(run=run, rank=3, score=0.05, explanation=note)
    assert "31위이며, 탐색 표본" in why_not(run, drawn.expert).sentence

    def rank(query: Any, filters: Any, limit: int, must: Any, **more: Any) -> RankedResult:
        return RankedResult([ScoredExpert(pk, 1, 0.3, 1, {"base": 0.3}, {}) for pk in must], {}, {})

    monkeypatch.setattr("matching.pipeline.rank", rank)
    answer = why_not(run, ExpertFactory())  # better than the drawn one, worse than the second
    assert answer.kind == "below" and "2위" in answer.sentence


def ranking(monkeypatch: pytest.MonkeyPatch, ids: list[int]) -> None:
    """The pipeline's order without the encoder, filters respected."""

    def rank(query: Any, filters: Any, limit: int, must: Any, **more: Any) -> RankedResult:
        kept = [pk for pk in ids if pk not in filters.without]
        scored = [
            ScoredExpert(pk, n, 0.9 - n / 50, 2.0, {"base": 0.1}, {})
            for n, pk in enumerate(kept, 1)
        ]
        return RankedResult(scored[:limit], {}, {"engine": "postgres"})

    monkeypatch.setattr("matching.pipeline.rank", rank)
    monkeypatch.setattr("matching.services.execution.catch_up", lambda: None)


def test_a_run_shows_drawn_people_and_never_an_ineligible_one(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MATCHING_EXPLORATION_SHARE = 0.3
    experts = ExpertFactory.create_batch(14)
    barred = [*ExpertFactory.create_batch(4, monthly_cap=0), ExpertFactory(suspended=True)]
    ranking(monkeypatch, [e.pk for e in [*experts[:6], *barred, *experts[6:]]])
    drawn = 0
    for _ in range(3):
        run: Any = RunFactory(queued=True, parameters={"limit": 6})
        execution.execute(run.pk)
        run = MatchRun.objects.get(pk=run.pk)
        assert run.state == "done", run.error
        rows = list(run.candidates.order_by("rank"))
        assert [row.rank for row in rows] == list(range(1, 7))
        assert not {row.expert_id for row in rows} & {e.pk for e in barred}
        marked = [row for row in rows if "exploration" in row.explanation]
        assert [row.rank for row in marked] == run.versions["exploration"]["positions"]
        assert all(row.explanation["place"] > 6 and row.rank > 3 for row in marked)
        drawn += len(marked)
    assert drawn
