"""Elasticsearch proposes, PostgreSQL keeps: candidates come from the cluster, documents do not.

Every write goes to PostgreSQL first, together with a row that says the cluster must hear of it;
then it is sent. A cluster that is away costs nothing but time: searches are answered by the
PostgreSQL engine with a note, and the rows are worked off later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction

from matching.conf import setting
from matching.documents import ExpertDocument, QueryDocument
from matching.embedding import Progress
from matching.encoders.base import Encoder
from matching.engines import pending
from matching.engines.asked import asked
from matching.engines.base import Comparison, Context, EngineStatus, Filters, Proposal
from matching.engines.elasticsearch import layout, searches
from matching.engines.elasticsearch.breaker import Breaker
from matching.engines.elasticsearch.comparing import compare, renumber
from matching.engines.elasticsearch.connection import (
    Address,
    check_version,
    client_of,
    understanding,
)
from matching.engines.elasticsearch.documents import read
from matching.engines.elasticsearch.errors import SearchClusterError, error_type
from matching.engines.elasticsearch.indices import Indices, Present
from matching.engines.elasticsearch.rebuilding import rebuild
from matching.engines.elasticsearch.writing import Outcome, entries, removals, send
from matching.engines.postgres import PostgresEngine, lock_writes
from matching.models.index import SEQUENCE, ExpertIndex
from matching.signals.stacks import Outlines

log = structlog.get_logger(__name__)
#: up to so many experts a missing index is made on the spot; more are left to rebuild_index
BUILT_AT_ONCE = 20_000
QUICK = 0.3  # seconds; the status page waits less than a second for all parts together
TRIES = 3  # of a search that only a part of the cluster answered
REPAIRED_AT_ONCE = 1_000


class ElasticsearchEngine:
    """See the module. ``fallback=False`` raises SearchClusterError instead of standing in."""

    name = "elasticsearch"
    most = 1_000

    def __init__(self, address: Address | None = None, *, fallback: bool = True) -> None:
        self._address, self._fallback = address, fallback
        self.store = PostgresEngine()
        self.breaker = Breaker(lambda: float(setting("ELASTICSEARCH_PAUSE")))

    @property
    def address(self) -> Address:
        return self._address or Address.configured()

    @property
    def indices(self) -> Indices:
        return Indices(client_of(self.address), self.address.prefix)

    # -- reading ------------------------------------------------------------------------------
    def propose(
        self, query: QueryDocument, filters: Filters, limit: int, context: Context
    ) -> Proposal:
        try:
            self._may_ask()
            found = Proposal(self._search(query, filters, limit, context))
        except SearchClusterError as error:
            self._without(error, searching=True)
            found = self.store.propose(query, filters, limit, context)
            notes = {"engine": self.store.name, "fallback_for": self.name}
            notes["fallback_reason"] = error.code
            return Proposal(found.ranked, {**found.notes, **notes})
        self.breaker.worked()
        return found

    def _search(
        self, query: QueryDocument, filters: Filters, limit: int, context: Context
    ) -> list[int]:
        wanted = asked(query, context)
        if not wanted:
            return []
        alias = self.indices.names.read(layout.fingerprint(context))
        body = searches.search(wanted, filters, limit)
        return searches.ids_of(self._answer(searches.lines(alias, body, self.address.timeout)))

    def _answer(self, lines: list[Any]) -> Any:
        """A whole answer, asked for again where a node left in the middle of the first time."""
        for left in reversed(range(TRIES)):
            try:
                with understanding():
                    answer = self.indices.client.msearch(
                        searches=lines, filter_path=searches.ANSWER
                    )
                return _whole(answer["responses"][0])
            except SearchClusterError as error:
                if error.code != "partial" or not left:
                    raise
        raise AssertionError("unreachable")

    def count(self, filters: Filters) -> int:
        from matching.pipeline import current_context

        try:
            self._may_ask()
            alias = self.indices.names.read(layout.fingerprint(current_context()))
            with understanding():
                answer = self.indices.client.count(index=alias, query=searches.conditions(filters))
        except SearchClusterError as error:
            self._without(error)
            return self.store.count(filters)
        self.breaker.worked()
        return int(answer["count"])

    def load(self, ids: Sequence[int]) -> list[ExpertDocument]:
        return self.store.load(ids)

    def outlines(
        self, ids: Sequence[int], encoders: Sequence[Encoder], year: int | None, context: Context
    ) -> Outlines:
        return self.store.outlines(ids, encoders, year, context)

    def size(self, most: int) -> int:
        return self.store.size(most)

    def versions(self) -> dict[int, str]:
        return self.store.versions()

    def status(self) -> EngineStatus:
        """Whether searches are answered; what keeps the cluster from it stands in ``detail``."""
        from matching.pipeline import current_context

        stored = self.store.status()
        try:
            problem = self.problem(current_context(), QUICK)
        except DatabaseError as error:
            return EngineStatus(False, 0, type(error).__name__)
        if problem is None:
            return stored
        if not (stored.ok and self._stands_in()):
            return EngineStatus(False, stored.documents, problem.sentence)
        return EngineStatus(True, stored.documents, problem.sentence, self.store.name)

    def problem(self, context: Context, seconds: float | None = None) -> SearchClusterError | None:
        """What keeps the cluster from answering searches; asks it now."""
        try:
            client = client_of(self.address)
            quick = client.options(request_timeout=seconds or self.address.timeout)
            check_version(quick)
            indices = Indices(quick, self.address.prefix)
            if indices.searched(layout.fingerprint(context)) is None:
                return SearchClusterError("rebuild")
        except SearchClusterError as error:
            return error
        return None

    def _may_ask(self) -> None:
        if not self.breaker.allows():
            raise SearchClusterError(self.breaker.reason or "unreachable", "")

    def _without(self, error: SearchClusterError, *, searching: bool = False) -> None:
        """Note the failure, and raise it where nothing may stand in."""
        if error.code != "rebuild":  # that answer comes at once
            self.breaker.failed(error.code)
        stands_in = self._stands_in() if searching else self._fallback
        if not stands_in:
            log.warning("engine.missing", reason=error.code, detail=error.detail)
            raise error
        log.warning("engine.stands_in", reason=error.code, detail=error.detail)

    def _stands_in(self) -> bool:
        """Whether PostgreSQL may answer searches: among very many people it would take a minute
        for each, and a cluster that is only slow would be helped by nothing less."""
        most = int(setting("MATCHING_STAND_IN_MOST"))
        return self._fallback and self.store.size(most + 1) <= most

    # -- writing ------------------------------------------------------------------------------
    def upsert(self, documents: Sequence[ExpertDocument], context: Context) -> None:
        if not documents:
            return
        with transaction.atomic():
            self.store.upsert(documents, context)
            wishes = pending.note(document.expert_id for document in documents)
        self._fulfil(wishes, context)

    def delete(self, ids: Sequence[int]) -> None:
        from matching.pipeline import current_context

        known = ExpertIndex.objects.filter(expert_id__in=ids).values_list("expert_id", flat=True)
        gone = list(known)
        if not gone:
            return
        with transaction.atomic():
            self.store.delete(gone)
            wishes = pending.note(gone)
        self._fulfil(wishes, current_context())

    def _fulfil(self, wishes: dict[int, int], context: Context) -> None:
        """Send at once what can be sent; the rest waits for ``catch_up``."""
        try:
            self.catch_up(wishes, self._searched_with(context))
        except SearchClusterError as error:
            self._without(error)

    def _searched_with(self, context: Context) -> Context:
        """The context of the index that is searched: documents may already carry the vectors of
        other encoders that are only being made ready."""
        from matching.pipeline import current_context

        self._may_ask()
        if self.indices.searched(layout.fingerprint(context)) is None:
            current = current_context()
            if self.indices.searched(layout.fingerprint(current)) is not None:
                return current
        return context

    def catch_up(self, wishes: dict[int, int], context: Context) -> int:
        """Bring the cluster to the present state of these experts; returns how many succeeded.

        Only ids that fail stay noted. Raises SearchClusterError when the cluster cannot be used.
        """
        try:
            self._may_ask()
            outcome = self.send_state(list(wishes), context)
        except SearchClusterError as error:
            pending.postpone(dict.fromkeys(wishes, error.code))
            raise
        self.breaker.worked()
        pending.done({pk: wish for pk, wish in wishes.items() if pk not in outcome.failed})
        if outcome.failed:
            pending.postpone(outcome.failed)
            log.warning("index.partly_refused", failed=len(outcome.failed), of=len(wishes))
        return len(wishes) - len(outcome.failed)

    def send_state(self, ids: Sequence[int], context: Context) -> Outcome:
        """Write what PostgreSQL holds of these experts to every index that takes changes."""
        documents = read(ids, context)
        gone = self._removals(set(ids) - {d.expert_id for d in documents})
        # Asked for after reading: an index that is being filled and appears later than this
        # moment is filled from rows at least as new as the ones just read.
        present = self._present(context, needed=bool(documents))
        lines = entries(documents, present.writable, context) + removals(gone, present.changing)
        return send(self.indices.client, lines, refresh=True)

    def _removals(self, ids: Iterable[int]) -> list[tuple[int, int]]:
        """Ids that are gone with a number later than any write of them that has happened.

        The lock waits for writes that have taken a number and are not committed yet.
        """
        wanted = sorted(ids)
        if not wanted:
            return []
        with transaction.atomic():
            lock_writes()
            back = set(
                ExpertIndex.objects.filter(expert_id__in=wanted).values_list("expert_id", flat=True)
            )
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(%s)", [SEQUENCE])
                (number,) = cursor.fetchone()
        return [(pk, number) for pk in wanted if pk not in back]

    def _present(self, context: Context, *, needed: bool) -> Present:
        """Indices to write to. A small pool without any gets one; raises where one is needed."""
        mark = layout.fingerprint(context)
        present = self.indices.present(mark)
        if needed and present.searched is None:
            if not self.ensure(context):
                raise SearchClusterError("rebuild")
            present = self.indices.present(mark)
        return present

    def ensure(self, context: Context) -> bool:
        if self.indices.searched(layout.fingerprint(context)) is not None:
            return True
        if ExpertIndex.objects.count() > BUILT_AT_ONCE:
            return False
        self.rebuild(context)
        return True

    def rebuild(self, context: Context, progress: Progress | None = None) -> int:
        """A new index from what PostgreSQL holds, beside the one in use; see ``rebuilding``."""
        return rebuild(self.indices, context, progress)

    def compare(self, context: Context, size: int) -> Comparison:
        return compare(self.indices, context, size)

    def repair(self, found: Comparison, context: Context) -> int:
        wrong = found.wrong
        if not wrong:
            return 0
        renumber(self.indices, context, [*found.stale, *found.missing])
        done = 0
        for start in range(0, len(wrong), REPAIRED_AT_ONCE):
            wishes = pending.note(wrong[start : start + REPAIRED_AT_ONCE])
            done += self.catch_up(wishes, context)
        return done


def _whole(response: Any) -> Any:
    """The answer of one search, if the whole index gave it; raises SearchClusterError."""
    status = int(response.get("status", 200))
    if status == 404:
        raise SearchClusterError("rebuild")
    if status == 403:
        raise SearchClusterError("rights", error_type(response))
    if status >= 300:
        code = "partial" if status in {502, 503} else "refused"
        raise SearchClusterError(code, f"{status} {error_type(response)}".strip())
    if response.get("timed_out"):
        raise SearchClusterError("timeout")
    if response.get("_shards", {}).get("failed"):
        raise SearchClusterError("partial")
    return response
