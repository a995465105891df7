"""Weight sets: reading judgements, fitting, putting into use, going back; figures of use."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, MissingFacts, NotPermitted
from consulting.models import Request
from experts.models import Expert
from matching import pipeline, weights
from matching.calibration_store import active_calibration
from matching.conf import Scoring
from matching.engines import active_engine
from matching.learning.pairs import Source, pairs_of
from matching.models import Evaluation, WeightSet
from matching.selectors.judged import decided_lists as read_lists
from matching.selectors.judged import is_comparable, pairs_until
from matching.services import evaluations, learning
from matching.services.learning import Material, TooLittleError, learn
from tests.factories.accounts import UserFactory
from tests.factories.learning import FITTED, WeightSetFactory, decided_lists
from tests.factories.matching import CandidateFactory, RunFactory

pytestmark = pytest.mark.django_db
REASON = "남겨 둔 요청에서 나았습니다."


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What this process knows of the active set belongs to one test."""
    weights.forget()
    yield
    weights.forget()


@pytest.fixture
def administrator() -> Any:
    return UserFactory(administrator=True)


def material() -> Material:
    return Material([pair for one in read_lists() for pair in pairs_of(one)])


# --- reading ---------------------------------------------------------------------------------


def test_decided_lists_are_read_and_others_are_not() -> None:
    decided_lists(2)
    CandidateFactory(run=RunFactory(), chosen=True)  # still open
    lists = read_lists()
    assert len(lists) == 2 and {len(one.rows) for one in lists} == {6}
    assert {one.language for one in lists} == {"ko"} and lists[0].version == "1"
    counts = pairs_until(timezone.localdate())
    assert counts["chosen"] == counts["declined"] == 2
    assert sum(counts.values()) == len(material().pairs)


def test_a_request_counts_once_with_its_last_list() -> None:
    run = decided_lists(1)[0]
    later: Any = RunFactory(request=run.request, created_at=timezone.now() + timedelta(hours=1))
    CandidateFactory(run=later, chosen=True, rank=1)
    assert [one.run for one in read_lists()] == [later.pk]


def test_who_withdrew_is_gone_from_the_judgements() -> None:
    run = decided_lists(1)[0]
    chosen = run.candidates.get(mark="chosen").expert_id
    Expert.objects.filter(pk=chosen).update(state=Expert.State.WITHDRAWN)
    assert str(chosen) not in {pair.expert for pair in material().pairs}
    assert "chosen" not in pairs_until(timezone.localdate())


def test_reading_takes_as_many_queries_for_many_lists(django_assert_max_num_queries: Any) -> None:
    decided_lists(9)
    with django_assert_max_num_queries(3):
        read_lists()


def test_signals_of_other_versions_are_not_comparable() -> None:
    now = pipeline.versions(active_engine(), pipeline.current_context())
    now = json.loads(json.dumps(now))
    other = {**now["scoring"], "weights": FITTED, "version": "7", "centre": 9.0}
    assert is_comparable({**now, "scoring": other}, now)
    assert not is_comparable({**now, "scoring": {**now["scoring"], "k1": 0.1}}, now)
    assert not is_comparable({**now, "background": "other"}, now)
    assert not is_comparable({}, now)


# --- fitting ---------------------------------------------------------------------------------


def test_a_candidate_is_stored_with_its_report_once(administrator: Any) -> None:
    decided_lists(24)
    row, is_new = learn(material(), administrator, pairs_per_weight=20)
    assert is_new and row.state == "candidate" and row.base == Scoring().version
    assert row.scoring["weights"]["lexical"] > Scoring().weights["lexical"]
    assert sum(row.scoring["weights"].values()) == pytest.approx(sum(Scoring().weights.values()))
    assert row.calibration["shape"] and row.trained_on["sources"]["chosen"] == 24
    assert row.trained_on["from"] == timezone.localdate().isoformat()
    assert set(row.report["difference"]) == {
        "ndcg@10",
        "pair_loss",
        "log_loss",
        "calibration_error",
    }
    json.dumps(row.report, allow_nan=False)
    learning.activate(row.number, REASON, administrator)
    weights.forget()
    calibration = active_calibration(Scoring.current())
    assert calibration is not None and calibration.as_json() == row.calibration
    learning.use_defaults(REASON, administrator)
    weights.forget()
    again, is_new = learn(material(), administrator, pairs_per_weight=20)
    assert again == row and not is_new and WeightSet.objects.count() == 1
    assert "판정" in Event.objects.get(type="match.weights_fitted").sentence
    assert Scoring.current() == Scoring()  # nothing is in use yet


