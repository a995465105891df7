"""Database and index compared: the experts against their documents, those against what is searched.

``sweep`` looks at a window of experts at a time and is cheap enough to run every few seconds; it
finds what a process that was killed between its commit and its index row has left behind.
``check`` looks at everything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import structlog
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max, Q
from django.utils import timezone

from experts.models import Expert
from matching import directory
from matching.analysis import ANALYSER_VERSION, analyser_version
from matching.conf import setting
from matching.engines import Comparison, Engine, active_engine
from matching.indexing import NOT_INDEXED
from matching.models import ExpertIndex, IndexJob
from matching.pipeline import current_context
from matching.services.index_jobs import want

log = structlog.get_logger(__name__)
POSITION, REPORT = "matching:index_sweep", "matching:index_check"
REPORT_DAYS = 7
RANGE = 10_000
SHOWN = 20
_UNLIKE = """
SELECT coalesce(e.id, i.expert_id) AS id,
       CASE WHEN i.expert_id IS NULL THEN 'missing' WHEN e.wanted THEN 'stale' ELSE 'surplus' END
FROM (SELECT id, version, NOT state = ANY(%s) AS wanted FROM experts_expert
      WHERE id > %s AND id <= %s) e
FULL JOIN (SELECT expert_id, expert_version, analyser FROM matching_expertindex
      WHERE expert_id > %s AND expert_id <= %s) i ON i.expert_id = e.id
WHERE (coalesce(e.wanted, FALSE) <> (i.expert_id IS NOT NULL)
       OR (e.wanted AND i.expert_version IS DISTINCT FROM e.version)
       OR (e.wanted AND i.analyser IS DISTINCT FROM %s))
  AND NOT EXISTS (SELECT 1 FROM matching_indexjob j
                  WHERE j.kind = 'expert' AND j.object_id = coalesce(e.id, i.expert_id))
ORDER BY 1"""


@dataclass
class Report:
    """What a check has found: ids of experts by kind, counts, and what was repaired.

    documents_*: experts whose document is missing, older than the expert or made by another
        analysis of words (another list of synonyms), or not wanted.
    searched: the documents against the search server, where the engine has one.
    problem: why that could not be compared.
    """

    at: str = field(default_factory=lambda: timezone.now().isoformat(timespec="seconds"))
    documents_missing: list[int] = field(default_factory=list)
    documents_stale: list[int] = field(default_factory=list)
    documents_surplus: list[int] = field(default_factory=list)
    searched: Comparison = field(default_factory=Comparison)
    problem: str = ""
    repaired: int = 0

    @property
    def documents_wrong(self) -> list[int]:
        return sorted({*self.documents_missing, *self.documents_stale, *self.documents_surplus})

    @property
    def ok(self) -> bool:
        return not (self.problem or self.documents_wrong or self.searched.wrong)

    def counts(self) -> dict[str, Any]:
        """Numbers for the log and the status page; ``ok`` tells whether all agree."""
        found = self.searched
        return {
            "at": self.at,
            "ok": self.ok,
            "documents_missing": len(self.documents_missing),
            "documents_stale": len(self.documents_stale),
            "documents_surplus": len(self.documents_surplus),
            "searched_missing": len(found.missing),
            "searched_stale": len(found.stale),
            "searched_surplus": len(found.surplus),
            "searched_waiting": found.waiting,
            "repaired": self.repaired,
            **({"problem": self.problem} if self.problem else {}),
        }


def unlike(low: int, high: int) -> dict[str, list[int]]:
    """Experts above ``low`` up to ``high`` whose document is not as it should be.

    Drafts and withdrawn experts have none and are right so; whoever waits in an index row is left
    out, because that work is known already.
    """
    found: dict[str, list[int]] = {"missing": [], "stale": [], "surplus": []}
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE, [list(NOT_INDEXED), low, high, low, high, analyser_version()])
        for pk, kind in cursor.fetchall():
            found[kind].append(pk)
    return found


def last_id() -> int:
    """Largest id of an expert or a document."""
    expert = Expert.objects.aggregate(last=Max("pk"))["last"] or 0
    document = ExpertIndex.objects.aggregate(last=Max("expert_id"))["last"] or 0
    return max(expert, document)


def made_with(version: str) -> tuple[int, int]:
    """Documents that this analysis of words has made, and all documents."""
    counted = ExpertIndex.objects.aggregate(
        made=Count("pk", filter=Q(analyser=version)), total=Count("pk")
    )
    return counted["made"], counted["total"]


def analyser_of_statistics() -> str:
    """The analysis of words that the background in use was made with."""
    return str(current_context().background.facts.get("analyser", ANALYSER_VERSION))


def sweep() -> int:
    """Compare the next window of experts and note what must be indexed; returns how many."""
    size = int(setting("MATCHING_INDEX_WINDOW"))
    low = int(cache.get(POSITION) or 0)
    wrong = sorted(pk for ids in unlike(low, low + size).values() for pk in ids)
    if wrong:
        log.warning("index.forgotten", experts=len(wrong), first=wrong[0])
        want(IndexJob.Kind.EXPERT, wrong)
    high = low + size
    cache.set(POSITION, 0 if high >= last_id() else high, REPORT_DAYS * 86_400)
    return len(wrong)


def tend() -> bool:
    """Make what is searched where a small pool has none; returns whether there is one."""
    try:
        return active_engine().ensure(current_context()) and directory.ensure()
    except RuntimeError as error:
        log.warning("index.untended", error=getattr(error, "code", type(error).__name__))
        return False


def check(*, repair: bool = False, size: int = RANGE, engine: Engine | None = None) -> Report:
    """Compare everything by ranges of ``size`` ids; with ``repair`` note and mend what differs.

    Documents are mended by the index rows that are worked off in the background; the search server
    is told at once.
    """
    engine = engine or active_engine()
    report = Report()
    for low in range(0, last_id() + 1, size):
        for kind, ids in unlike(low, low + size).items():
            getattr(report, f"documents_{kind}").extend(ids)
    _compare(report, engine, repair, size)
    if repair and report.documents_wrong:
        report.repaired += want(IndexJob.Kind.EXPERT, report.documents_wrong)
    cache.set(REPORT, report.counts(), REPORT_DAYS * 86_400)
    (log.info if report.ok else log.warning)("index.checked", **report.counts())
    return report


def _compare(report: Report, engine: Engine, repair: bool, size: int) -> None:
    context = current_context()
    try:
        report.searched = engine.compare(context, size)
        if repair:
            report.repaired = engine.repair(report.searched, context)
    except RuntimeError as error:
        report.problem = getattr(error, "sentence", "") or type(error).__name__


def last_report() -> dict[str, Any]:
    """Counts of the last check of this week, or nothing."""
    found: dict[str, Any] | None = cache.get(REPORT)
    return found or {}


def in_words(report: Report) -> list[str]:
    """One line per kind of difference, with the first ids."""
    kinds = {
        "documents missing": report.documents_missing,
        "documents older than the expert or the synonyms": report.documents_stale,
        "documents of nobody": report.documents_surplus,
        "not on the search server": report.searched.missing,
        "old on the search server": report.searched.stale,
        "only on the search server": report.searched.surplus,
    }
    lines = [
        f"{name}: {len(ids)} ({', '.join(map(str, ids[:SHOWN]))}{' …' if len(ids) > SHOWN else ''})"
        for name, ids in kinds.items()
        if ids
    ]
    if report.searched.waiting:
        lines.append(f"waiting to be sent: {report.searched.waiting}")
    return [*lines, *([report.problem] if report.problem else [])]
