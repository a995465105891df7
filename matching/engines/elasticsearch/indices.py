"""The indices of this installation: which one is searched, which ones take changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from matching.engines.base import Context
from matching.engines.elasticsearch import layout
from matching.engines.elasticsearch.connection import SLOW, understanding

PACKING = 1_800.0  # seconds


@dataclass(frozen=True)
class Present:
    """searched: the index behind the read alias of a fingerprint, if any. writable: indices of that
    fingerprint that take changes (it, and one being filled). changing: those of any fingerprint."""

    searched: str | None
    writable: list[str]
    changing: list[str]


class Indices:
    """Indices and aliases below one prefix."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self.client, self.names = client, layout.Names(prefix)

    def searched(self, mark: str) -> str | None:
        """Index behind the read alias of a fingerprint; none before the first rebuild."""
        return self.present(mark).searched

    def present(self, mark: str) -> Present:
        """What there is now, in one request."""
        with understanding():
            answer = self.client.options(ignore_status=404).indices.get_alias(
                index=self.names.every
            )
        found = answer.body if answer.meta.status == 200 else {}
        aliases = {name: set(facts["aliases"]) for name, facts in sorted(found.items())}
        searched = [name for name, known in aliases.items() if self.names.read(mark) in known]
        changing = [name for name, known in aliases.items() if self.names.write in known]
        own = [name for name in changing if self.names.mark_of(name) == mark]
        return Present(next(iter(searched), None), own, changing)

    def every(self) -> list[str]:
        """Names of all indices, oldest first."""
        with understanding():
            answer = self.client.indices.get(
                index=self.names.every, features=["aliases"], allow_no_indices=True
            )
        return sorted(answer.body, key=lambda name: name.rpartition("-")[2])

    def create(self, context: Context, mark: str, moment: str, experts: int) -> str:
        """An empty index that takes changes but is not searched yet; its copies are there first, if
        they can be had within half a minute, so that a node may leave from then on."""
        name = self.names.index(mark, moment)
        described = layout.body(context, experts)
        with understanding():
            self.client.options(request_timeout=SLOW).indices.create(
                index=name,
                aliases={self.names.write: {}},
                wait_for_active_shards="all",
                **described,
            )
        return name

    def wait(self, index: str) -> None:
        """Until every shard of the index has a living copy, a minute at most."""
        with understanding():
            self.client.options(request_timeout=SLOW).cluster.health(
                index=index, wait_for_status="yellow", timeout="60s"
            )

    def pack(self, index: str) -> None:
        """After filling: one segment per shard, without what was kept for copies that lag behind.

        A search visits every segment, and proposes as many neighbours from each; filling leaves
        some twenty. Returns when it is done; a million documents take less than a minute.
        """
        with understanding():
            self.client.options(request_timeout=PACKING).indices.forcemerge(
                index=index, max_num_segments=1
            )

    def settle(self, index: str) -> None:
        """After filling: visible at once, and from now on within a second."""
        slow = self.client.options(request_timeout=SLOW)
        with understanding():
            slow.indices.refresh(index=index)
            slow.indices.put_settings(index=index, settings=layout.loaded_settings())

    def switch(self, index: str, mark: str) -> list[str]:
        """Searches move to ``index`` in one step; returns the indices that are no longer needed."""
        others = [name for name in self.every() if name != index]
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self.names.read(mark)}}]
        actions += [
            {"remove": {"index": name, "alias": "*", "must_exist": False}} for name in others
        ]
        with understanding():
            self.client.options(request_timeout=SLOW).indices.update_aliases(actions=actions)
        return others

    def drop(self, indices: list[str]) -> None:
        """Remove indices; ones that are gone are no error."""
        for index in indices:
            with understanding():
                self.client.options(request_timeout=SLOW).indices.delete(
                    index=index, ignore_unavailable=True
                )