def test_too_little_to_learn_from_is_said_with_numbers() -> None:
    decided_lists(3)
    with pytest.raises(TooLittleError, match=r"There are \d+ judged pairs; 3 weights need 150"):
        learn(material())
    with pytest.raises(TooLittleError, match="from 3 requests; 10 are needed"):
        learn(material(), pairs_per_weight=1)
    with pytest.raises(TooLittleError, match="0 judged pairs"):
        learn(Material([]))
    assert not WeightSet.objects.exists()


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--judged FOLDER, --from-use or both"):
        call_command("learn_weights")
    with pytest.raises(CommandError, match="1 or more"):
        call_command("learn_weights", from_use=True, min_pairs=0)
    with pytest.raises(CommandError, match=r"experts\.jsonl: cannot be read"):
        call_command("learn_weights", judged=tmp_path)
    (tmp_path / "experts.jsonl").write_text('{"id": "1"}\n{"id": "1"}\n')
    with pytest.raises(CommandError, match=r"experts\.jsonl:2: repeats the id '1' of line 1"):
        call_command("learn_weights", judged=tmp_path)
    with pytest.raises(CommandError, match="There are 0 judged pairs"):
        call_command("learn_weights", from_use=True)


@pytest.mark.encoder
@pytest.mark.django_db(transaction=True)
def test_the_command_on_a_judged_set(capsys: Any) -> None:
    folder = Path(__file__).parent.parent / "data" / "judged_small"
    call_command("learn_weights", judged=folder, min_pairs=100)
    row = WeightSet.objects.get()
    assert f"Weights {row.version} stored" in capsys.readouterr().out
    assert row.trained_on["sources"] == {"judged": 360}


# --- putting into use ------------------------------------------------------------------------


def test_a_set_is_used_from_the_next_search_on_and_named_by_it(
    administrator: Any, django_capture_on_commit_callbacks: Any
) -> None:
    row: Any = WeightSetFactory()
    assert Scoring.current().version == Scoring().version
    with django_capture_on_commit_callbacks(execute=True):
        learning.activate(row.number, REASON, administrator)
    used = Scoring.current()
    assert used.weights == FITTED and used.version == row.version == f"{row.base}.{row.number}"
    named = pipeline.versions(active_engine(), pipeline.current_context())["scoring"]
    assert named["version"] == row.version and named["weights"] == FITTED
    assert asdict(used)["k1"] == Scoring().k1
    event = Event.objects.get(type="match.weights_activated")
    assert REASON in event.sentence and row.version in event.sentence


