"""The demo requests as they are written."""

import re
from collections import Counter

from consulting.kinds import read_kinds
from consulting.models import Request
from consulting.writing import BOXES
from demo.reading import document, library, table

ROWS = document("requests")


def test_there_are_many_of_every_kind_and_in_every_state() -> None:
    assert len(ROWS) >= 60
    assert {row["kind"] for row in ROWS} == {kind["code"] for kind in read_kinds()}
    assert {row["state"] for row in ROWS} == set(Request.State.values)


def test_keys_and_titles_are_their_own() -> None:
    for name in ("key", "title"):
        assert not [value for value, n in Counter(r[name] for r in ROWS).items() if n > 1]


def test_codes_are_known() -> None:
    departments = {row["code"] for row in table("organisations")}
    assert {row["department"] for row in ROWS} <= departments
    assert {code for row in ROWS for code in row["fields"]} <= set(library("ko"))


def test_three_fields_on_an_axis_at_most() -> None:
    for row in ROWS:
        axes = Counter(code[0] for code in row["fields"])
        assert not axes or max(axes.values()) <= 3, row["key"]


def test_some_are_in_english_and_some_without_fields() -> None:
    assert sum(not re.search("[가-힣]", row["situation"]) for row in ROWS if row["situation"]) >= 3
    assert sum(not row["fields"] for row in ROWS) >= 3


def test_what_was_filed_is_filled_in() -> None:
    filed = [row for row in ROWS if row["state"] != "draft"]
    assert not [row["key"] for row in filed if not all(row[name].strip() for name in BOXES)]


def test_returned_ones_carry_the_question_and_closed_ones_the_reason() -> None:
    for row in ROWS:
        questions = [m for m in row["messages"] if m["kind"] == "question"]
        assert questions or row["state"] != "returned", row["key"]
        if row["state"] in ("rejected", "withdrawn"):
            assert row["closing_reason"]


def test_decided_ones_have_as_many_reasons_as_people_are_wanted() -> None:
    for row in ROWS:
        if row["state"] == "decided":
            assert len(row["reasons"]) == row["experts_wanted"], row["key"]
            assert row["note"]
