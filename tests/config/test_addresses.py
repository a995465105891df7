"""Addresses of local servers follow from the data folder alone."""

import os
from pathlib import Path

from config.local_services.addresses import LONGEST_SOCKET_PATH, Addresses


def test_sockets_stand_in_the_data_folder(tmp_path: Path) -> None:
    addresses = Addresses(Path("/srv/bridge"))
    assert addresses.postgres_sockets == Path("/srv/bridge/postgres/run")


def test_long_folders_get_short_sockets() -> None:
    folder = Path("/srv") / "아주긴이름" / ("x" * 120)
    addresses = Addresses(folder)
    for path in (addresses.postgres_sockets / ".s.PGSQL.5432.lock", addresses.valkey_socket):
        assert len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
    assert addresses.valkey_socket != Addresses(folder / "other").valkey_socket
