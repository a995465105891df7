"""Say which language models are in use and how far the next ones are; or make them ready now."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from matching.encoders import Declared, encoders_in_use, names_in_use
from matching.services import encoder_sets


class Command(BaseCommand):
    help = (
        "Language models of this site. After MATCHING_ENCODERS changed, the worker embeds every "
        "text in the background and switches when all is ready; --now does it here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="do the work in this process")

    def handle(self, *args: Any, now: bool, **options: Any) -> None:
        try:
            if now and encoder_sets.keep_in_step():
                while encoder_sets.work():
                    self._say()
            self._describe()
            self._say()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        row = encoder_sets.in_work()
        if now and row is not None:
            raise CommandError(f"Not finished: {row.error or 'another process is at work'}.")

    def _describe(self) -> None:
        """One line per model in use: its languages, and what the site declares about it."""
        declared = {each.name: each for each in map(Declared.of, names_in_use())}
        for encoder in encoders_in_use():
            facts = declared[encoder.name].options if encoder.name in declared else {}
            told = [f"languages {', '.join(sorted(encoder.languages, reverse=True))}"]
            told += [f"{key} {facts[key]!r}" for key in ("query", "passage") if key in facts]
            self.stdout.write(f"{encoder.name}: {'; '.join(told)}")

    def _say(self) -> None:
        facts = encoder_sets.status()
        self.stdout.write("; ".join(f"{name}: {value}" for name, value in facts.items()))
