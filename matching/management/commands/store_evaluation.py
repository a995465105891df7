"""Keep figures for the evaluation page: of a judged set, or of the weeks of use."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matching.services.evaluations import (
    UnreadableFiguresError,
    evaluate_missing,
    evaluate_use,
    store_figures,
)


class Command(BaseCommand):
    help = (
        "Show figures on the evaluation page: those that evaluate_matching --json wrote into FILE, "
        "or, without a file, those of every week of decisions and of today."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        if file is None:
            weeks = evaluate_missing()
            today = evaluate_use()
            self.stdout.write(f"{weeks} weeks stored, today: {'yes' if today else 'no decisions'}")
            return
        try:
            _row, is_new = store_figures(file)
        except UnreadableFiguresError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("stored" if is_new else "these figures were stored before")
