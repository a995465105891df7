"""A schema of its own for an evaluation: the site's tables are neither read nor written.

Index tables live in a scratch schema that is dropped at the end. A schema left by a killed process
is recognised by its free advisory lock and dropped by the next evaluation. Vectors stay in a
second, lasting schema, so that a second run takes seconds.
"""

from __future__ import annotations

import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from matching.models.index import INDEX_MODELS, Embedding

PREFIX = "matching_scratch_"
CACHE_SCHEMA = "matching_evaluation"


@contextmanager
def scratch_schema() -> Iterator[str]:
    """Make a scratch schema, work in it, drop it again whatever happens."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('bridge.search_path', %s, false)", [before])
    drop_stale()
    name = f"{PREFIX}{os.getpid()}_{secrets.token_hex(4)}"
    _lock(name)
    try:
        _create(name, before)
        yield name
    finally:
        _leave(name, before)


def drop_stale() -> list[str]:
    """Drop scratch schemas whose process is gone; returns their names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", [f"{PREFIX}%"])
        names = [row[0] for row in cursor.fetchall()]
        dropped = []
        for name in names:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
            if cursor.fetchone()[0]:
                cursor.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])
                dropped.append(name)
    return dropped


def _key(name: str) -> int:
    return zlib.crc32(name.encode())


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_key(name)])


def _create(name: str, before: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{CACHE_SCHEMA}"')
        cursor.execute(f'CREATE SCHEMA "{name}"')
    with transaction.atomic():
        _search_in(f'"{CACHE_SCHEMA}", {before}')
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [f"{CACHE_SCHEMA}.{Embedding._meta.db_table}"])
            if cursor.fetchone()[0] is None:
                with connection.schema_editor() as editor:
                    editor.create_model(Embedding)
    _search_in(f'"{name}", "{CACHE_SCHEMA}", {before}')
    with connection.schema_editor() as editor:
        for model in INDEX_MODELS:
            editor.create_model(model)


def _search_in(path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {path}")


def _leave(name: str, before: str) -> None:
    """Also after a broken connection: then the next evaluation drops the schema."""
    if connection.connection is None or connection.connection.closed:
        return
    connection.connection.rollback()
    _search_in(before)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])
