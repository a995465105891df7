"""Several nodes of one cluster on this machine, to be killed one by one."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.local_services.elasticsearch import Elasticsearch, Node
from config.local_services.supervisor import Supervisor
from tests.search_server import archive, one_at_a_time, open_folder
from tests.waiting import eventually

WITHIN = 240  # seconds, on a machine that is busy with other tests


class Cluster:
    """Nodes under one process manager, which starts a killed one again only when told to."""

    def __init__(self, manager: Supervisor, nodes: list[Node]) -> None:
        self.manager, self.nodes = manager, nodes

    @property
    def hosts(self) -> list[str]:
        return [node.url for node in self.nodes]

    def kill(self, name: str) -> None:
        """As a power cut does: no goodbye. Returns when the process is gone."""
        node = self._named(name)
        process = node.process_id
        assert process
        os.kill(process, signal.SIGKILL)
        eventually(lambda: not Path(f"/proc/{process}").exists(), 20)

    def revive(self) -> None:
        """Start killed nodes again and wait for the whole cluster."""
        eventually(self.complete, WITHIN, "every node back")

    def wait(self, **facts: Any) -> dict[str, Any]:
        """Wait until a living node reports these facts of the cluster's health."""
        return eventually(lambda: self._reports(facts), WITHIN, str(facts))

    def _reports(self, facts: dict[str, Any]) -> dict[str, Any] | None:
        for node in self.nodes:
            report = node.health()
            if report and all(report.get(name) == value for name, value in facts.items()):
                return report
        return None

    def complete(self) -> bool:
        self.manager.tend()
        found = self._reports({"number_of_nodes": len(self.nodes), "status": "green"})
        return found is not None and all(node.answers() for node in self.nodes)

    def _named(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)


@contextmanager
def own_server(heap: str = "") -> Iterator[Elasticsearch]:
    """Servers of a test's own; one such test at a time, because a node fills a small machine."""
    source = archive()
    with one_at_a_time(), open_folder() as folder:
        server = Elasticsearch(folder, source, heap=heap)
        try:
            yield server
        finally:
            shutil.rmtree(server.folder, ignore_errors=True)  # it may stand outside the other


@contextmanager
def cluster(count: int = 3, heap: str = "384m") -> Iterator[Cluster]:
    """That many nodes, started together; all of it is gone afterwards."""
    with own_server(heap) as server:
        nodes = _nodes(server, count)
        programs = [node.program() for node in nodes]
        with Supervisor(quiet=[program.name for program in programs]) as manager:
            manager.start(*programs)
            made = Cluster(manager, nodes)
            eventually(made.complete, WITHIN, "a green cluster")
            yield made


def _nodes(server: Elasticsearch, count: int) -> list[Node]:
    nodes = [server.node(f"node-{number + 1}") for number in range(count)]
    settings = {
        "discovery.seed_hosts": [f"127.0.0.1:{node.transport_port}" for node in nodes],
        "cluster.initial_master_nodes": [node.name for node in nodes],
        # One processor each: three pools of threads would only wait for each other here.
        "node.processors": 1,
    }
    for node in nodes:
        node.settings = settings
    return nodes
