"""Filling the database of a measurement: places, staff, requests, people, index."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

from django.db import DatabaseError, connection, transaction

from accounts.models import User
from consulting.models import Request
from demo.naming import Namer
from demo.people import Registrar, load_places
from demo.reading import RESOURCES
from demo.requests import Filing
from demo.scale import rows
from experts.models import Claim, Expert, ExpertField, SearchDocument
from matching.documents import ExpertDocument
from matching.embedding import import_file
from matching.engines import Engine
from matching.engines.base import Context
from matching.synthetic import Population

Progress = Callable[[int, int], None]
Store = Callable[[list[ExpertDocument]], None]
MANAGERS = ("manager", "manager2", "manager3")
LARGE = (Expert, Claim, ExpertField, Expert.pools.through, SearchDocument)


class _Accepted(Filing):
    """The demo requests, all of them accepted and waiting for a search."""

    def _file(self, number: int, row: dict[str, Any]) -> None:
        super()._file(number, {**row, "state": "accepted", "messages": []})


def load_base() -> dict[str, int]:
    """Organisations, accounts, requests and the vectors of requests, as in the demo."""
    load_places()
    registrar = Registrar()
    staff = registrar.staff()
    officers = registrar.officers(Namer(Random(1)))
    with transaction.atomic():
        filed = _Accepted(officers, [staff[address] for address in MANAGERS]).file_all()
    vectors = sum(map(import_file, sorted(RESOURCES.glob("embeddings-q*.npz"))))
    return {"requests": filed, "vectors": vectors}


def requests() -> list[Request]:
    """The requests that runs are made for, in a fixed order."""
    return list(Request.objects.exclude(title="").select_related("manager").order_by("pk"))


def load_people(population: Population, count: int, processes: int, progress: Progress) -> None:
    """All rows of the people, by several processes; search trees are built at the end."""
    with _without_gin():
        done = 0
        for size in _forked(_store_blocks, population, count, processes):
            done += size
            progress(done, count)
        rows.set_sequences()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _store_blocks(population: Population, count: int, place: int, step: int) -> Iterator[int]:
    register = rows.Register(population.inventory, reviewer())
    _trust_rows()
    for block in list(population.blocks(count))[place::step]:
        people = population.people(block, count)
        with transaction.atomic():
            rows.store([register.expert(p, p.number + 1) for p in people])
        yield len(people)


def _trust_rows() -> None:
    """Spare the check of each foreign key, where this account may."""
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")


def _forked(
    work: Callable[[Population, int, int, int], Iterator[int]],
    population: Population,
    count: int,
    processes: int,
) -> Iterator[int]:
    """What ``work`` yields in each of several processes, as it comes. Raises when one fails."""
    connection.close()
    context = multiprocessing.get_context("fork")
    results: Any = context.Queue()

    def run(place: int) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            for size in work(population, count, place, processes):
                results.put(size)
            results.put(None)
        except BaseException as error:
            results.put(RuntimeError(f"{type(error).__name__}: {error}"))

    children = [context.Process(target=run, args=(i,), daemon=True) for i in range(processes)]
    for child in children:
        child.start()
    waiting = processes
    try:
        while waiting:
            found = results.get()
            if isinstance(found, BaseException):
                raise found
            waiting -= found is None
            if found is not None:
                yield found
    finally:
        for child in children:
            child.join(timeout=0 if waiting else 5)
            child.terminate()
            child.join()


@contextmanager
def _without_gin() -> Iterator[None]:
    """Inverted indexes of the large tables are dropped, and made anew from the full tables."""
    tables = [model._meta.db_table for model in LARGE]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = ANY(%s) AND indexdef LIKE '%%USING gin%%'",
            [tables],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in found:
            cursor.execute(definition)


def documents(
    population: Population, count: int, place: int = 0, step: int = 1
) -> Iterator[list[ExpertDocument]]:
    """What is indexed of the people, with the facts that the site's adapter reads, by blocks."""
    register = rows.Register(population.inventory, reviewer())
    for block in list(population.blocks(count))[place::step]:
        people = population.people(block, count)
        yield [
            rows.indexed(document, register.expert(person, person.number + 1))
            for person, document in zip(people, population.documents(block, people), strict=True)
        ]


def load_index(
    engine: Engine,
    context: Context,
    population: Population,
    count: int,
    processes: int,
    progress: Progress,
) -> None:
    """Write all documents through the engine."""
    by_blocks(population, count, processes, lambda block: engine.upsert(block, context), progress)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def by_blocks(
    population: Population, count: int, processes: int, store: Store, progress: Progress
) -> None:
    """Make all documents and store them block by block, in several processes."""

    def work(population: Population, count: int, place: int, step: int) -> Iterator[int]:
        for block in documents(population, count, place, step):
            store(block)
            yield len(block)

    done = 0
    for size in _forked(work, population, count, processes):
        done += size
        progress(done, count)


def reviewer() -> User:
    """Who verified what synthetic people say."""
    return User.objects.get(email__startswith="reviewer@")
