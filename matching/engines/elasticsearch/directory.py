"""The directory of experts on the search cluster: names, keys, facets and who may see them.

An index of its own beside the one of matching. It is filled from the tables of the experts app and
follows their changes with the same rows of outstanding work. Whatever it answers, the people of a
page are read from the database under the viewer's rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog
from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from experts.directory_engine import Answer, Question, Unanswerable
from experts.models import Expert, SearchDocument
from experts.querysets import ExpertQuerySet
from matching.conf import setting
from matching.embedding import Progress
from matching.engines.elasticsearch.breaker import Breaker
from matching.engines.elasticsearch.connection import SLOW, Address, client_of, understanding
from matching.engines.elasticsearch.directory_documents import (
    FACETS,
    LAYOUT,
    document,
    lines,
    mapping,
)
from matching.engines.elasticsearch.errors import SearchClusterError
from matching.engines.elasticsearch.layout import loaded_settings, shards_for

log = structlog.get_logger(__name__)
BATCH = 1_000
UNDER_WAY = 2  # batches that wait for the server while the next one is made
#: up to so many people a missing index is made on the spot; more are left to rebuild_index
BUILT_AT_ONCE = 20_000
NEWER_THERE = 409
_ANSWER = (
    "responses.status,responses.timed_out,responses._shards.failed,responses.error.type,"
    "responses.hits.total.value,responses.hits.hits._id,responses.aggregations.*.values.buckets"
)


class Directory:
    """See the module."""

    def __init__(self, address: Address | None = None) -> None:
        self._address = address
        self.breaker = Breaker(lambda: float(setting("ELASTICSEARCH_PAUSE")))

    @property
    def address(self) -> Address:
        return self._address or Address.configured()

    @property
    def client(self) -> Elasticsearch:
        return client_of(self.address)

    @property
    def alias(self) -> str:
        """What searches ask; the layout is part of it, so an older index is never asked."""
        return f"{self.address.prefix}-directory-{LAYOUT}"

    @property
    def _write_alias(self) -> str:
        return f"{self.alias}-write"

    # -- reading ----------------------------------------------------------------------------------
    def ask(self, question: Question) -> Answer:
        """Raises ``Unanswerable`` also where the cluster cannot be used."""
        body = list(lines(self.alias, question))
        if not self.breaker.allows():
            raise Unanswerable
        try:
            with understanding():
                answer = self.client.msearch(searches=body, filter_path=_ANSWER)
            found, counted = (_whole(response) for response in answer["responses"])
        except SearchClusterError as error:
            if error.code != "rebuild":
                self.breaker.failed(error.code)
            log.warning("directory.stands_in", reason=error.code)
            raise Unanswerable from error
        self.breaker.worked()
        return Answer(
            ids=[int(hit["_id"]) for hit in found.get("hits", {}).get("hits", [])],
            total=int(found["hits"]["total"]["value"]),
            facets={name: _values(counted, name) for name in FACETS},
        )

    # -- writing ----------------------------------------------------------------------------------
    def sync(self, ids: Iterable[int]) -> int:
        """Bring these people to their present state. Raises SearchClusterError."""
        wanted = sorted(set(ids))
        if not self._exists() and not self._made_at_once():
            return 0
        written = 0
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            actions = list(self._actions(some))
            # asked for after reading: an index that appears later is filled from newer rows
            indices = self._write_alias_indices()
            entries = [{**action, "_index": index} for action in actions for index in indices]
            written += self._send(entries, refresh=True)
        return written

    def rebuild(self, progress: Progress | None = None) -> int:
        """A new index beside the one in use, then one switch; returns the number of people.

        Changes go to both meanwhile, and a later state of a person is never overwritten. Raises
        SearchClusterError; the index in use stays then.
        """
        total = _listed().count()
        name = f"{self.alias}-{datetime.now(UTC).strftime('%Y%m%d%H%M%S%f')}"
        with understanding():
            old = self._behind(self._write_alias)
            self._slow.indices.create(
                index=name,
                aliases={self._write_alias: {}},
                mappings=mapping(),
                settings={
                    "number_of_shards": shards_for(total),
                    "number_of_replicas": 0,
                    "refresh_interval": "-1",
                },
            )
        try:
            written = self._fill(name, total, progress)
            self._switch(name, old)
        except BaseException:
            self._slow.indices.delete(index=name, ignore_unavailable=True)
            raise
        return written

    def _fill(self, name: str, total: int, progress: Progress | None) -> int:
        """Everybody, in batches; the server works on one while the next is made."""
        written = after = 0
        under_way: list[Future[int]] = []
        rows = _listed().order_by("pk").values_list("pk", flat=True)
        with ThreadPoolExecutor(UNDER_WAY) as pool:
            while ids := list(rows.filter(pk__gt=after)[:BATCH]):
                after = ids[-1]
                entries = [{**action, "_index": name} for action in self._actions(ids)]
                if len(under_way) >= UNDER_WAY:
                    written += under_way.pop(0).result()
                    if progress:
                        progress(written, max(total, written))
                under_way.append(pool.submit(self._send, entries, refresh=False))
            return written + sum(future.result() for future in under_way)

    def _switch(self, name: str, old: Sequence[str]) -> None:
        with understanding():
            self._slow.indices.refresh(index=name)
            self._slow.indices.put_settings(index=name, settings=loaded_settings())
            actions: list[dict[str, Any]] = [{"add": {"index": name, "alias": self.alias}}]
            actions += [{"remove_index": {"index": index}} for index in old]
            self._slow.indices.update_aliases(actions=actions)

    @property
    def _slow(self) -> Elasticsearch:
        return self.client.options(request_timeout=SLOW)

    def _behind(self, alias: str) -> list[str]:
        answer = self.client.options(ignore_status=404).indices.get_alias(name=alias)
        return sorted(answer.body) if answer.meta.status == 200 else []

    def _write_alias_indices(self) -> list[str]:
        with understanding():
            return self._behind(self._write_alias)

    def _exists(self) -> bool:
        if not self.breaker.allows():
            raise SearchClusterError(self.breaker.reason or "unreachable")
        with understanding():
            return bool(self._behind(self.alias))

    def ensure(self) -> bool:
        """Make a missing index, unless there are too many people for that."""
        return self._exists() or self._made_at_once()

    def _made_at_once(self) -> bool:
        if _listed().count() > BUILT_AT_ONCE:
            return False
        self.rebuild()
        return True

    def _actions(self, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Entries of these people: documents of those who are listed, removals of all others."""
        versions = dict(Expert.objects.filter(pk__in=ids).values_list("pk", "version"))
        texts = SearchDocument.objects.in_bulk(ids)
        people = _listed().filter(pk__in=ids).prefetch_related("fields__node__parent")
        listed = {person.pk: person for person in people if person.pk in texts}
        for pk in ids:
            entry: dict[str, Any] = {"_id": str(pk)}
            if pk in versions:  # a row that is gone for good has no later state
                entry |= {"version": versions[pk], "version_type": "external_gte"}
            if pk in listed:
                yield {**entry, "_source": document(listed[pk], texts[pk])}
            else:
                yield {**entry, "_op_type": "delete"}

    def _send(self, entries: Sequence[dict[str, Any]], *, refresh: bool) -> int:
        """How many were written. Raises SearchClusterError when the server refuses one."""
        failed = written = 0
        with understanding():
            for fine, item in streaming_bulk(
                self._slow, entries, chunk_size=BATCH, raise_on_error=False, refresh=refresh
            ):
                ((kind, result),) = item.items()
                status = int(result.get("status", 0))
                gone = kind == "delete" and status == 404
                written += bool(fine) and kind != "delete"
                failed += not (fine or gone or status == NEWER_THERE)
        if failed:
            raise SearchClusterError("refused", f"{failed} of {len(entries)}")
        return written


def _listed() -> ExpertQuerySet:
    """The people whom the directory can show to anybody."""
    return Expert.objects.approved()


def _whole(response: Any) -> Any:
    """The answer of the whole index; raises SearchClusterError."""
    status = int(response.get("status", 200))
    if status == 404:
        raise SearchClusterError("rebuild")
    if status >= 300:
        raise SearchClusterError("refused", str(status))
    if response.get("timed_out"):
        raise SearchClusterError("timeout")
    if response.get("_shards", {}).get("failed"):
        raise SearchClusterError("partial")
    return response


def _values(response: Any, name: str) -> dict[str, int]:
    found = response.get("aggregations", {}).get(name, {}).get("values", {})
    return {bucket["key"]: int(bucket["doc_count"]) for bucket in found.get("buckets", [])}


@lru_cache(maxsize=1)
def directory() -> Directory:
    """The directory of the configured cluster; one per process, because it remembers failures."""
    return Directory()
