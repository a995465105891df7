"""What a run writes: rows as they were made, in few statements, without harm to the connection."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from consulting.models import Request
from experts.models import Expert, TaxonomyNode
from matching import eligibility, transitions
from matching.adapters import query_of
from matching.eligibility import Screening
from matching.eligibility.scope import Scope
from matching.models import DeskField, MatchCandidate, MatchRun
from matching.results import RankedResult, ScoredExpert
from matching.services import execution, index_jobs
from tests.factories.accounts import UserFactory
from tests.factories.consulting import RequestFactory
from tests.factories.experts import ClaimFactory, ExpertFactory
from tests.factories.matching import RunFactory

pytestmark = pytest.mark.django_db
QUOTE = '그는 "예"라고 \\ 말했다\n{"a": [1, null]} 한글 𝔸 \' $1 %s'


def scored(expert_id: int, rank: int) -> ScoredExpert:
    return ScoredExpert(
        expert_id=expert_id,
        rank=rank,
        score=1 / 3 / rank,
        fused=-1.25e-17,
        contributions={"base": 0.1, "dense": 0.1 + 0.2},
        signals={"dense": 2 / 3, "lexical": -1e-9},
        matched_tags=[{"code": "T1-01", "label_ko": QUOTE, "weight": 0.7}],
        evidence={"text": QUOTE, "year": None},
        chance=0.123456789012345678,
    )


def made(run: MatchRun, ids: list[int]) -> list[MatchCandidate]:
    """Rows with every column filled, and one put there by hand."""
    rows = [execution.candidate_row(run, scored(pk, n), 0, listed=n > 1) for n, pk in
            enumerate(ids, 1)]  # fmt: skip
    person = run.requested_by
    last = rows[-1]
    last.mark, last.mark_reason, last.marked_by, last.marked_at = (
        "chosen",
        QUOTE,
        person,
        timezone.now().replace(microsecond=123_457),
    )
    last.added_by, last.added_reason, last.preference = person, QUOTE, 2
    return rows


def test_a_stored_row_is_the_row_that_was_made() -> None:
    run = RunFactory(running=True)
    experts = [ExpertFactory(version=3 + n) for n in range(3)]
    rows = made(run, [e.pk for e in experts])
    assert execution.insert(rows) == 3
    stored = {row.expert_id: row for row in MatchCandidate.objects.all()}
    for expert, row in zip(experts, rows, strict=True):
        row.expert_version = expert.version
        for field in MatchCandidate._meta.concrete_fields:
            if not field.primary_key:
                value = field.value_from_object(row)
                assert field.value_from_object(stored[expert.pk]) == value, field.name


def test_rows_keep_their_order_and_leave_out_who_is_gone() -> None:
    run = RunFactory(running=True)
    ids = [e.pk for e in ExpertFactory.create_batch(6)][::-1]
    rows = [execution.candidate_row(run, scored(pk, 1), 0, listed=False) for pk in [*ids, 10**9]]
    assert execution.insert(rows) == 6
    assert list(MatchCandidate.objects.order_by("pk").values_list("expert_id", flat=True)) == ids
    assert execution.insert([]) == 0


def stored(people: int, django_assert_max_num_queries: Any) -> int:
    run = RunFactory(running=True)
    experts = ExpertFactory.create_batch(people)
    result = RankedResult([scored(e.pk, n) for n, e in enumerate(experts, 1)], {}, {})
    screening = Screening(
        Scope(run.request, timezone.localdate()), 1, 1, {}, timezone.now(), frozenset()
    )
    with django_assert_max_num_queries(12) as asked:
        execution.store(run, execution.Found(screening, result, {}), {}, 0.0)
    run.refresh_from_db()
    assert run.state == "done" and run.candidates.count() == people
    return len(asked.captured_queries)


def test_storing_takes_few_statements_for_any_number(django_assert_max_num_queries: Any) -> None:
    few, many = (stored(n, django_assert_max_num_queries) for n in (1, 12))
    assert few == many


def test_an_idle_index_costs_a_run_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert index_jobs.catch_up() == 0


def setting_of(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_note_of_progress_leaves_later_commits_safe() -> None:
    run = RunFactory(running=True)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    try:
        transitions.advance(run, "retrieve", 40)
        assert setting_of("synchronous_commit") == "on"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
    run.refresh_from_db()
    assert (run.step, run.progress) == ("retrieve", 40)


def test_fields_come_by_axis_and_rank_then_those_taken_up() -> None:
    request = RequestFactory(accepted=True)
    request.fields.all().delete()
    axes = {"T9-1": "tech", "T9-2": "tech", "A9-1": "domain", "D9-1": "data"}
    nodes = {
        code: TaxonomyNode.objects.create(
            code=code, axis=axis, label_ko=code, label_en=code, valid_from=timezone.localdate()
        )
        for code, axis in axes.items()
    }
    for code, rank in (("T9-2", 2), ("T9-1", 1), ("A9-1", 1)):
        request.fields.create(node=nodes[code], rank=rank)
    for code, state in (("D9-1", "accepted"), ("T9-2", "accepted")):
        DeskField.objects.create(request=request, node=nodes[code], state=state, by=UserFactory())
    told = [(f.code, f.axis, f.rank) for f in query_of(request).fields]
    assert told == [
        ("A9-1", "domain", 1),
        ("T9-1", "tech", 1),
        ("T9-2", "tech", 2),
        ("D9-1", "data", 1),
    ]


def behind() -> tuple[Request, Expert]:
    """A request whose officer has a profile himself."""
    officer = UserFactory(officer=True)
    return RequestFactory(accepted=True, requester=officer), ExpertFactory(user=officer)


def test_a_run_sees_a_profile_behind_the_request() -> None:
    request, own = behind()
    other = ExpertFactory()
    student = ExpertFactory()
    ClaimFactory(expert=student, education=True, details={"adviser": f"{own.name_ko} 교수"})
    screening = eligibility.screen(request)
    assert {own.pk, student.pk} <= screening.without and other.pk not in screening.without
    assert screening.barred([own.pk, other.pk, student.pk]) == {own.pk, student.pk}
    assert screening.excluded == eligibility.counts(
        eligibility.excluded(request), eligibility.pool_ids()
    )
