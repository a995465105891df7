"""`make allocate`: files in, files out, and what a person is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config import allocate

SCORES = np.array([[0.9, 0.8, 0.1], [0.85, 0.1, 0.0], [0.0, -1.0, 0.0]])


def problem(folder: Path, **changed: Any) -> None:
    arrays = {"scores": SCORES, "seats": np.array([1, 1, 2]), "capacity": 1, **changed}
    np.savez(folder / "problem.npz", **{k: v for k, v in arrays.items() if v is not None})


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, **more: str) -> int:
    values = {"CALLER": str(folder), "PROBLEM": "problem.npz", "ANSWER": "answer.npz", **more}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return allocate.main()


def test_both_plans_are_written_and_the_totals_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem(tmp_path)
    assert run(tmp_path, monkeypatch) == 0
    with np.load(tmp_path / "answer.npz") as answer:
        assert set(answer) == {"assignment", "assignment_fair"}
        for name in answer:
            assert answer[name].shape == SCORES.shape and answer[name].dtype == np.uint8
        assert (answer["assignment"] * SCORES).sum() == pytest.approx(1.65)
    text = capsys.readouterr().out
    assert "assignment: total 1.65" in text and "price of fairness: 0.0000%" in text
    assert "remaining gap of the fair plan: 0.0000%" in text and "worst-off: 1" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.npz", "problem.npz"]


def test_forbidden_pairs_stay_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden = np.zeros(SCORES.shape, bool)
    forbidden[1, 0] = True
    problem(tmp_path, forbidden=forbidden)
    assert run(tmp_path, monkeypatch, TIME="5") == 0
    with np.load(tmp_path / "answer.npz") as answer:
        assert answer["assignment"].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_quotas_are_kept_and_open_minimums_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    groups = np.array([[0, 1, 0], [0, 0, 1]])
    problem(tmp_path, groups=groups, group_least=np.array([[0, 1, 0], [0, 1, 1]]),
            group_most=np.array([[0, 1, 1], [1, 1, 1]]))  # fmt: skip
    assert run(tmp_path, monkeypatch) == 0
    with np.load(tmp_path / "answer.npz") as answer:
        for name in ("assignment", "assignment_fair"):
            assert answer[name].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    text = capsys.readouterr().out
    assert "remaining gap of the greatest total: 0.0000%" in text
    assert "minimums: 2 of their seats stay open" in text
    assert "group 1, request 2: 1 open, nobody of the group can be used there" in text


@pytest.mark.parametrize(
    ("changed", "more", "words"),
    [
        ({"seats": None}, {}, "no array seats"),
        ({"scores": SCORES * np.nan}, {}, "not finite"),
        ({"capacity": np.array([1, 2])}, {}, "one for each of 3 experts"),
        ({"scores": np.array([[None]], object)}, {}, "cannot be read"),
        ({"groups": np.ones((1, 3))}, {}, "needs group_least or group_most"),
        ({"group_most": np.ones((1, 3))}, {}, "needs group_least or group_most"),
        ({"groups": np.ones((1, 2)), "group_most": np.ones((1, 3))}, {}, "groups × experts"),
        ({"groups": np.ones((1, 3)), "group_most": np.ones(3)}, {}, "groups × requests"),
        ({}, {"PROBLEM": "elsewhere.npz"}, "there is no file"),
        ({}, {"PROBLEM": ""}, "usage"),
        ({}, {"ANSWER": "nowhere/answer.npz"}, "not a file in a folder"),
        ({}, {"TIME": "soon"}, "seconds are needed"),
        ({}, {"TIME": "-1"}, "seconds are needed"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, Any],
    more: dict[str, str],
    words: str,
) -> None:
    problem(tmp_path, **changed)
    before = sorted(tmp_path.iterdir())
    assert run(tmp_path, monkeypatch, **more) == 2
    told = capsys.readouterr().err
    assert words in told and len(told.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no archive at all"])
def test_files_that_are_no_archives(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
) -> None:
    (tmp_path / "problem.npz").write_bytes(content)
    assert run(tmp_path, monkeypatch) == 2
    told = capsys.readouterr().err
    assert "cannot be read as .npz" in told and "pickle" not in told


def test_a_single_array_is_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / "problem.npz").open("wb") as target:
        np.save(target, SCORES)
    assert run(tmp_path, monkeypatch) == 2
    assert "one array instead" in capsys.readouterr().err


def test_an_old_answer_survives_a_bad_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answer.npz").write_bytes(b"old")
    problem(tmp_path, seats=np.array([-1, 1, 1]))
    assert run(tmp_path, monkeypatch) == 2
    assert (tmp_path / "answer.npz").read_bytes() == b"old"
