"""Where the local servers of a data folder can be reached: sockets, so no port is ever taken.

Elasticsearch alone knows no sockets; it gets a free port, noted in a file.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# A socket's path may have 107 bytes on Linux and 103 on macOS, the file name included.
LONGEST_SOCKET_PATH = 103
DATABASE = "bridge"
DATABASE_USER = "postgres"


@dataclass(frozen=True)
class Addresses:
    """Folders, sockets and URLs that follow from one data folder alone."""

    data: Path

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres" / "data"

    @property
    def postgres_sockets(self) -> Path:
        return self._socket_folder("postgres", ".s.PGSQL.5432.lock")

    @property
    def valkey_data(self) -> Path:
        return self.data / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self._socket_folder("valkey", "valkey.sock") / "valkey.sock"

    @property
    def database_url(self) -> str:
        folder = quote(str(self.postgres_sockets))
        return f"postgresql://{DATABASE_USER}@/{DATABASE}?host={folder}"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{quote(str(self.valkey_socket))}"

    @property
    def elasticsearch_address(self) -> Path:
        """The file that holds the address of a search server started for this folder."""
        return self.data / "elasticsearch-address"

    @property
    def elasticsearch_url(self) -> str:
        """Its address the last time it ran; empty when it never did."""
        try:
            return self.elasticsearch_address.read_text().strip()
        except OSError:
            return ""

    def environment(self) -> dict[str, str]:
        """The variables with which every process of the site finds these servers."""
        return {
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
            "BROKER_URL": self.broker_url,
        }

    def _socket_folder(self, server: str, longest_name: str) -> Path:
        inside = self.data / server / "run"
        if len(os.fsencode(inside / longest_name)) <= LONGEST_SOCKET_PATH:
            return inside
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"bridge-{os.getuid()}-{mark}-{server}"
