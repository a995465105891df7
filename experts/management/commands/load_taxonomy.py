"""``manage.py load_taxonomy [file]``: bring the three-axis vocabulary up to date."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from experts.services.taxonomy import RESOURCE, TaxonomyFileError, load_taxonomy


class Command(BaseCommand):
    help = "Loads the taxonomy from its CSV file; running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=RESOURCE)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = load_taxonomy(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except TaxonomyFileError as error:
            raise CommandError("\n".join(error.problems)) from error
        self.stdout.write(f"added {len(report.added)}, changed {len(report.changed)}")
