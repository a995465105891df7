"""Say which language models are in use and how far the next ones are; or make them ready now."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

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
            self._say()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        row = encoder_sets.in_work()
        if now and row is not None:
            raise CommandError(f"Not finished: {row.error or 'another process is at work'}.")

    def _say(self) -> None:
        facts = encoder_sets.status()
        self.stdout.write("; ".join(f"{name}: {value}" for name, value in facts.items()))
