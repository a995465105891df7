"""Bulk requests: many documents at once, the outcome of each told apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch

from matching.engines.base import Context
from matching.engines.elasticsearch.connection import SLOW, SMILE, understanding
from matching.engines.elasticsearch.documents import Stored, action, source
from matching.engines.elasticsearch.errors import SearchClusterError
from matching.engines.elasticsearch.smile import SEPARATOR

_HEADERS = {
    "content-type": f"{SMILE}; compatible-with=8",
    "accept": "application/vnd.elasticsearch+json; compatible-with=8",
}
NEWER_THERE, NOT_THERE = 409, 404
MOST_BYTES = 8_000_000  # of one request
_OUTCOME = "errors,items.*._id,items.*._index,items.*.status,items.*.error.type"


@dataclass
class Outcome:
    """Ids that were not written, with the kind of error of each."""

    failed: dict[int, str] = field(default_factory=dict)


def entries(documents: Iterable[Stored], indices: Sequence[str], context: Context) -> list[bytes]:
    """Entries of a bulk request that write the documents to each index."""
    found = []
    for stored in documents:
        data = source(stored, context) + SEPARATOR
        found += [action("index", i, stored.expert_id, stored.sequence) + data for i in indices]
    return found


def removals(gone: Iterable[tuple[int, int]], indices: Sequence[str]) -> list[bytes]:
    """Entries that remove ids from each index; each comes with the version of its removal."""
    return [
        action("delete", index, expert_id, sequence)
        for expert_id, sequence in gone
        for index in indices
    ]


def send(client: Elasticsearch, lines: Sequence[bytes], *, refresh: bool) -> Outcome:
    """Write the entries in requests of bounded size.

    A version that is already there or newer counts as written, a document that is not there as
    removed. Raises SearchClusterError when a request as a whole fails.
    """
    outcome = Outcome()
    for body in _requests(lines):
        _take(outcome, _bulk(client, body, refresh))
    return outcome


def _requests(lines: Sequence[bytes]) -> Iterable[bytes]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        if waiting and size + len(line) > MOST_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
        waiting.append(line)
        size += len(line)
    if waiting:
        yield b"".join(waiting)


def _bulk(client: Elasticsearch, body: bytes, refresh: bool) -> dict[str, Any]:
    parameters = f"?refresh={'true' if refresh else 'false'}&filter_path={_OUTCOME}"
    with understanding():
        answer = client.options(request_timeout=SLOW).perform_request(
            "POST", f"/_bulk{parameters}", headers=_HEADERS, body=body
        )
    found: Any = answer.body
    if not isinstance(found, dict):
        raise SearchClusterError("refused", "bulk")
    return found


def _take(outcome: Outcome, answer: dict[str, Any]) -> None:
    if not answer.get("errors"):
        return
    for item in answer.get("items", []):
        ((kind, result),) = item.items()
        status = int(result.get("status", 0))
        fine = status < 300 or status == NEWER_THERE or (kind == "delete" and status == NOT_THERE)
        if not fine:
            kind_of_error = result.get("error", {}).get("type", str(status))
            outcome.failed[int(result["_id"])] = str(kind_of_error)
