"""Reading a judged set: experts.jsonl, requests.jsonl and judgments.tsv of one folder.

Everything wrong is reported with file, line and reason; nothing is guessed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matching.evidence import (
    BIO_KIND,
    EvidencePiece,
    ExpertRecord,
    Field,
    RequestQuery,
    clean,
)

AXES = {"기술": "tech", "데이터": "data", "도메인": "domain"}
JUDGMENT_COLUMNS = ("request_id", "expert_id", "grade")


class MalformedSetError(ValueError):
    """A judged set that cannot be read; the message names file, line and reason."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path.name}:{line}: {reason}" if line else f"{path.name}: {reason}")


@dataclass(frozen=True)
class Judgment:
    request_id: str
    expert_id: str
    grade: float


@dataclass(frozen=True)
class JudgedSet:
    """A judged set; the n-th expert (from 1) has key n, so ids may be any strings."""

    expert_ids: list[str]
    experts: list[ExpertRecord]
    request_ids: list[str]
    requests: list[RequestQuery]
    judgments: list[Judgment]


def read_set(folder: Path) -> JudgedSet:
    """Read and check a folder; raises MalformedSetError."""
    expert_ids, experts = _read_experts(folder / "experts.jsonl")
    request_ids, requests = _read_requests(folder / "requests.jsonl")
    judgments = _read_judgments(folder / "judgments.tsv", set(request_ids), set(expert_ids))
    return JudgedSet(expert_ids, experts, request_ids, requests, judgments)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, numbered from 1. Only line feeds end a line: texts may hold other
    separators."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise MalformedSetError(path, 0, f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        before = path.read_bytes()[: error.start].count(b"\n")
        raise MalformedSetError(path, before + 1, "is not UTF-8") from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _objects(path: Path) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Objects with their id, which must be present and unique."""
    seen: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            found = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise MalformedSetError(path, number, f"is not valid JSON ({error})") from error
        if not isinstance(found, dict):
            raise MalformedSetError(path, number, "is not a JSON object")
        raw = found.get("id")
        if not isinstance(raw, str | int) or isinstance(raw, bool) or raw == "":
            raise MalformedSetError(path, number, "has no id")
        key = str(raw)
        if key in seen:
            raise MalformedSetError(path, number, f"repeats the id {key!r} of line {seen[key]}")
        if "\t" in key or "\n" in key:
            raise MalformedSetError(path, number, "has an id with a tab or a line break")
        seen[key] = number
        yield number, key, found
    if not seen:
        raise MalformedSetError(path, 0, "holds no entries")


def _text(path: Path, line: int, row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedSetError(path, line, f"{name} is not a text")
    return clean(value)


def _texts(path: Path, line: int, row: dict[str, Any], name: str) -> tuple[str, ...]:
    value = row.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedSetError(path, line, f"{name} is not a list of texts")
    return tuple(item for item in value if item.strip())


def _fields(labels: tuple[str, ...]) -> tuple[Field, ...]:
    """``기술/영상분석`` is a label on an axis; anything else is a label without one."""
    found = []
    for label in labels:
        axis, slash, rest = label.partition("/")
        known = AXES.get(axis.strip(), "")
        found.append(Field(rest.strip() if slash and known else label.strip(), known))
    return tuple(found)


def _read_experts(path: Path) -> tuple[list[str], list[ExpertRecord]]:
    ids, records = [], []
    for line, key, row in _objects(path):
        bio = EvidencePiece(BIO_KIND, "", _text(path, line, row, "bio"), verification="verified")
        evidence = row.get("evidence") or []
        if not isinstance(evidence, list):
            raise MalformedSetError(path, line, "evidence is not a list")
        pieces = [bio, *(_piece(path, line, item) for item in evidence)]
        ids.append(key)
        records.append(
            ExpertRecord(
                key=len(ids),
                name=_text(path, line, row, "name"),
                tags=_texts(path, line, row, "tags"),
                fields=_fields(_texts(path, line, row, "fields")),
                pieces=tuple(piece for piece in pieces if piece.full_text),
            )
        )
    return ids, records


def _piece(path: Path, line: int, item: Any) -> EvidencePiece:
    if not isinstance(item, dict):
        raise MalformedSetError(path, line, "evidence holds something that is not an object")
    year = item.get("year")
    if year is not None and (isinstance(year, bool) or not isinstance(year, int | float)):
        raise MalformedSetError(path, line, f"year {year!r} is not a number")
    if year is not None and not 0 <= year <= 9999:
        raise MalformedSetError(path, line, f"year {year!r} is out of range")
    return EvidencePiece(
        kind=_text(path, line, item, "kind"),
        title=_text(path, line, item, "title"),
        text=_text(path, line, item, "text"),
        year=None if year is None else int(year),
        verification="verified" if item.get("verified") else "declared",
    )


def _read_requests(path: Path) -> tuple[list[str], list[RequestQuery]]:
    ids, queries = [], []
    for line, key, row in _objects(path):
        ids.append(key)
        queries.append(
            RequestQuery(
                key=key,
                title=_text(path, line, row, "title"),
                body=_text(path, line, row, "body"),
                tags=_texts(path, line, row, "tags"),
                fields=_fields(_texts(path, line, row, "fields")),
                language=_text(path, line, row, "language"),
            )
        )
    return ids, queries


def _read_judgments(path: Path, requests: set[str], experts: set[str]) -> list[Judgment]:
    rows = iter(_lines(path))
    number, header = next(rows, (0, ""))
    columns = [name.strip() for name in header.split("\t")]
    if any(name not in columns for name in JUDGMENT_COLUMNS):
        raise MalformedSetError(path, number, f"header must name {', '.join(JUDGMENT_COLUMNS)}")
    places = [columns.index(name) for name in JUDGMENT_COLUMNS]
    found: list[Judgment] = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in rows:
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise MalformedSetError(path, number, f"has {len(cells)} columns, not {len(columns)}")
        request, expert, grade = (cells[place] for place in places)
        if request not in requests:
            raise MalformedSetError(path, number, f"names the unknown request {request!r}")
        if expert not in experts:
            raise MalformedSetError(path, number, f"names the unknown expert {expert!r}")
        if (request, expert) in seen:
            earlier = seen[request, expert]
            raise MalformedSetError(path, number, f"repeats the pair of line {earlier}")
        seen[request, expert] = number
        found.append(Judgment(request, expert, _grade(path, number, grade)))
    if not found:
        raise MalformedSetError(path, 0, "holds no judgments")
    return found


def _grade(path: Path, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise MalformedSetError(path, line, f"grade {text!r} is not a number of 0 or more")
    return value
