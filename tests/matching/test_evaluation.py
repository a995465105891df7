"""Evaluation: metrics of known rankings, malformed sets, and the whole command on a real set."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from matching.calibration import Calibration
from matching.calibration_store import shipped_calibration
from matching.engines.postgres import PostgresEngine
from matching.evaluation.cases import CASES, in_case
from matching.evaluation.chances import chances_of
from matching.evaluation.dataset import JudgedSet, MalformedSetError, read_set
from matching.evaluation.metrics import (
    best_on_top,
    mean_estimate,
    ndcg,
    pair_losses,
    recall,
    reciprocal_rank,
)
from matching.evaluation.report import chance_lines, write_calibration
from matching.evaluation.runner import RequestScores, unusable
from matching.evaluation.scratch import PREFIX, drop_stale, scratch_schema
from matching.models.index import ExpertIndex
from tests.matching.prepared import context, expert, request

JUDGED = Path(__file__).parent.parent / "data" / "judged_small"


def _array(*values: float) -> np.ndarray:
    return np.array(values, float)


def test_ndcg_of_known_orders() -> None:
    assert ndcg(_array(3, 2, 1), _array(3, 1, 0), 10) == 1
    worst = (1 / math.log2(3) + 7 / math.log2(4)) / (7 + 1 / math.log2(3))
    assert ndcg(_array(1, 2, 3), _array(3, 1, 0), 10) == pytest.approx(worst)
    assert math.isnan(ndcg(_array(1, 2), _array(0, 0), 10))


def test_ties_win_nothing() -> None:
    shared = (7 * (1 + 1 / math.log2(3)) / 2) / 7
    assert ndcg(_array(1, 1), _array(3, 0), 10) == pytest.approx(shared)
    assert best_on_top(_array(1, 1), _array(3, 0)) == 0.5
    assert reciprocal_rank(_array(1, 1), _array(3, 0)) == 0.5
    assert pair_losses(_array(1, 1), _array(3, 0)) == (1.5, 3.0)


def test_pair_losses_weigh_by_the_difference_of_grades() -> None:
    assert pair_losses(_array(1, 2, 3), _array(0.5, 2, 0)) == (2.5, 1.5 + 0.5 + 2)


def test_recall_and_intervals() -> None:
    assert recall([1, 2], {2, 3}) == 0.5
    estimate = mean_estimate([0.0, 1.0, float("nan")])
    assert (estimate.value, estimate.count) == (0.5, 2)
    assert estimate.low <= 0.5 <= estimate.high
    assert estimate == mean_estimate([0.0, 1.0])


def _scored(request_id: str, language: str = "ko", **facts) -> RequestScores:
    """Four judged experts; the third is suitable and English, the others are not."""
    values = {"fused": _array(1, 2, 3, 0), "dense": _array(1, 2, 3, 0)}
    values |= {"lexical": _array(1, 5, 3, 0), "tags": _array(0, 0, 1, 0)}
    languages = ["ko", "ko", "en", "ko"]
    grades = facts.pop("grades", _array(0, 1, 2, 0))
    return RequestScores(request_id, language, list("abcd"), languages, grades, values, **facts)


def test_hard_cases_are_told_from_the_pairs() -> None:
    one_line, long = _scored("r1", length=12, tags=0), _scored("r2", "en", length=500, tags=2)
    nobody = _scored("r3", grades=_array(0, 0, 1, 0))
    found = {
        name: [r.request_id for r in in_case(name, [one_line, long, nobody], 2)] for name in CASES
    }
    assert found == {
        "Korean request": ["r1"],
        "English request": ["r2"],
        "one line": ["r1"],
        "no tags": ["r1"],
        "misleading tags": [],
        "misleading words": ["r1", "r2"],
        "misleading meaning": [],
        "suitable in the other language": ["r1"],
    }


def test_chances_of_a_set_and_the_reason_where_there_are_none(tmp_path: Path) -> None:
    few = chances_of([_scored("r1"), _scored("r2")], 2, shipped_calibration())
    assert few.learned is None and "too few" in few.reason
    assert few.error is not None and 0 <= few.error <= 1 and len(few.curve) == 8
    many = chances_of([_scored(f"r{n}") for n in range(20)], 2, None, "a test", "abc")
    assert many.learned is not None and many.learned.pairs == 80 and many.error is None
    assert (many.learned.source, many.learned.scoring) == ("a test", "abc")
    write_calibration(tmp_path / "c.json", many.learned)
    assert Calibration.from_json(json.loads((tmp_path / "c.json").read_text())) == many.learned
    assert "cross-validated" in chance_lines(many) and "none (" in chance_lines(few)
    assert chances_of([], 2, None).reason


def test_pieces_without_a_vector_are_named() -> None:
    person = expert(1, ["침수 예측", "민원 분류"])
    person.vectors["e5-small"][1] = np.nan
    judged = JudgedSet(["x7"], [], ["q3"], [], [])
    broken = request("침수")
    broken.vectors["e5-small"][:] = np.nan
    assert list(unusable(judged, [person], [broken])) == [
        "expert x7: 1 of 2 pieces have no usable vector",
        "request q3: no usable vector, matched by words and tags alone",
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(JUDGED, tmp_path / "set"))


@pytest.mark.parametrize(
    "file, line, text, reason",
    [
        ("experts.jsonl", 3, "{not json", "not valid JSON"),
        ("experts.jsonl", 2, '{"bio": "누구"}', "no id"),
        ("experts.jsonl", 2, '{"id": "s01"}', "repeats the id"),
        ("experts.jsonl", 4, "[]", "not a JSON object"),
        ("experts.jsonl", 1, '{"id": "a", "tags": "침수"}', "tags is not a list"),
        ("experts.jsonl", 1, '{"id": "a", "evidence": [{"year": "작년"}]}', "is not a number"),
        ("requests.jsonl", 1, '{"id": "t01", "title": 3}', "title is not a text"),
        ("judgments.tsv", 1, "request\texpert\tgrade", "header must name"),
        ("judgments.tsv", 5, "t01\ts01", "has 2 columns"),
        ("judgments.tsv", 5, "t01\tnobody\t1", "unknown expert"),
        ("judgments.tsv", 5, "t99\ts01\t1", "unknown request"),
        ("judgments.tsv", 5, "t01\ts05\t-1", "0 or more"),
        ("judgments.tsv", 5, "t01\ts05\tnan", "0 or more"),
    ],
)
def test_malformed_sets_name_file_line_and_reason(
    folder: Path, file: str, line: int, text: str, reason: str
) -> None:
    lines = (folder / file).read_text().split("\n")
    lines[line - 1] = text
    (folder / file).write_text("\n".join(lines))
    with pytest.raises(MalformedSetError) as found:
        read_set(folder)
    assert str(found.value).startswith(f"{file}:{line}: ") and reason in str(found.value)


@pytest.mark.parametrize("file", ["experts.jsonl", "requests.jsonl", "judgments.tsv"])
def test_missing_empty_and_foreign_files(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\n\n")
    with pytest.raises(MalformedSetError, match=file):
        read_set(folder)
    (folder / file).write_bytes(b"ok\n\xff\xfe")
    with pytest.raises(MalformedSetError, match=f"{file}:[12]:"):
        read_set(folder)
    (folder / file).unlink()
    with pytest.raises(MalformedSetError, match="cannot be read"):
        read_set(folder)


def test_whatever_may_be_empty_may_be_empty(tmp_path: Path) -> None:
    people = [
        {"id": 7},
        {"id": "b ", "bio": None, "tags": None, "fields": [], "evidence": [{}]},
        {"id": "ㄱ/'\"", "evidence": [{"title": "줄\u2028바꿈", "text": "", "year": None}]},
    ]
    (tmp_path / "experts.jsonl").write_text("\r\n".join(json.dumps(p) for p in people))
    (tmp_path / "requests.jsonl").write_text('\ufeff{"id": "q", "title": ""}')
    (tmp_path / "judgments.tsv").write_text(
        "grade\trequest_id\texpert_id\r\n0.25\tq\t7\r\n1e1\tq\tb \r\n"
    )
    judged = read_set(tmp_path)
    assert judged.expert_ids == ["7", "b ", "ㄱ/'\""]
    assert [j.grade for j in judged.judgments] == [0.25, 10]
    assert [len(e.pieces) for e in judged.experts] == [0, 0, 1]


def _schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
def test_a_scratch_schema_hides_the_site_and_goes_away() -> None:
    engine, setting = PostgresEngine(), context()
    engine.upsert([expert(1, ["침수"])], setting)
    with pytest.raises(KeyboardInterrupt), scratch_schema() as name:
        assert name in _schemas() and ExpertIndex.objects.count() == 0
        engine.upsert([expert(5, ["민원"]), expert(6, ["교통"])], setting)
        raise KeyboardInterrupt
    assert not [name for name in _schemas() if name.startswith(PREFIX)]
    assert list(ExpertIndex.objects.values_list("expert_id", flat=True)) == [1]


@pytest.mark.django_db(transaction=True)
def test_a_schema_left_by_a_killed_process_is_dropped() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {PREFIX}1_dead")
    with scratch_schema() as mine:
        assert f"{PREFIX}1_dead" not in _schemas()
        assert mine in _schemas()
    assert drop_stale() == []


def _evaluate(folder: Path, out: Path) -> tuple[str, dict]:
    call_command("evaluate_matching", str(folder), scores=out / "s.tsv", json=out / "s.json")
    return (out / "s.tsv").read_text(), json.loads((out / "s.json").read_text())


@pytest.mark.encoder
@pytest.mark.django_db(transaction=True)
def test_the_whole_command_on_a_judged_set(tmp_path: Path, capsys) -> None:
    scores, figures = _evaluate(JUDGED, tmp_path)
    assert "ndcg@10" in capsys.readouterr().out
    lines = scores.splitlines()
    assert lines[0].split("\t") == ["request_id", "expert_id", "score", "dense", "lexical", "tags"]
    pairs = [line.split("\t") for line in (JUDGED / "judgments.tsv").read_text().splitlines()[1:]]
    assert [line.split("\t")[:2] for line in lines[1:]] == [pair[:2] for pair in pairs]
    assert all(math.isfinite(float(v)) for line in lines[1:] for v in line.split("\t")[2:])
    fused = figures["metrics"]["fused"]
    assert fused["ndcg@10"]["value"] > 0.9
    assert fused["pair_loss"]["value"] < 0.1
    gap = fused["ndcg@10 own language"]["value"] - fused["ndcg@10 other language"]["value"]
    assert gap < 0.05
    assert not ExpertIndex.objects.exists()
    assert figures["metrics"]["dense+lexical"]["ndcg@10"]["count"] == fused["ndcg@10"]["count"]
    assert figures["cases"]["Korean request"]["fused"]["ndcg@10"]["count"] > 0
    assert figures["calibration"]["in_use"]["version"] == figures["versions"]["calibration"]
    assert 0 <= figures["calibration"]["in_use"]["error"] <= 1
    assert _evaluate(JUDGED, tmp_path)[0] == scores


@pytest.mark.encoder
@pytest.mark.django_db(transaction=True)
def test_plain_documents_without_tags_or_experts_with_nothing(tmp_path: Path) -> None:
    people = [
        {"id": "d1", "evidence": [{"text": "도로 포장의 균열을 찾는 방법", "kind": "page"}]},
        {"id": "d2", "evidence": [{"text": "급식 조리실의 위생 관리", "kind": "page"}]},
        {"id": "empty"},
    ]
    (tmp_path / "experts.jsonl").write_text("\n".join(json.dumps(p) for p in people))
    (tmp_path / "requests.jsonl").write_text(json.dumps({"id": "q", "title": "도로 균열 탐지"}))
    (tmp_path / "judgments.tsv").write_text(
        "request_id\texpert_id\tgrade\nq\td1\t1\nq\td2\t0\nq\tempty\t0\n"
    )
    scores, figures = _evaluate(tmp_path, tmp_path)
    assert figures["metrics"]["fused"]["ndcg@10"]["value"] == 1
    assert figures["metrics"]["fused"]["mrr"]["value"] == 1
    assert figures["metrics"]["fused"]["ndcg@10 other language"]["value"] is None
    assert len(scores.splitlines()) == 4


@pytest.mark.django_db(transaction=True)
def test_a_malformed_set_ends_with_a_message(folder: Path) -> None:
    (folder / "judgments.tsv").write_text("")
    with pytest.raises(CommandError, match=r"judgments\.tsv"):
        call_command("evaluate_matching", str(folder))


def test_a_file_that_cannot_be_written_is_refused_before_the_work(folder: Path) -> None:
    (folder / "taken").write_text("")
    for place in (folder, folder / "taken" / "scores.tsv"):
        with pytest.raises(CommandError, match="no file can be written"):
            call_command("evaluate_matching", str(folder), "--scores", str(place))