def test_another_process_learns_of_it_within_seconds(
    administrator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row: Any = WeightSetFactory()
    assert Scoring.current().version == Scoring().version
    learning.activate(row.number, REASON, administrator)  # uncommitted: nobody was told
    assert Scoring.current().version == Scoring().version
    monkeypatch.setattr(weights, "FRESH", 0.0)
    assert Scoring.current().version == row.version


def test_a_run_asks_for_the_weights_at_most_once(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        Scoring.current()
        Scoring.current()


def test_settings_win_over_the_active_set(settings: Any) -> None:
    WeightSetFactory(active=True)
    settings.MATCHING_SCORING = {"weights": {"dense": 1.0}}
    assert Scoring.current().weights == {"dense": 1.0}


def test_a_set_for_other_signals_is_left_aside() -> None:
    WeightSetFactory(active=True, scoring={"weights": {"dense": 0.5, "citations": 0.5}})
    assert Scoring.current() == Scoring()


def test_a_set_of_other_built_in_numbers_is_left_aside(administrator: Any) -> None:
    WeightSetFactory(active=True, base="0")
    assert Scoring.current() == Scoring()
    old: Any = WeightSetFactory(base="0")
    with pytest.raises(Conflict, match="계산 방식"):
        learning.activate(old.number, REASON, administrator)


def test_going_back_to_an_earlier_set_and_to_the_defaults(administrator: Any) -> None:
    first: Any = WeightSetFactory()
    second: Any = WeightSetFactory(scoring={"weights": Scoring().weights})
    for row in (first, second, first):
        learning.activate(row.number, REASON, administrator)
        assert WeightSet.objects.active().get() == row
    second.refresh_from_db()
    assert second.state == "retired" and second.retired_at
    with pytest.raises(Conflict, match="이미 쓰고 있는"):
        learning.activate(first.number, REASON, administrator)
    learning.use_defaults(REASON, administrator)
    assert not WeightSet.objects.active().exists()
    with pytest.raises(Conflict, match="기본 가중치"):
        learning.use_defaults(REASON, administrator)
    types = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert types == ["match.weights_activated"] * 3 + ["match.weights_retired"]


@pytest.mark.parametrize("role", ["manager", "auditor", "officer", "reviewer"])
def test_only_administrators_change_the_weights(role: str) -> None:
    row: Any = WeightSetFactory()
    person = UserFactory(**{role: True})
    with pytest.raises(NotPermitted):
        learning.activate(row.number, REASON, person)
    with pytest.raises(NotPermitted):
        learning.use_defaults(REASON, person)
    assert not WeightSet.objects.active().exists()


def test_a_change_needs_a_reason(administrator: Any) -> None:
    row: Any = WeightSetFactory()
    for reason in ("", "  "):
        with pytest.raises(MissingFacts):
            learning.activate(row.number, reason, administrator)
    assert not WeightSet.objects.active().exists() and not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_at_once_one_set_remains() -> None:
    rows: list[Any] = WeightSetFactory.create_batch(4)
    people = [UserFactory(administrator=True) for _ in rows]

    def work(number: int, by: Any) -> None:
        try:
            learning.activate(number, REASON, by)
        finally:
            connection.close()

    pairs = zip(rows, people, strict=True)
    threads = [threading.Thread(target=work, args=(row.number, by)) for row, by in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(WeightSet.objects.values_list("state", flat=True))
    assert states == ["active", "retired", "retired", "retired"]
    assert Event.objects.filter(type="match.weights_activated").count() == 4


def test_the_database_holds_one_active_set_named_by_a_person() -> None:
    WeightSetFactory(active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        WeightSetFactory(active=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        WeightSetFactory(state="active", activated_by=None)


# --- figures ---------------------------------------------------------------------------------


def test_figures_of_use_are_stored_once_per_day() -> None:
    assert evaluations.evaluate_use() is None
    decided_lists(5)
    row = evaluations.evaluate_use()
    assert row is not None and row.requests == 5
    assert row.figures["all"]["top_5"]["count"] == 5
    assert set(row.figures["kind"]) == {"consulting-quick"}
    assert set(row.figures["language"]) == {"ko"}
    assert row.pairs == row.pairs_so_far and row.pairs["chosen"] == 5
    assert sum(found["count"] for found in row.curve) == sum(row.pairs.values())
    again = evaluations.evaluate_use()
    assert again == row and Evaluation.objects.count() == 1


def test_missing_weeks_are_filled_in_once() -> None:
    today = timezone.localdate()
    for number, run in enumerate(decided_lists(3)):
        at = timezone.now() - timedelta(weeks=2 * number + 1)
        Request.objects.filter(pk=run.request_id).update(decided_at=at)
    stored = evaluations.evaluate_missing()
    assert 4 <= stored <= 6
    assert evaluations.evaluate_missing() == 0
    days = list(Evaluation.objects.of_use().values_list("ends_on", flat=True))
    assert all(day.weekday() == 6 and day < today for day in days)
    assert Evaluation.objects.of_use().last().requests == 3  # type: ignore[union-attr]


def test_figures_of_a_judged_set_are_kept(tmp_path: Path) -> None:
    estimate = {"value": 0.9, "low": 0.8, "high": None, "count": 3}
    content = {
        "metrics": {"fused": {"ndcg@10": estimate}},
        "requests": {"a": {}, "b": {}},
        "versions": {"scoring": {"version": "1.4"}},
    }
    path = tmp_path / "set.json"
    path.write_text(json.dumps(content))
    for _ in range(2):
        call_command("store_evaluation", path)
    row = Evaluation.objects.get()
    assert (row.name, row.requests, row.weights_version) == ("set", 2, "1.4")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "set.json:1"),
        ("[]", "is not what evaluate_matching"),
        ('{"metrics": {"fused": {"x": {}}}, "requests": {}}', "is not what evaluate_matching"),
        (
            '{"metrics": {"fused": {"x": {"value": "a", "low": 0, "high": 0, "count": 1}}}, '
            '"requests": {}}',
            "x holds something that is no number",
        ),
    ],
)
def test_figures_that_cannot_be_read_are_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(text)
    with pytest.raises(CommandError, match=told):
        call_command("store_evaluation", path)
    assert not Evaluation.objects.exists()


def test_sources_of_later_parts_have_a_place() -> None:
    from matching.models.learning import SOURCES

    assert set(SOURCES) == set(Source)
