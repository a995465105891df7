"""Compare experts, documents and what is searched; exit status 1 when they differ."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from matching.services import index_check
from matching.services.index_jobs import work_off_all


def _size(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number of ids")
    return int(text)


class Command(BaseCommand):
    help = "Compare the database with the search index by ranges of ids, and repair on request."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what differs")
        parser.add_argument(
            "--range", type=_size, default=index_check.RANGE, help="ids compared by one sum"
        )

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        report = index_check.check(repair=repair, size=options["range"])
        for line in index_check.in_words(report):
            self.stdout.write(line)
        if repair and not report.ok:
            work_off_all(batches=100_000)
            report = index_check.check(size=options["range"])
            self.stdout.write("after the repair:")
            for line in index_check.in_words(report):
                self.stdout.write(line)
        if report.ok:
            self.stdout.write(self.style.SUCCESS("database and index agree"))
        else:
            sys.exit(1)
