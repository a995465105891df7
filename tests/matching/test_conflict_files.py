"""Conflicts of a round from a file: all or none, and a sentence for what is none."""

from __future__ import annotations

import pytest

from matching.models import Conflict as Declared
from matching.services.conflict_files import BadFileError, import_conflicts
from tests.factories.rounds import RoundFactory, people

pytestmark = pytest.mark.django_db


def test_conflicts_come_from_a_file_all_or_none() -> None:
    row = RoundFactory(entries=1)
    one, two = people(2)
    ref = row.entries.get().request.ref
    head = "request,expert,evidence,reason\n"
    good = f"{ref},{one.public_id},2025년 협약서,공동 연구\n{ref},{two.name_ko},논문,공저\n"
    assert import_conflicts(row, (head + good).encode("utf-8-sig"), row.created_by) == 2
    assert Declared.objects.count() == 2
    assert import_conflicts(row, (head + good).encode(), row.created_by) == 2
    assert Declared.objects.count() == 2  # said again
    bad = f"{ref},{one.public_id},새 근거,까닭\n99-0001,{one.public_id},a,b\n{ref},없는이,a,b\n"
    bad += f"{ref},x\n"
    with pytest.raises(BadFileError) as raised:
        import_conflicts(row, (head + bad).encode(), row.created_by)
    assert [p.line for p in raised.value.problems] == [3, 4, 5]
    assert Declared.objects.count() == 2


def test_a_file_as_a_korean_spreadsheet_saves_it_is_read() -> None:
    row = RoundFactory(entries=1)
    (one,) = people(1)
    ref = row.entries.get().request.ref
    text = f"request,expert,evidence,reason\n{ref},{one.public_id},협약서,공동 연구\n"
    assert import_conflicts(row, text.encode("cp949"), row.created_by) == 1
    assert Declared.objects.get().evidence == "협약서"


HEAD = b"request,expert,evidence,reason\n"


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"\xff\xfe", HEAD + b"\0", HEAD, HEAD + b'"x'])
def test_files_that_are_none(content: bytes) -> None:
    row = RoundFactory(entries=1)
    with pytest.raises(BadFileError):
        import_conflicts(row, content, row.created_by)
