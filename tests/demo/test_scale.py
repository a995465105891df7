"""bench_matching on a few experts: every section, its files, and nothing left behind."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from demo.scale import aims, measure, page, plot, report
from demo.scale.database import PREFIX, own_database
from demo.scale.exact import Truth
from demo.scale.measure import summary

COUNT = 120


def left_behind():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_whole_measurement(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(measure, "CLIENTS", (1, 2))
    before = connection.settings_dict["NAME"]
    call_command(
        "bench_matching", experts=COUNT, folder=str(tmp_path), queries=3, requests=5, rounds=1,
        seconds=0.2, processes=1,
    )  # fmt: skip
    figures = json.loads((tmp_path / f"postgres-{COUNT}.json").read_text(encoding="utf-8"))
    assert connection.settings_dict["NAME"] == before
    assert left_behind() == []
    assert figures["experts"] == COUNT
    assert 0 < figures["runs"]["eligible"] < COUNT
    assert set(figures["throughput"]) == {"1", "2"}
    assert figures["retrieval"]["100 %"]["recall of the list"] > 0.9
    assert "recall@50" in capsys.readouterr().out

    written = page.write(tmp_path, tmp_path)
    text = written[0].read_text(encoding="utf-8")
    assert "## Whole run beyond the encoder" in text and f" {COUNT} " in text
    assert "whole run, p95 in ms" in text
    assert written[1].read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.django_db(transaction=True)
def test_the_database_is_dropped_when_the_work_breaks_off():
    before = connection.settings_dict["NAME"]
    with pytest.raises(KeyboardInterrupt), own_database("broken", "nothing"):
        raise KeyboardInterrupt
    assert left_behind() == []
    assert connection.settings_dict["NAME"] == before


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "name a number"),
        ({"sizes": "ten"}, "numbers with commas"),
        ({"experts": 0}, "at least 1"),
        ({"sizes": "10,20", "json": "x.json"}, "--folder"),
    ],
)
def test_options_that_make_no_sense(options, words):
    with pytest.raises(CommandError, match=words):
        call_command("bench_matching", **{"experts": None, **options})


def test_the_largest_size_of_each_engine_is_held_against_the_aims():
    def sized(engine, experts, p50, p95):
        return {"engine": engine, "experts": experts, "runs": {"whole": {"p50": p50, "p95": p95}}}

    found = [
        sized("postgres", 1_000, 50, 60),
        sized("postgres", 10_000, 60, 70),
        {**sized("elasticsearch", 1_000_000, 160, 149.9),
         "retrieval": {"1 %": {"recall": 0.979}}, "load": {"search server": 901}},
    ]  # fmt: skip
    assert aims.rows(found) == [
        ["postgres", "10,000", "whole run, p95 in ms", "<= 150", "70", "met"],
        ["postgres", "10,000", "p50 against 1,000 experts", "<= 3", "1.2", "met"],
        ["elasticsearch", "1,000,000", "whole run, p95 in ms", "<= 150", "149.9", "met"],
        ["elasticsearch", "1,000,000", "p50 against 1,000 experts", "<= 3", "3.2", "missed"],
        ["elasticsearch", "1,000,000", "recall@50, filter 1 %", ">= 0.98", "0.979", "missed"],
        ["elasticsearch", "1,000,000", "rebuild in s", "<= 900", "901", "missed"],
    ]


def test_recall_is_the_mean_share_of_the_right_ones():
    truth = Truth({(0, "100 %", "fused"): [1, 2, 3, 4], (1, "100 %", "fused"): [5, 6]})
    assert truth.recall([[1, 2, 9], [6, 5]], "100 %") == pytest.approx(0.75)


def test_truth_is_kept_for_the_same_question_only(tmp_path):
    path = tmp_path / "kept.truth"
    Truth({(0, "1 %", "dense"): [7]}).write(path, "one")
    assert Truth.read(path, "one") == Truth({(0, "1 %", "dense"): [7]})
    assert Truth.read(path, "two") is None


def test_percentiles_by_nearest_rank():
    assert summary(range(1, 102)) == {"p50": 51, "p95": 96, "p99": 100, "runs": 101}
    assert summary([]) == {"runs": 0}


def test_figures_of_another_format_are_not_read(tmp_path):
    path = tmp_path / "postgres-10.json"
    path.write_text('{"format": 0, "experts": 10}', encoding="utf-8")
    assert report.read(path) == {}
    report.write(path, {"experts": 10})
    assert report.read(path)["experts"] == 10


def test_a_picture_of_one_point():
    drawn = plot.drawn({"whole run": [(1_000, 90.0)]}, aim=150)
    assert drawn.count("<circle") == 1 and "150 ms" in drawn
