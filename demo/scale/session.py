"""One measurement at one size: load, then each section; what is done already is not done again."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog
from celery import current_app
from django.test.utils import override_settings

from consulting.models import Request
from demo.material import demo_material
from demo.scale import alternatives, cluster, loading, machine, measure, report
from demo.scale.database import OwnDatabase, own_database
from demo.scale.exact import Truth, exact
from matching.adapters import query_of
from matching.conf import setting
from matching.documents import ExpertDocument, QueryDocument
from matching.encoders import active_encoders
from matching.engines import Engine, active_engine
from matching.engines.postgres import PostgresEngine
from matching.narrowing import depth
from matching.pipeline import current_context
from matching.preparing import prepare_queries
from matching.synthetic import SEED, VERSION, Inventory, Population

Say = Callable[[str], None]
DEPTHS = (50, 100, 200, 400, 800, 1_600)  # candidates


@dataclass(frozen=True)
class Plan:
    """How much is measured: ``queries`` for recall, ``requests`` for runs (all of the demo's), and
    ``only`` these sections, all when empty."""

    experts: int
    engine: str
    file: Path
    queries: int = 24
    rounds: int = 5
    run_rounds: int = 2
    requests: int = 1_000
    seconds: float = 10.0
    processes: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    keep: bool = False
    again: bool = False
    only: tuple[str, ...] = ()
    seed: int = SEED

    @property
    def label(self) -> str:
        return f"{self.engine}_{self.experts}"

    @property
    def content(self) -> str:
        """What a database holds that was loaded for this plan."""
        return f"{self.engine} {self.experts} seed {self.seed} version {VERSION}"


@contextmanager
def _surroundings(engine: str) -> Iterator[None]:
    """The engine to measure; runs are executed here, not by a worker, and logs are silent."""
    broker, logged = current_app.conf.broker_url, structlog.get_config()
    current_app.conf.broker_url = "memory://"
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.WARNING)
    # a search server finds words by itself; without them in the database loading is shorter
    own = override_settings(SEARCH_ENGINE=engine, MATCHING_POSTINGS=engine == "postgres")
    try:
        with own:
            yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**logged)
        current_app.conf.broker_url = broker


class Session:
    """See the module; ``say`` gets a line per step."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self.plan, self._say = plan, say
        self._begun = perf_counter()
        self.figures: dict[str, Any] = {} if plan.again else report.read(plan.file)

    def run(self) -> dict[str, Any]:
        """Everything, in a database of its own. Returns the figures, which are also in the file."""
        plan = self.plan
        with (
            _surroundings(plan.engine),
            cluster.own_prefix(plan.label, plan.engine, keep=plan.keep),
            own_database(plan.label, plan.content, keep=plan.keep) as database,
        ):
            self._describe()
            if database.fresh:
                self._load(database)
            cluster.check(self.plan.engine)
            for name, section in self._sections().items():
                wanted = not self.plan.only or name in self.plan.only
                if wanted and name not in self.figures:
                    self.told(name)
                    self._keep(name, section())
        self.told("done")
        return self.figures

    def told(self, what: str) -> None:
        self._say(f"{perf_counter() - self._begun:8.1f} s  {self.plan.label}: {what}")

    def _keep(self, name: str, found: Any) -> None:
        self.figures[name] = found
        report.write(self.plan.file, self.figures)

    def _progress(self, what: str) -> Callable[[int, int], None]:
        """Tells every tenth, with what is left at the present pace."""
        begun, said = perf_counter(), [0]

        def told(done: int, total: int) -> None:
            tenth = done * 10 // total
            if tenth > said[0]:
                said[0] = tenth
                left = (perf_counter() - begun) / done * (total - done)
                self.told(f"{what} {tenth * 10} %, about {left / 60:.1f} min left")

        return told

    # -- what is measured with ------------------------------------------------------------------
    @cached_property
    def context(self) -> Any:
        return current_context()

    @cached_property
    def engine(self) -> Engine:
        return active_engine()

    @cached_property
    def population(self) -> Population:
        encoders = active_encoders()
        return Population(Inventory(demo_material(encoders), encoders), self.plan.seed)

    @property
    def requests(self) -> list[Request]:
        """What runs are made for."""
        return loading.requests()[: self.plan.requests]

    @cached_property
    def queries(self) -> list[QueryDocument]:
        """Prepared requests, spread over all of them, English ones included."""
        found = prepare_queries([query_of(r) for r in loading.requests()], self.context.encoders)
        english = [q for q in found if q.language == "en" and q.vectors]
        others = [q for q in found if q.language != "en" and q.vectors]
        wanted = max(self.plan.queries - len(english), 1)
        step = max(len(others) // wanted, 1)
        return [*english[: self.plan.queries], *others[::step][:wanted]][: self.plan.queries]

    # -- sections -------------------------------------------------------------------------------
    def _describe(self) -> None:
        if "machine" not in self.figures:
            self.figures.update(
                engine=self.plan.engine,
                experts=self.plan.experts,
                seed=self.plan.seed,
                at=datetime.now().astimezone().isoformat(timespec="minutes"),
                machine=machine.facts(),
                server=cluster.facts(),
                candidates=str(setting("MATCHING_CANDIDATES")),
            )
            self._keep("bandwidth", machine.bandwidth())
            dims = active_encoders()[0].dims
            self._keep("floors", report.floors(self.figures, dims))

    def _load(self, database: OwnDatabase) -> None:
        count, processes = self.plan.experts, self.plan.processes
        seconds: dict[str, float] = {}
        with self._timed(seconds, "requests, accounts"):
            loading.load_base()
        with self._timed(seconds, "material"):
            _ = self.population.inventory.vocabulary
        with self._timed(seconds, "profiles"):
            progress = self._progress("profiles")
            loading.load_people(self.population, count, processes, progress)
        with self._timed(seconds, "index"):
            progress = self._progress("index")
            loading.load_index(
                PostgresEngine(), self.context, self.population, count, processes, progress
            )
        seconds |= cluster.rebuild(self.plan.engine, self._progress("search server"))
        database.finish(self.plan.content)
        self._keep("load", {name: round(value, 1) for name, value in seconds.items()})

    @contextmanager
    def _timed(self, seconds: dict[str, float], name: str) -> Iterator[None]:
        self.told(name)
        start = perf_counter()
        yield
        seconds[name] = perf_counter() - start

    def _sections(self) -> dict[str, Callable[[], Any]]:
        return {
            "disk": lambda: {**machine.disk(), **cluster.disk(self.plan.engine)},
            "retrieval": self._retrieval,
            "depths": self._depths,
            "runs": lambda: measure.runs(self.requests, self.plan.run_rounds),
            "memory": lambda: machine.memory(cluster.pid()),
            "throughput": lambda: measure.throughput(self.requests, self.plan.seconds),
            "directory": lambda: measure.directory(self.plan.rounds),
            "alternatives": self._alternatives,
        }

    @cached_property
    def truth(self) -> Truth:
        """The right answers; kept beside the figures, because they take long."""
        path = self.plan.file.with_suffix(".truth")
        mark = f"{self.context.background.version} {self.context.scoring} {len(self.queries)}"
        known = Truth.read(path, f"{self.plan.content} {mark}")
        if known is None:
            known = exact(
                self.population,
                self.queries,
                self.context,
                self.plan.experts,
                self.plan.processes,
                self._progress("exact scores of everybody"),
            )
            known.write(path, f"{self.plan.content} {mark}")
        return known

    def _retrieval(self) -> dict[str, Any]:
        return measure.retrieval(
            self.engine,
            self.context,
            self.queries,
            self.truth,
            depth(self.engine),
            self.plan.rounds,
        )

    def _depths(self) -> dict[str, Any]:
        """What more candidates would give, without a filter."""
        return {
            str(depth): measure.filtered(
                self.engine, self.context, self.queries, self.truth, depth, 1, "100 %"
            )
            for depth in DEPTHS
        }

    def _alternatives(self) -> dict[str, Any]:
        """Both in one pass over the people, whose documents take longest to make."""
        encoder, client = self.context.encoders[0], cluster.client()
        alternatives.make_table(encoder.dims)
        try:
            kind = client and alternatives.make_index(client, encoder.dims, self.plan.experts)
            loading.by_blocks(
                self.population,
                self.plan.experts,
                self.plan.processes,
                partial(_store_plain, encoder.name, client is not None),
                self._progress("plain copies"),
            )
            alternatives.finish_table()
            find = alternatives.pgvector_finder(encoder.name)
            found = {"pgvector alone": self._compared(find)}
            if client is not None:
                alternatives.finish_index(client)
                find = alternatives.hybrid_finder(client, encoder.name)
                found["plain hybrid query"] = {"vector index": kind, **self._compared(find)}
        finally:
            alternatives.drop_table()
            if client is not None:
                alternatives.drop_index(client)
        return found

    def _compared(self, find: alternatives.Find) -> dict[str, Any]:
        return alternatives.compared(find, self.queries, self.truth, self.plan.rounds)


def _store_plain(encoder: str, searched: bool, block: list[ExpertDocument]) -> None:
    """Into both alternatives, with connections of this process."""
    alternatives.fill_table(block, encoder)
    if searched:
        alternatives.fill_index(cluster.client(), block, encoder)
