"""One node of a search server: its folders, its configuration, its program."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import ssl
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.local_services.elasticsearch.archive import Distribution
from config.local_services.elasticsearch.java import Java
from config.local_services.folders import make_private
from config.local_services.supervisor import Program, ProgramFailed

Account = tuple[int, int]
HERE = "127.0.0.1"
# Only to the console, whose last lines the process manager keeps: nothing grows on disk.
LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%p] %c{1.}: %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""
JVM = """-Xms{heap}
-Xmx{heap}
-Xlog:disable
-Xlog:all=warning:stderr:utctime,level,tags
-XX:-HeapDumpOnOutOfMemoryError
"""


@dataclass
class Node:
    """A node in a folder of its own. `settings` come last in its configuration and win.

    `trusted` and `credentials` are what a readiness check needs where security is switched on.
    """

    folder: Path
    distribution: Distribution
    java: Java
    account: Account | None = None
    name: str = "node-1"
    heap: str = "512m"
    settings: Mapping[str, Any] = field(default_factory=dict)
    trusted: ssl.SSLContext | None = None
    credentials: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        remembered = self._remembered()
        taken = free_ports(2)
        self.http_port, self.transport_port = (
            old if old and _free(old) else new
            for old, new in zip(remembered or (0, 0), taken, strict=True)
        )

    @property
    def url(self) -> str:
        scheme = "https" if self.trusted else "http"
        return f"{scheme}://{HERE}:{self.http_port}"

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def process_id(self) -> int | None:
        """The server itself, not the launcher that watches it; None when it has not begun."""
        with suppress(OSError, ValueError):
            return int((self.folder / "pid").read_text())
        return None

    def environment(self) -> dict[str, str]:
        """What the server's own commands need to find this node."""
        return {
            "ES_JAVA_HOME": str(self.java.home),
            "ES_PATH_CONF": str(self.config),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": "",
            "JAVA_TOOL_OPTIONS": "",
            "HOME": str(self.folder),
        }

    def program(self) -> Program:
        """The server for the process manager, without any right of root's."""
        return Program(
            name="elasticsearch" if self.name == "node-1" else self.name,
            argv=[str(self.distribution.start), "-p", str(self.folder / "pid")],
            environment=self.environment(),
            stop=((signal.SIGTERM, 30),),
            prepare=self.prepare,
            ready=self.answers,
            account=self.account,
            reaches_everything=False,
        )

    def prepare(self) -> None:
        """Write the configuration anew. Raises ProgramFailed when a port was taken meanwhile."""
        self._heal()
        for port in (self.http_port, self.transport_port):
            if not _free(port):
                raise ProgramFailed(
                    f"port {port}, which {self.name} of Elasticsearch uses, is taken by another "
                    "program; stop that one or start again"
                )
        self.make_folders()
        settings = {**self._defaults(), **self.settings}
        lines = [f"{name}: {json.dumps(value)}" for name, value in settings.items()]
        self._write("elasticsearch.yml", "\n".join(lines) + "\n")
        self._write("log4j2.properties", LOGGING)
        self._write("jvm.options.d/bridge.options", JVM.format(heap=self.heap))
        self._write("ports", f"{self.http_port} {self.transport_port}\n")

    def make_folders(self) -> None:
        """Folders for this node alone, with what the build brings for its configuration."""
        for part in ("", "config", "config/jvm.options.d", "data", "logs", "tmp", "snapshots"):
            make_private(self.folder / part, self.account)
        (self.folder / "pid").unlink(missing_ok=True)
        for source in (self.distribution.home / "config").iterdir():
            if source.is_file() and not (self.config / source.name).exists():
                self._write(source.name, source.read_text())

    def _heal(self) -> None:
        """End what a killed manager left behind (Linux); only one manager runs per folder."""
        deadline = time.monotonic() + 10
        while (left := self.process_id) and self._is_this_node(left):
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL if time.monotonic() > deadline else signal.SIGTERM)
            time.sleep(0.1)

    def _is_this_node(self, process: int) -> bool:
        with suppress(OSError):
            words = Path(f"/proc/{process}/cmdline").read_bytes()
            return os.fsencode(f"-Djava.io.tmpdir={self.folder / 'tmp'}") in words
        return False

    def _write(self, name: str, text: str) -> None:
        path = self.config / name
        path.write_text(text)
        if self.account:
            os.chown(path, *self.account)

    def _remembered(self) -> tuple[int, int] | None:
        """The ports of the last time, so that addresses stay as long as they can."""
        with suppress(OSError, ValueError):
            http, transport = map(int, (self.folder / "config" / "ports").read_text().split())
            return http, transport
        return None

    def _defaults(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "cluster.name": "bridge",
            "node.name": self.name,
            "network.host": HERE,
            "http.port": self.http_port,
            "transport.port": self.transport_port,
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "path.repo": [str(self.folder / "snapshots")],
            "xpack.security.enabled": False,
            # A developer's disk is often fuller than a server's may be.
            "cluster.routing.allocation.disk.threshold_enabled": False,
        }
        if "discovery.seed_hosts" not in self.settings:
            settings["discovery.type"] = "single-node"
        if self.distribution.has("ingest-geoip"):
            settings["ingest.geoip.downloader.enabled"] = False
        if self.distribution.has("x-pack-ml"):
            settings["xpack.ml.enabled"] = False
        return settings

    def answers(self) -> bool:
        """Whether the cluster works; a replica that has no second node to stand on is no matter."""
        health = self.health()
        return health is not None and health.get("status") in {"yellow", "green"}

    def health(self) -> dict[str, Any] | None:
        """The cluster's own report, None while it does not answer."""
        request = urllib.request.Request(f"{self.url}/_cluster/health")
        if self.credentials:
            secret = base64.b64encode(":".join(self.credentials).encode()).decode()
            request.add_header("Authorization", f"Basic {secret}")
        try:
            with urllib.request.urlopen(request, timeout=3, context=self.trusted) as answer:
                report: dict[str, Any] = json.load(answer)
                return report
        except (OSError, ValueError):
            return None

    def forget(self) -> None:
        """Remove everything of a node that has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now; all are held at once so that they differ."""
    sockets = [socket.create_server((HERE, 0)) for _ in range(count)]
    ports = [int(found.getsockname()[1]) for found in sockets]
    for found in sockets:
        found.close()
    return ports


def _free(port: int) -> bool:
    try:
        socket.create_server((HERE, port)).close()
    except OSError:
        return False
    return True
