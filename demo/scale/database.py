"""A database of its own for a measurement, on the server of the site and never the site's own."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

PREFIX = "bridge_bench_"


class BusyError(RuntimeError):
    """Another measurement works in this database."""


@dataclass(frozen=True)
class OwnDatabase:
    """``fresh``: nothing is loaded yet; ``finish`` notes that loading is done."""

    name: str
    fresh: bool
    _server: psycopg.Connection[tuple[str]]

    def finish(self, content: str) -> None:
        """Remember what the database holds, so that a later run may go on with it."""
        note = sql.SQL("COMMENT ON DATABASE {} IS {}")
        self._server.execute(note.format(sql.Identifier(self.name), sql.Literal(content)))


@contextmanager
def own_database(label: str, content: str, *, keep: bool = False) -> Iterator[OwnDatabase]:
    """Make the database, work in it, drop it whatever happens.

    keep: leave it for the next run, which takes it over when ``content`` says that it holds what
    is wanted. Databases left by killed processes are dropped. Raises BusyError.
    """
    connection.ensure_connection()
    before = str(connection.settings_dict["NAME"])
    name = PREFIX + label
    server = _server()
    try:
        drop_left(server, but=name)
        if not _lock(server, name):
            raise BusyError(name)
        fresh = _note_of(server, name) != content
        if fresh:
            _create(server, name)
        _use(name)
        if fresh:
            call_command("migrate", verbosity=0)
        try:
            yield OwnDatabase(name, fresh, server)
        finally:
            _use(before)
            if not keep:
                _drop(server, name)
    finally:
        server.close()


def drop_left(server: psycopg.Connection[tuple[str]] | None = None, but: str = "") -> list[str]:
    """Drop databases of measurements that nobody works in and nobody wants to keep."""
    own = server or _server()
    rows = own.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])
    dropped = []
    for (name,) in rows.fetchall():
        if name != but and not _note_of(own, name) and _lock(own, name):
            _drop(own, name)
            own.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])
            dropped.append(name)
    return dropped


def drop_kept() -> list[str]:
    """Drop databases that were kept, too."""
    with _server() as server:
        rows = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"]
        )
        names = [name for (name,) in rows.fetchall() if _lock(server, name)]
        for name in names:
            _drop(server, name)
    return names


def _server() -> psycopg.Connection[tuple[str]]:
    """A connection of our own to the server, outside any transaction."""
    facts = connection.get_connection_params()
    wanted = {k: facts[k] for k in ("host", "port", "user", "password") if facts.get(k)}
    link = psycopg.connect(dbname="postgres", autocommit=True, **wanted)
    with suppress(psycopg.Error):
        link.execute("SET statement_timeout = 0")
    return link


def _key(name: str) -> int:
    return zlib.crc32(name.encode())


def _lock(server: psycopg.Connection[tuple[str]], name: str) -> bool:
    row = server.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)]).fetchone()
    return bool(row and row[0])


def _note_of(server: psycopg.Connection[tuple[str]], name: str) -> str | None:
    """What was noted about a database; None when there is none of that name."""
    row = server.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
        " WHERE datname = %s",
        [name],
    ).fetchone()
    return row[0] if row else None


def _create(server: psycopg.Connection[tuple[str]], name: str) -> None:
    _drop(server, name)
    server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _drop(server: psycopg.Connection[tuple[str]], name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    server.execute(statement.format(sql.Identifier(name)))


def _use(name: str) -> None:
    """Let the default connection, and children that are forked, work in this database."""
    connection.close()
    connection.settings_dict["NAME"] = name
