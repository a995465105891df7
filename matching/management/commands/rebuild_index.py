"""Write every expert into the search index again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matching import directory
from matching.indexing import rebuild_index, rebuild_searched


class Command(BaseCommand):
    help = (
        "Make the document of every expert anew, for example after a change of encoder or "
        "background, and with a search server its index too. Searches go on meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stored",
            action="store_true",
            help="only the index of the search server, from the documents as they are stored",
        )

    def handle(self, *args: Any, stored: bool, verbosity: int = 1, **options: Any) -> None:
        def say(done: int, total: int) -> None:
            if verbosity:
                self.stdout.write(f"{done}/{total}")

        try:
            written = rebuild_searched(say) if stored else rebuild_index(say)
            directory.rebuild(say)
        except RuntimeError as error:
            raise CommandError(getattr(error, "sentence", str(error))) from error
        self.stdout.write(self.style.SUCCESS(f"{written} documents written"))
