"""``manage.py bench_matching``: how matching and the directory do at any number of experts."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.scale import page, report
from demo.scale.database import BusyError, drop_kept
from demo.scale.session import Plan, Session
from matching.synthetic import SEED

DOCS = Path("docs")


class Command(BaseCommand):
    help = (
        "Measure loading, retrieval, whole runs and the directory over synthetic experts, in a"
        " database of its own that is dropped at the end. What a broken-off measurement has found"
        " stays in its file and is not measured again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--experts", type=int, help="number of experts")
        parser.add_argument("--sizes", help="several numbers, one after another: 1000,10000")
        parser.add_argument("--engine", choices=["postgres", "elasticsearch"], default="postgres")
        parser.add_argument("--json", help="file of the figures; of one size only")
        parser.add_argument("--folder", help="folder of the files; default: under the data folder")
        parser.add_argument("--queries", type=int, default=24, help="requests for recall")
        parser.add_argument("--requests", type=int, default=1_000, help="at most so many for runs")
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--seconds", type=float, default=10, help="per number of clients")
        parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
        parser.add_argument("--only", default="", help="sections: retrieval,runs,…")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--keep", action="store_true", help="keep the database for a next run")
        parser.add_argument("--again", action="store_true", help="measure all sections anew")
        parser.add_argument("--drop-kept", action="store_true", help="drop kept databases")
        parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _stop)
        folder = Path(options["folder"] or settings.DATA_DIR / "scale")
        if options["drop_kept"]:
            self.stdout.write(f"dropped: {', '.join(drop_kept()) or 'nothing'}")
        for count in _sizes(options):
            self._measure(_plan(count, folder, options))
        if options["write_docs"]:
            for path in page.write(folder, DOCS):
                self.stdout.write(f"written: {path}")

    def _measure(self, plan: Plan) -> None:
        try:
            figures = Session(plan, self._told).run()
        except BusyError as busy:
            raise CommandError(f"another measurement works in {busy}") from busy
        self.stdout.write("\n" + report.printed(figures))
        self.stdout.write(f"\nfigures: {plan.file}")

    def _told(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


def _sizes(options: dict[str, Any]) -> list[int]:
    given = [] if options["experts"] is None else [options["experts"]]
    try:
        given += [int(part) for part in (options["sizes"] or "").split(",") if part.strip()]
    except ValueError:
        raise CommandError("--sizes takes numbers with commas between them") from None
    if any(count < 1 for count in given):
        raise CommandError("a number of experts is at least 1")
    if len(given) > 1 and options["json"]:
        raise CommandError("--json names the file of one size; use --folder for several")
    if not given and not (options["write_docs"] or options["drop_kept"]):
        raise CommandError("name a number of experts: --experts 1000")
    return given


def _plan(count: int, folder: Path, options: dict[str, Any]) -> Plan:
    name = f"{options['engine']}-{count}.json"
    return Plan(
        experts=count,
        engine=options["engine"],
        file=Path(options["json"]) if options["json"] else folder / name,
        queries=options["queries"],
        rounds=options["rounds"],
        requests=options["requests"],
        run_rounds=max(1, options["rounds"] // 2),
        seconds=options["seconds"],
        processes=options["processes"],
        keep=options["keep"],
        again=options["again"],
        only=tuple(part for part in options["only"].split(",") if part),
        seed=options["seed"],
    )
